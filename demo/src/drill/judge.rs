//! What the requests of a drill left.

use std::time::{Duration, Instant, SystemTime};

use launcher::{Service, Stage};
use viewer::TraceId;
use viewer::client::QueryClient;
use viewer::model::Trace;
use viewer::store::Search;

use super::Phase;
use super::load::{Login, Request};
use crate::options::Stages;
use crate::verdict::{self, Found};

/// For all traces together, once the services have ended: for the last datagrams, and for a collector's queue.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was found of all.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// In the order of the logins and their requests.
    pub(super) requests: Vec<Judgement>,
    /// How many traces began within the system, and not with a request of a person: the other parts of what was split.
    pub(super) pieces: usize,
}

/// What was found of one request.
#[derive(Debug)]
pub(super) struct Judgement {
    pub(super) phase: Phase,
    /// Which auth answered, by the resource of its spans.
    pub(super) by: Option<Stage>,
    /// Whether the trace is anything but one whole tree.
    pub(super) split: bool,
    /// All that is wrong, in sentences.
    pub(super) wrong: Vec<String>,
}

/// Reads the traces of all requests, as soon as they are complete or cannot be expected to be any more.
///
/// # Errors
///
/// If the receiver cannot be asked.
pub(super) async fn judge(
    query: &QueryClient,
    stages: Stages,
    logins: &[Login],
    since: SystemTime,
) -> anyhow::Result<Judged> {
    let deadline = Instant::now() + PATIENCE;
    let mut judged = Judged::default();
    let mut known = Vec::new();
    for login in logins {
        for request in &login.requests {
            let trace = read(query, stages, request, deadline).await?;
            known.extend(request.made.trace_id);
            let judgement = weigh(stages, login, request, trace);
            judged.requests.push(judgement);
        }
    }
    judged.pieces = pieces(query, &known, since).await?;
    Ok(judged)
}

/// The trace of a request, as complete as it gets.
async fn read(
    query: &QueryClient,
    stages: Stages,
    request: &Request,
    deadline: Instant,
) -> anyhow::Result<Option<Trace>> {
    let Some(id) = request.made.trace_id else {
        return Ok(None);
    };
    let traces = request.made.step.traces(stages);
    let expected = traces.first().map_or(0, |node| node.spans());
    let complete = |trace: &Trace| trace.spans.len() >= expected;

    let trace = query.trace(id).await?;
    let rest = deadline.saturating_duration_since(Instant::now());
    if trace.as_ref().is_some_and(complete) || rest.is_zero() {
        return Ok(trace);
    }
    match query.wait_for(id, rest, complete).await {
        Ok(trace) => Ok(Some(trace)),
        Err(error) => Ok(error.last.map(|last| *last).or(trace)),
    }
}

fn weigh(stages: Stages, login: &Login, request: &Request, trace: Option<Trace>) -> Judgement {
    let by = trace.as_ref().and_then(served_by);
    let stages = Stages {
        auth: by.unwrap_or(stages.auth),
        ..stages
    };
    let title = request.made.step.title();
    let (split, wrong) = match (trace, request.made.step.traces(stages).pop()) {
        (Some(trace), Some(expected)) => match expected.compare(&trace) {
            Ok(()) => {
                let made = request.made;
                let found = Found {
                    made,
                    expected,
                    trace,
                };
                (false, verdict::judge(&[found], stages, &login.secrets))
            }
            Err(difference) => (true, vec![format!("{title}: {difference}")]),
        },
        _ => (true, vec![format!("{title}: it left no trace")]),
    };
    Judgement {
        phase: request.phase,
        by,
        split,
        wrong,
    }
}

/// The stage of the auth in a trace, if all spans of auth are of the same.
fn served_by(trace: &Trace) -> Option<Stage> {
    let of_auth = |span: &&viewer::model::Span| span.service() == Service::Auth.name();
    let spans = trace.spans.iter().filter(of_auth);
    let mut stages = spans.map(|span| span.process.tags.str("migration.stage"));
    let first = stages.next()??;
    let same = stages.all(|stage| stage == Some(first));
    same.then(|| first.parse().ok()).flatten()
}

/// How many traces have their beginning, or none, within the system. Reading the inbox is a request to sms, and no part of
/// what a person does.
async fn pieces(
    query: &QueryClient,
    known: &[TraceId],
    since: SystemTime,
) -> anyhow::Result<usize> {
    let mut pieces: Vec<TraceId> = Vec::new();
    for service in [Service::Auth, Service::Sms] {
        let search = Search {
            service: Some(service.name().to_owned()),
            start_min_unix_nanos: verdict::nanos(since),
            // Each login leaves four traces, and one for its inbox.
            limit: 4 * known.len() + 1_000,
            ..Search::default()
        };
        for trace in query.find(&search).await? {
            let inside = |span: &viewer::model::Span| span.service() != Service::Api.name();
            let is_piece = trace.roots().all(inside) && !is_inbox(&trace);
            if is_piece && !known.contains(&trace.id) {
                pieces.push(trace.id);
            }
        }
    }
    pieces.sort_by_key(|id| id.to_bytes());
    pieces.dedup();
    Ok(pieces.len())
}

fn is_inbox(trace: &Trace) -> bool {
    let mut spans = trace.spans.iter();
    spans.all(|span| span.operation.contains("/demo/inbox"))
}
