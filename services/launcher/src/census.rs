//! The census on the readiness page.

use pipeline::{Caller, Census};
use platform::health::Detail;
use serde_json::{Map, Value, json};

/// For each caller, how often it came with which trace headers; and the callers for whose sake the old ones are still needed,
/// with the seconds since they last were.
pub(crate) fn detail(census: Census) -> Detail {
    Detail::new("trace_headers", move || document(&census.callers()))
}

fn document(callers: &[Caller]) -> Value {
    let counts = |caller: &Caller| -> Map<String, Value> {
        let counts = caller.counts.iter();
        counts
            .map(|(headers, count)| (headers.name().to_owned(), (*count).into()))
            .collect()
    };
    let received: Map<String, Value> = callers
        .iter()
        .map(|caller| (caller.name.to_owned(), counts(caller).into()))
        .collect();
    let needed: Map<String, Value> = callers
        .iter()
        .filter_map(|caller| {
            let ago = caller.needed_old?;
            Some((caller.name.to_owned(), ago.as_secs().into()))
        })
        .collect();
    json!({ "received": received, "old_needed_seconds_ago": needed })
}
