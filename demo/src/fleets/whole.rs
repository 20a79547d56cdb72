//! What a fleet leaves that keeps every trace.

use std::collections::{BTreeSet, HashMap};

use launcher::Service;
use platform::Phone;
use tokio::runtime::Handle;
use viewer::Viewer;
use viewer::model::Trace;

use super::system::System;
use crate::expect::{Node, Step};
use crate::fleet::Receivers;
use crate::options::Stages;
use crate::verdict::{Found, judge};
use crate::walk::Made;

/// What is asked of each fleet, in this order.
pub(crate) const STEPS: [Step; 6] = [
    Step::SendCode,
    Step::Mistype,
    Step::LogIn,
    Step::ReadInVain,
    Step::ReadSession,
    Step::LogOut,
];

/// What was seen of one fleet.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Whole {
    /// Requests that left the trace they should, and that one alone.
    pub(super) whole: usize,
    /// The spans of these traces.
    pub(super) spans: usize,
    /// How many of them are marked as failed.
    pub(super) failed: usize,
    /// The headers of the message from auth to sms.
    pub(super) headers: BTreeSet<String>,
    /// The services that had api's baggage.
    pub(super) baggage: Vec<Service>,
    /// All that is not as it should be, in sentences.
    pub(super) wrong: Vec<String>,
}

/// Which services have what api puts into baggage: api itself, and those that can be reached from it over services that read
/// and write more than the old headers.
#[must_use]
pub(super) fn baggage(stages: Stages) -> Vec<Service> {
    let is_new = |service: &Service| !stages.of(*service).is_old();
    let reached = Service::ALL.into_iter().take_while(is_new);
    let beyond = reached.filter(|service| *service != Service::Api);
    [Service::Api].into_iter().chain(beyond).collect()
}

/// The headers that a message from auth to sms should have.
#[must_use]
pub(super) fn headers(stages: Stages) -> BTreeSet<String> {
    let mut names = Vec::new();
    if stages.auth.is_old() {
        names.push("uber-trace-id");
    } else {
        names.push("traceparent");
        if stages.has_old() {
            // The second marks the first as written by one who wrote both.
            names.extend(["uber-trace-id", "tracestate"]);
        }
        if baggage(stages).contains(&Service::Auth) {
            names.push("baggage");
            names.extend(stages.has_old().then_some("uberctx-login.channel"));
        }
    }
    names.into_iter().map(str::to_owned).collect()
}

/// Runs the fleet, makes the requests, and compares what is left with what the stages say.
///
/// # Errors
///
/// If the fleet does not run, or a request does not get the answer that it should.
pub(super) fn observe(
    runtime: &Handle,
    viewer: &Viewer,
    receivers: &Receivers,
    stages: Stages,
    phone: Phone,
) -> anyhow::Result<Whole> {
    let left = run(runtime, viewer, receivers, stages, phone)?;
    Ok(judged(stages, left))
}

/// What is there after the requests.
#[derive(Clone, Debug)]
pub(super) struct Left {
    made: Vec<Made>,
    secrets: Vec<String>,
    inbox_traces: usize,
    /// The headers of each message from auth to sms.
    messages: Vec<HashMap<String, String>>,
    traces: Vec<Trace>,
}

fn run(
    runtime: &Handle,
    viewer: &Viewer,
    receivers: &Receivers,
    stages: Stages,
    phone: Phone,
) -> anyhow::Result<Left> {
    let system = System::start(receivers, stages, "every trace", 1.0)?;
    let mut walk = system.walk(phone);
    let made = runtime.block_on(system.serve(&mut walk, &STEPS))?;
    Ok(Left {
        made,
        secrets: walk.secrets().to_vec(),
        inbox_traces: walk.inbox_traces(stages),
        messages: system.tap.headers(),
        traces: system.left_at(viewer)?,
    })
}

fn judged(stages: Stages, left: Left) -> Whole {
    let mut seen = Whole {
        baggage: vec![Service::Api],
        ..Whole::default()
    };
    judge_messages(&mut seen, stages, &left.messages);
    judge_traces(&mut seen, stages, left);
    if seen.baggage != baggage(stages) {
        let (is, should) = (&seen.baggage, baggage(stages));
        seen.wrong
            .push(format!("{is:?} had the baggage where {should:?} should"));
    }
    seen
}

fn judge_messages(seen: &mut Whole, stages: Stages, messages: &[HashMap<String, String>]) {
    let [message] = messages else {
        seen.wrong
            .push(format!("{} messages were sent", messages.len()));
        return;
    };
    let names = message.keys().filter(|name| is_context(name));
    seen.headers = names.cloned().collect();
    if seen.headers != headers(stages) {
        let (is, should) = (&seen.headers, headers(stages));
        seen.wrong.push(format!(
            "the message has {is:?} where it should have {should:?}"
        ));
    }
    if is_told(message) {
        seen.baggage.push(Service::Auth);
    }
}

/// Compares the traces of the requests with what these should have left, and finds those that are no request's.
fn judge_traces(seen: &mut Whole, stages: Stages, left: Left) {
    let traces = left.traces.into_iter();
    let mut traces: HashMap<_, _> = traces.map(|trace| (trace.id, trace)).collect();
    let mut found = Vec::new();
    for made in left.made {
        let title = made.step.title();
        let Some(trace) = made.trace_id.and_then(|id| traces.remove(&id)) else {
            seen.wrong.push(format!("{title}: there is no trace"));
            continue;
        };
        let consumer = trace.find("sms", "process otp");
        if consumer.is_some_and(|span| span.tags.str("login.channel") == Some("web")) {
            seen.baggage.push(Service::Sms);
        }
        found.extend(made.step.traces(stages).into_iter().map(|expected| Found {
            made,
            expected,
            trace: trace.clone(),
        }));
    }
    for found in &found {
        if found.expected.compare(&found.trace).is_ok() {
            seen.whole += 1;
            seen.spans += found.expected.spans();
            seen.failed += found.expected.count_failed();
        }
    }
    seen.wrong.extend(judge(&found, stages, &left.secrets));
    // Reading the inbox is a request to sms, and nobody's child.
    let inbox = Node::inbox();
    let others = traces
        .values()
        .filter(|trace| inbox.compare(trace).is_err());
    let told = others.map(|trace| format!("a trace that is no request's:\n{}", trace.tree()));
    seen.wrong.extend(told);
    if traces.len() != left.inbox_traces {
        seen.wrong.push(format!(
            "{} traces beside those of the requests",
            traces.len()
        ));
    }
}

/// Whether a header takes a trace or baggage along. A message has others.
fn is_context(name: &str) -> bool {
    ["traceparent", "tracestate", "baggage", "b3"].contains(&name)
        || ["uber", "x-b3-"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

/// Whether the message has what api put into baggage.
fn is_told(headers: &HashMap<String, String>) -> bool {
    let baggage = headers.get("baggage");
    baggage.is_some_and(|baggage| baggage.contains("login.channel=web"))
}

#[cfg(test)]
pub(super) mod tests;
