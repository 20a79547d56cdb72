//! A drill: a service changes its stage under load, and back, and the traces tell whether anybody could have noticed.
//!
//! Reading order: `arguments` (what can be asked for), `door` (how one auth relieves another), `load` (people who log in all
//! the while), `judge` (what their requests left), `report` (the table and the verdict).

mod arguments;
mod door;
mod judge;
mod load;
mod report;

use std::time::{Instant, SystemTime};

use anyhow::Context as _;
use launcher::{Service, Stage};
use tokio::runtime::Runtime;

pub(crate) use self::arguments::{Arguments, Drill};
use self::door::Door;
use self::load::Load;
use self::report::Report;
use crate::fleet::Fleet;
use crate::options::{Options, Stages};
use crate::say;

/// What auth goes back to.
const BEFORE: Stage = Stage::Legacy;

/// What is to be done.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Where the services begin, and auth ends.
    stages: Stages,
    /// Which headers all of them read and write, as far as their stages let them choose.
    propagators: &'static str,
    arguments: Arguments,
}

/// The time between two events of the drill, for the logins and requests that began in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    /// Before the first move.
    First,
    /// From the start of the legacy auth until the other has ended.
    Back,
    /// Legacy alone.
    Old,
    /// From the start of the next auth until the legacy one has ended.
    Forth,
    /// After the second move.
    Last,
}

/// Runs the drill. Returns whether the verdict held.
///
/// # Errors
///
/// If the system does not run.
pub(crate) fn run(options: &Options) -> anyhow::Result<bool> {
    let plan = Plan::new(options);
    let stage = plan.stages.auth;
    say(&format!(
        "Starting api, auth and sms in stage {}, for a drill: auth goes back to {BEFORE}, and again to {stage}, while {} \
         people a second log in.",
        plan.stages, plan.arguments.rate
    ));
    let runtime = Runtime::new()?;
    let report = exercise(&runtime, options, &plan, say, |door, fleet, to| {
        door.relieve(fleet, to)
    })?;
    say("");
    for line in report.lines() {
        say(&line);
    }
    Ok(report.holds())
}

/// Does what was planned, and says how far it is. How auth gets from one stage to the other is `relieve`'s business, which
/// returns how many spans were lost.
fn exercise(
    runtime: &Runtime,
    options: &Options,
    plan: &Plan,
    say: fn(&str),
    mut relieve: impl FnMut(&mut Door, &mut Fleet, Stage) -> anyhow::Result<u64>,
) -> anyhow::Result<Report> {
    let since = SystemTime::now();
    let mut door = None;
    let mut fleet = Fleet::start_with(runtime, options, |receivers, wiring| {
        let (opened, services) = Door::open(plan, receivers.clone(), wiring)?;
        door = Some(opened);
        Ok(services)
    })?;
    let mut door = door.context("the fleet was started without a door")?;
    introduce(&fleet, options, plan, say);

    let mut load = Load::start(runtime, &fleet, plan.arguments.rate)?;
    let mut lost = 0;
    load.until_begun(plan.arguments.logins);
    for (moving, to, after) in [
        (Phase::Back, BEFORE, Phase::Old),
        (Phase::Forth, plan.stages.auth, Phase::Last),
    ] {
        load.enter(moving);
        let began = Instant::now();
        lost += relieve(&mut door, &mut fleet, to)?;
        say(&format!(
            "auth went to stage {to}: after {:.1?} the one before had finished and let go of its connections.",
            began.elapsed()
        ));
        // However quick that was: a move that nobody met shows nothing.
        load.until_begun(1);
        load.enter(after);
        load.until_begun(plan.arguments.logins);
    }
    let logins = load.end();

    lost += fleet.stop_services();
    let judged = runtime.block_on(judge::judge(&fleet.query, plan.stages, &logins, since))?;
    fleet.stop(runtime);
    Ok(Report::new(plan.stages.auth, &logins, &judged, lost))
}

fn introduce(fleet: &Fleet, options: &Options, plan: &Plan, say: fn(&str)) {
    for service in Service::ALL {
        let stage = plan.stages.of(service);
        let stages = match service {
            Service::Auth => format!("{stage}, {BEFORE}, {stage}"),
            Service::Api | Service::Sms => stage.to_string(),
        };
        let url = fleet.url(service);
        say(&format!("  {:<8}{url} ({stages})", service.name()));
    }
    let store = options.redis.as_ref();
    say(&format!(
        "  store   {}",
        store.map_or("in this process", |_| "Redis")
    ));
    say(&format!("  traces  {}", fleet.query_url));
    say(
        "  headers uber-trace-id beside traceparent, and that from the beginning: a legacy auth knows no other, and its",
    );
    say(
        "          neighbours read OTEL_PROPAGATORS when they start, so that none of them has to be restarted for it",
    );
    say("");
}

impl Plan {
    fn new(options: &Options) -> Self {
        let stages = options.stage;
        Self {
            stages,
            propagators: Stage::propagators(&[stages.api, stages.auth, stages.sms, BEFORE]),
            arguments: options.drill,
        }
    }
}

impl Phase {
    const ALL: [Self; 5] = [Self::First, Self::Back, Self::Old, Self::Forth, Self::Last];

    /// What auth is in, for an auth whose stage is that otherwise.
    fn title(self, stage: Stage) -> String {
        match self {
            Self::First | Self::Last => stage.to_string(),
            Self::Back => format!("{stage} -> {BEFORE}"),
            Self::Old => BEFORE.to_string(),
            Self::Forth => format!("{BEFORE} -> {stage}"),
        }
    }
}

#[cfg(test)]
mod tests;
