//! A trace as text that can be compared.

use std::collections::BTreeSet;

use viewer::model::{Trace, Value};

/// Shown by the tree in its own way, or the same in every span of a stage.
const HIDDEN: [&str; 7] = [
    "span.kind",
    "error",
    "otel.status_code",
    "otel.status_description",
    "otel.scope.name",
    "otel.scope.version",
    // The mark of a fleet's propagator, which is not the doing of a stage.
    "w3c.tracestate",
];

/// Different in every run.
const MASKED: [&str; 4] = [
    "peer.port",
    "server.port",
    "message_bus.message_id",
    "messaging.message.id",
];

/// The whole trace, with every attribute that its spans have and the names of their events. What differs from run to run
/// is masked.
pub(crate) fn text_of(trace: &Trace) -> String {
    let mut trace = trace.clone();
    let mut keys = BTreeSet::new();
    for span in &mut trace.spans {
        keys.extend(span.tags.iter().map(|(key, _)| key.to_owned()));
        let masked = span.tags.iter().map(|(key, value)| {
            let hidden = MASKED.contains(&key);
            let value = if hidden {
                Value::from("...")
            } else {
                value.clone()
            };
            (key.to_owned(), value)
        });
        span.tags = masked.collect();
    }
    let shown = keys
        .iter()
        .map(String::as_str)
        .filter(|key| !HIDDEN.contains(key));
    trace.tree().masked().events().attributes(shown).to_string()
}
