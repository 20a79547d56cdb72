//! What is kept of a message that could not be delivered: enough to find its trace, nothing of what it said.

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::{Cause, Delivery};

/// The headers that name a trace, in each of the formats that a sender may write. Others, baggage above all, are not kept.
const TRACE_HEADERS: [&str; 8] = [
    "traceparent",
    "uber-trace-id",
    "b3",
    "x-b3-traceid",
    "x-b3-spanid",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-flags",
];

/// No error text longer than this is kept.
const ERROR_LIMIT: usize = 512;

/// An entry of the dead-letter stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The id that the message had in its queue.
    pub message_id: String,
    /// The message's idempotency key. Empty when it could not be read.
    pub key: String,
    /// Why it was given up: a name of low cardinality.
    pub reason: String,
    /// The last error, in words.
    pub error: String,
    /// How often it had been delivered.
    pub deliveries: u32,
    /// When it was queued.
    pub queued: SystemTime,
    /// When it was given up.
    pub died: SystemTime,
    /// Those of its headers that name its trace.
    pub trace: BTreeMap<String, String>,
}

impl DeadLetter {
    pub(crate) fn new(delivery: &Delivery, cause: &Cause, queued: SystemTime) -> Self {
        Self {
            message_id: delivery.message_id().to_owned(),
            key: delivery.key().to_owned(),
            reason: cause.reason.to_owned(),
            error: shorten(&cause.error),
            deliveries: delivery.deliveries(),
            queued,
            died: SystemTime::now(),
            trace: trace_headers(delivery.headers().iter()),
        }
    }
}

/// Picks the headers that name a trace.
pub(crate) fn trace_headers<'a>(
    headers: impl Iterator<Item = (&'a String, &'a String)>,
) -> BTreeMap<String, String> {
    headers
        .filter(|(name, _)| {
            TRACE_HEADERS
                .iter()
                .any(|kept| name.eq_ignore_ascii_case(kept))
        })
        .map(|(name, value)| (name.clone(), shorten(value)))
        .collect()
}

fn shorten(text: &str) -> String {
    text.chars().take(ERROR_LIMIT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trace_is_found_in_every_format_and_baggage_in_none() {
        let names = [
            "traceparent",
            "uber-trace-id",
            "b3",
            "x-b3-traceid",
            "X-B3-SpanId",
            "x-b3-parentspanid",
            "x-b3-sampled",
            "x-b3-flags",
        ];
        let others = ["baggage", "uberctx-login.channel", "x-b3", "tracestate"];
        let headers: BTreeMap<String, String> = names
            .iter()
            .chain(&others)
            .map(|name| ((*name).to_owned(), "1".to_owned()))
            .collect();

        let mut kept: Vec<_> = trace_headers(headers.iter()).into_keys().collect();

        kept.sort();
        let mut names = names.map(str::to_owned);
        names.sort();
        assert_eq!(kept, names);
    }
}
