//! Whether the traces are what they should be.

use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use launcher::Service;
use viewer::TraceId;
use viewer::client::QueryClient;
use viewer::model::Trace;
use viewer::store::Search;

use crate::expect::Node;
use crate::options::Stages;
use crate::walk::Made;

/// For a trace to be complete, exporter's queue and collector included.
const PATIENCE: Duration = Duration::from_secs(15);

/// A trace of a step, with what it should have been.
#[derive(Debug)]
pub(crate) struct Found {
    /// What was made.
    pub(crate) made: Made,
    /// What was expected of it.
    pub(crate) expected: Node,
    /// What came.
    pub(crate) trace: Trace,
}

/// Asks for the traces of a request until each has as many spans as it should have, and returns them.
///
/// # Errors
///
/// If one does not come, with what came instead.
pub(crate) async fn collect(
    query: &QueryClient,
    made: Made,
    stages: Stages,
) -> anyhow::Result<Vec<Found>> {
    let mut found = Vec::new();
    for (place, expected) in made.step.traces(stages).into_iter().enumerate() {
        let complete = |trace: &Trace| trace.spans.len() >= expected.spans();
        // A trace that api began is known by its id. One that began further in, behind a service that does not trace, has
        // to be found.
        let begun_by_api = place == 0 && expected.service() == "api";
        let trace = if begun_by_api {
            let id = made.trace_id.context("the answer has no x-trace-id")?;
            query.wait_for(id, PATIENCE, complete).await?
        } else {
            let search = Search {
                service: Some(expected.service().to_owned()),
                operation: Some(expected.operation().to_owned()),
                start_min_unix_nanos: nanos(made.since),
                ..Search::default()
            };
            query.wait_for_any(&search, PATIENCE, complete).await?
        };
        found.push(Found {
            made,
            expected,
            trace,
        });
    }
    Ok(found)
}

/// What services left that do not trace, in sentences; nothing, if nothing is there. A receiver that cannot be asked proves
/// nothing, not even for a fleet that leaves no span.
///
/// # Errors
///
/// If the question is not answered.
pub(crate) async fn strays(
    query: &QueryClient,
    stages: Stages,
    since: SystemTime,
) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    for service in Service::ALL {
        let search = Search {
            service: Some(service.name().to_owned()),
            start_min_unix_nanos: nanos(since),
            ..Search::default()
        };
        let left = query.find(&search).await?.len();
        if left > 0 && !stages.trace(service) {
            wrong.push(format!("{service} does not trace, and left {left} traces"));
        }
    }
    Ok(wrong)
}

/// Everything that is wrong, in sentences; nothing, if nothing is.
#[must_use]
pub(crate) fn judge(found: &[Found], stages: Stages, secrets: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut ids: Vec<TraceId> = Vec::new();
    for Found {
        made,
        expected,
        trace,
    } in found
    {
        let title = made.step.title();
        if ids.contains(&trace.id) {
            wrong.push(format!("{title}: its trace is that of another request"));
        }
        ids.push(trace.id);
        if let Err(difference) = expected.compare(trace) {
            wrong.push(format!("{title}: {difference}"));
        }
        for text in texts(trace) {
            if secrets.iter().any(|secret| tells(&text, secret)) {
                wrong.push(format!(
                    "{title}: a phone number, a code or a token is in the trace"
                ));
            }
        }
        // Baggage goes from api to sms, unless a service on the way does not trace or knows of none.
        if expected.service() == "api" && expected.has("process otp") {
            let channel = trace
                .find("sms", "process otp")
                .and_then(|span| span.tags.str("login.channel"));
            match (channel == Some("web"), stages.has_old()) {
                (true, true) => {
                    wrong.push(format!("{title}: baggage came through a legacy service"));
                }
                (false, false) => {
                    wrong.push(format!("{title}: the baggage of api did not reach sms"));
                }
                _ => {}
            }
        }
    }
    wrong
}

/// Every text that a service could have put a value in.
fn texts(trace: &Trace) -> impl Iterator<Item = String> {
    trace.spans.iter().flat_map(|span| {
        let tags = span.tags.iter().chain(span.process.tags.iter());
        let logged = span.logs.iter().flat_map(|log| log.fields.iter());
        let values = tags
            .chain(logged)
            .flat_map(|(key, value)| [key.to_owned(), value.to_string()]);
        values.chain([span.operation.clone()])
    })
}

/// Whether a secret stands in a text. A code is six digits, and those also occur by chance within an id or a time: there
/// it counts only as a number of its own.
fn tells(text: &str, secret: &str) -> bool {
    text.match_indices(secret).any(|(start, found)| {
        let before = text[..start].chars().next_back();
        let after = text[start + found.len()..].chars().next();
        let joined = |neighbour: Option<char>| neighbour.is_some_and(char::is_alphanumeric);
        found.len() > 6 || !(joined(before) || joined(after))
    })
}

pub(crate) fn nanos(time: SystemTime) -> Option<i64> {
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_nanos()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_a_text_and_not_in_an_id() {
        assert!(tells("your code is 123456.", "123456"));
        assert!(tells("123456", "123456"));
        assert!(tells("sms:+8613800138000", "8613800138000"));
        assert!(!tells("1795399123456-0", "123456"));
        assert!(!tells("ab123456cd", "123456"));
    }
}
