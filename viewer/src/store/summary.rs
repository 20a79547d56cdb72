//! A trace in one line.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::sync::Arc;

use opentelemetry::trace::TraceId;

use super::Received;

/// What a search found.
#[derive(Debug)]
pub(crate) struct Found {
    /// How many traces there are, shown or not.
    pub(crate) total: usize,
    /// Those that were asked for.
    pub(crate) summaries: Vec<Summary>,
}

/// A trace as its spans arrived, without repairs: making the model of a hundred large traces for a list takes too long.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) id: TraceId,
    /// The service and the name of the first span without a parent here.
    pub(crate) service: String,
    pub(crate) operation: String,
    /// Whether that span has no parent at all.
    pub(crate) has_root: bool,
    pub(crate) start_unix_nanos: i64,
    pub(crate) duration_nanos: i64,
    pub(crate) spans: usize,
    pub(crate) failed: usize,
    /// The services by name, with the number of their spans.
    pub(crate) services: BTreeMap<String, usize>,
}

impl Summary {
    pub(super) fn of(id: TraceId, spans: &[Arc<Received>]) -> Self {
        let known: HashSet<&[u8]> = spans.iter().map(|it| it.span.span_id.as_slice()).collect();
        // A true root comes first, then one whose parent is missing, then (in a circle) any; the earliest of its sort.
        let rank = |received: &Received| {
            let parent = received.span.parent_span_id.as_slice();
            let orphan = !parent.iter().all(|byte| *byte == 0);
            let inner = orphan && known.contains(parent);
            (inner, orphan, start(received))
        };
        let first = spans.iter().min_by_key(|received| rank(received));
        let earliest = spans.iter().map(|it| start(it)).min().unwrap_or_default();
        let latest = spans.iter().map(|it| end(it)).max().unwrap_or_default();
        let mut services = BTreeMap::new();
        for received in spans {
            // Looked up by reference first: most spans are of a service that is already there.
            match services.get_mut(received.service()) {
                Some(count) => *count += 1,
                None => {
                    services.insert(received.service().to_owned(), 1);
                }
            }
        }
        Self {
            id,
            service: first.map_or_else(String::new, |it| it.service().to_owned()),
            operation: first.map_or_else(String::new, |it| it.span.name.clone()),
            has_root: first.is_some_and(|it| !rank(it).1),
            start_unix_nanos: earliest,
            duration_nanos: latest.saturating_sub(earliest),
            spans: spans.len(),
            failed: spans.iter().filter(|it| it.failed()).count(),
            services,
        }
    }
}

fn start(received: &Received) -> i64 {
    received.span.start_time_unix_nano.cast_signed()
}

/// A span that ends before it starts is shown as one of no length.
fn end(received: &Received) -> i64 {
    let end = received.span.end_time_unix_nano.cast_signed();
    end.max(start(received))
}
