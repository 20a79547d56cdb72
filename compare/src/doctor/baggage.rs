//! Baggage that should have come along.
//!
//! Spans do not show baggage; programs copy items into attributes. Rules say on which spans an item has to be. Without a rule,
//! a capture speaks for itself where an item that is an attribute of a caller in one service usually is one of a span in
//! another, and once is not.

use std::collections::{BTreeSet, HashMap};

use super::{Edge, Examined, Findings, Found, Patient, Problem, edge};
use crate::model::{Span, Value};
use crate::pages;
use crate::rules::Rules;

pub(super) fn examine(patient: &Patient<'_>, rules: &Rules, findings: &mut Findings) {
    for (key, rule) in rules.baggage() {
        for (trace, at, span) in patient.spans() {
            let concerns = *span.service == rule.service
                && match &rule.name {
                    Some(name) => span.name == *name,
                    None => span.kind.is_called(),
                };
            if concerns && span.attribute(key).is_none() {
                lost(trace, (span, at), key, findings);
            }
        }
    }

    // Which items come to spans of a service and a name.
    let mut arrives: HashMap<(&str, &str), BTreeSet<&str>> = HashMap::new();
    for (trace, at, span) in patient.spans() {
        for (key, value) in &span.attributes {
            if is_own(key) && sender(trace, at, key).is_some_and(|sent| sent == value) {
                let items = arrives.entry((&span.service, &span.name)).or_default();
                items.insert(key);
            }
        }
    }
    for (trace, at, span) in patient.spans() {
        let Some(items) = arrives.get(&(&*span.service, &*span.name)) else {
            continue;
        };
        let missing = items
            .iter()
            .filter(|key| span.attribute(key).is_none() && sender(trace, at, key).is_some());
        for key in missing {
            lost(trace, (span, at), key, findings);
        }
    }
}

fn lost(trace: &Examined<'_>, (span, at): (&Span, usize), key: &str, findings: &mut Findings) {
    let caller = trace
        .ancestors(at)
        .find(|above| above.service != span.service);
    let edge = match caller {
        Some(caller) => edge(caller, span),
        None => Edge {
            from: None,
            to: span.service.to_string(),
        },
    };
    let detail = format!("the baggage item `{key}` did not reach it");
    let found = Found::new(
        &detail,
        "the item is not written into the headers or not read from them, or a service between does not hand it on",
        pages::BAGGAGE,
    );
    findings.add(Problem::LostBaggage, edge, span, &found);
}

/// What the nearest span of another service above says of an item: as an attribute, or in the log by which Jaeger's clients
/// told that it was set.
fn sender<'a>(trace: &Examined<'a>, at: usize, key: &str) -> Option<&'a Value> {
    let span = &trace.spans[at];
    trace
        .ancestors(at)
        .filter(|above| above.service != span.service)
        .find_map(|above| above.attribute(key).or_else(|| logged(above, key)))
}

fn logged<'a>(span: &'a Span, key: &str) -> Option<&'a Value> {
    let field = |event: &'a crate::model::Event, wanted: &str| {
        let found = event.attributes.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value)
    };
    let baggage = span.events.iter().filter(|event| event.name == "baggage");
    let mut items =
        baggage.filter(|event| field(event, "key").and_then(Value::as_str) == Some(key));
    items.find_map(|event| field(event, "value"))
}

/// Whether an attribute is the program's own, and not one that both ends of a call have by convention.
fn is_own(key: &str) -> bool {
    const CONVENTIONS: [&str; 24] = [
        "client",
        "code",
        "component",
        "container",
        "db",
        "error",
        "exception",
        "host",
        "http",
        "message_bus",
        "messaging",
        "net",
        "network",
        "otel",
        "peer",
        "process",
        "rpc",
        "sampler",
        "sampling",
        "server",
        "service",
        "span",
        "thread",
        "url",
    ];
    let first = key.split('.').next().unwrap_or(key);
    !CONVENTIONS.contains(&first)
}
