//! A system starts, somebody logs in, the traces are shown, and the verdict is pronounced.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant, SystemTime};

use launcher::Service;
use tokio::runtime::Runtime;
use viewer::Viewer;

use crate::expect::Step;
use crate::fleet::Fleet;
use crate::options::Options;
use crate::say;
use crate::verdict::{Found, collect, judge, strays};
use crate::walk::Walk;

/// Of the attributes, those that tell the story, in OpenTracing's words and in today's.
const SHOWN: [&str; 8] = [
    "http.status_code",
    "http.response.status_code",
    "db.type",
    "db.system.name",
    "message_bus.destination",
    "messaging.destination.name",
    "login.channel",
    "error.type",
];

/// Tells the whole story. Returns whether the verdict held.
///
/// # Errors
///
/// If the system does not run.
pub(crate) fn tell(options: &Options) -> anyhow::Result<bool> {
    let runtime = Runtime::new()?;

    say(&format!(
        "Starting api, auth and sms in stage {}.",
        options.stage
    ));
    let since = SystemTime::now();
    let stays = !options.once && std::io::stdout().is_terminal();
    let mut fleet = Fleet::start(&runtime, options, stays)?;
    for service in Service::ALL {
        say(&format!(
            "  {:<8}{} ({})",
            service.name(),
            fleet.url(service),
            options.stage.of(service)
        ));
    }
    say(&format!(
        "  store   {}",
        options
            .redis
            .as_ref()
            .map_or("in this process", |_| "Redis")
    ));
    say(&format!("  traces  {}", fleet.query_url));
    if options.stage.is_split() {
        say(
            "  headers uber-trace-id beside traceparent, since stages legacy and dropin know no other",
        );
    }

    let (walk, found) = runtime.block_on(log_in_and_out(&fleet, options))?;
    if stays {
        let mut wrong = judge(&found, options.stage, walk.secrets());
        wrong.extend(runtime.block_on(strays(&fleet.query, options.stage, since))?);
        let held = pronounce(&wrong, &found, options);
        say("");
        say("The fleet stays up. Traces:");
        say(&format!("  {}/", fleet.query_url));
        for found in &found {
            say(&format!(
                "  {}/trace/{}  {}",
                fleet.query_url,
                found.trace.id,
                found.made.step.title()
            ));
        }
        if fleet.viewer().is_some() {
            say("Code of two stages side by side, and a fleet to choose and run:");
            say(&format!("  {}/stages", fleet.query_url));
            say(&format!("  {}/fleet", fleet.query_url));
        }
        say("Log in by hand:");
        for line in walk.by_hand() {
            say(&format!("  {line}"));
        }
        say("Press Ctrl-C to end it.");
        runtime.block_on(platform::drain::signalled())?;
        fleet.stop(&runtime);
        return Ok(held);
    }

    // The services flush what they still have: after that, nothing can be added to what was seen.
    let lost = fleet.stop_services();
    let mut wrong = runtime.block_on(look_again(&fleet, found, options, &walk))?;
    let strays = runtime.block_on(strays(&fleet.query, options.stage, since))?;
    wrong.0.extend(strays);
    if lost > 0 {
        wrong.0.push(format!("{lost} spans were lost on their way"));
    }
    let held = pronounce(&wrong.0, &wrong.1, options);
    fleet.stop(&runtime);
    Ok(held)
}

async fn log_in_and_out(fleet: &Fleet, options: &Options) -> anyhow::Result<(Walk, Vec<Found>)> {
    let mut walk = Walk::new(fleet, options.phone.clone());
    walk.ready().await?;
    let mut all = Vec::new();
    for (number, step) in [Step::SendCode, Step::LogIn, Step::ReadSession, Step::LogOut]
        .into_iter()
        .enumerate()
    {
        let made = walk
            .make(step)
            .await
            .map_err(|error| error.context(step.title()))?;
        say("");
        say(&format!("{}. {}", number + 1, step.title()));
        let found = collect(&fleet.query, made, options.stage)
            .await
            .map_err(|error| error.context(step.title()))?;
        for found in &found {
            for line in found.trace.tree().attributes(SHOWN).to_string().lines() {
                say(&format!("   {line}"));
            }
        }
        if found.is_empty() {
            say("   no trace");
        }
        all.extend(found);
    }
    Ok((walk, all))
}

/// Reads every trace once more and judges that.
async fn look_again(
    fleet: &Fleet,
    found: Vec<Found>,
    options: &Options,
    walk: &Walk,
) -> anyhow::Result<(Vec<String>, Vec<Found>)> {
    let mut again = Vec::new();
    for found in found {
        let trace = fleet
            .query
            .trace(found.trace.id)
            .await?
            .unwrap_or(found.trace);
        again.push(Found { trace, ..found });
    }
    let mut wrong = judge(&again, options.stage, walk.secrets());
    if let Some(viewer) = fleet.viewer() {
        // Nobody else sends to a receiver of this process, so what is there is what the requests left.
        let expected = again.len() + walk.inbox_traces(options.stage);
        let traces = traces_in(viewer, expected).await;
        if traces != expected {
            wrong.push(format!(
                "{traces} traces were received where {expected} were expected"
            ));
        }
    }
    Ok((wrong, again))
}

/// How many traces a receiver has. What a legacy service sent may still be on its way, since nobody confirms a datagram: so
/// this waits a little for as many as are expected.
async fn traces_in(viewer: &Viewer, expected: usize) -> usize {
    let deadline = Instant::now() + Duration::from_secs(2);
    loop {
        let traces = usize::try_from(viewer.store().stats().traces).unwrap_or(usize::MAX);
        if traces >= expected || Instant::now() > deadline {
            return traces;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Prints the verdict and returns whether it is a good one.
fn pronounce(wrong: &[String], found: &[Found], options: &Options) -> bool {
    let spans: usize = found.iter().map(|found| found.trace.spans.len()).sum();
    say("");
    if !wrong.is_empty() {
        say("Verdict: not what it should be.");
        for sentence in wrong {
            say(&format!("  - {sentence}"));
        }
        return false;
    }
    if found.is_empty() {
        say("Verdict: as expected. Four requests were served, and no service left a span.");
        return true;
    }
    let silent = Service::ALL
        .into_iter()
        .filter(|service| !options.stage.trace(*service))
        .count();
    let whole = if silent == 0 {
        "one trace for each request".to_owned()
    } else {
        format!(
            "{} traces, broken where a service does not trace",
            found.len()
        )
    };
    say(&format!(
        "Verdict: as expected. Four requests, {whole}, {spans} spans, every edge there, no orphan, nothing twice, nothing \
         secret."
    ));
    if options.stage.has_old() {
        say("Lost: the baggage, which stages legacy and dropin take no further.");
    }
    true
}
