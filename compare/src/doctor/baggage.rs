//! Baggage that should have come along.
//!
//! Spans do not show baggage; programs copy items into attributes. Rules say on which spans an item has to be. Without a rule,
//! a capture speaks for itself where an item that is an attribute of a caller in one service is nearly always one of a span in
//! another, and seldom is not. What both set on one branch of their code is none.

use std::collections::{BTreeMap, HashMap};

use super::{Edge, Examined, Findings, Found, Patient, Problem, edge};
use crate::model::{Event, Span, Value};
use crate::pages;
use crate::rules::Rules;

/// More items than headers carry: W3C's limit leaves it at that.
const MOST_ITEMS: usize = 64;
/// Nor do headers carry items with longer names.
const LONGEST_KEY: usize = 256;
/// An item is missed where at least so many arrive for each that does not.
const USUAL: usize = 4;

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

    let told: Vec<_> = patient.traces.iter().map(Told::of).collect();
    let spans = || {
        let traces = patient.traces.iter().zip(&told);
        traces.flat_map(|(trace, told)| {
            let spans = trace.spans.iter().enumerate();
            spans.map(move |(at, span)| (trace, told, at, span))
        })
    };

    // How often items come to spans of a service and a name, and how often they do not.
    let mut arrivals: HashMap<(&str, &str), Items<'_>> = HashMap::new();
    for (trace, told, at, span) in spans() {
        let items = arrivals.entry((&span.service, &span.name)).or_default();
        for (key, value) in &span.attributes {
            let is_known = items.contains_key(&**key);
            if (is_known || items.len() < MOST_ITEMS)
                && is_own(key)
                && told
                    .sender(trace, at, key)
                    .is_some_and(|sent| sent == value)
            {
                items.entry(key).or_default().arrived += 1;
            }
        }
    }
    for (trace, told, at, span) in spans() {
        if let Some(items) = arrivals.get_mut(&(&*span.service, &*span.name)) {
            for (key, times) in items {
                times.missed += usize::from(is_missed(trace, told, at, key));
            }
        }
    }
    for (trace, told, at, span) in spans() {
        let Some(items) = arrivals.get(&(&*span.service, &*span.name)) else {
            continue;
        };
        let usual = items.iter().filter(|(_, times)| times.are_usual());
        for (key, _) in usual.filter(|(key, _)| is_missed(trace, told, at, key)) {
            lost(trace, (span, at), key, findings);
        }
    }
}

type Items<'a> = BTreeMap<&'a str, Times>;

/// How often an item arrived, and how often it was sent and did not.
#[derive(Clone, Copy, Default)]
struct Times {
    arrived: usize,
    missed: usize,
}

impl Times {
    fn are_usual(self) -> bool {
        self.missed > 0 && self.arrived / self.missed >= USUAL
    }
}

fn is_missed(trace: &Examined<'_>, told: &Told<'_>, at: usize, key: &str) -> bool {
    trace.spans[at].attribute(key).is_none() && told.sender(trace, at, key).is_some()
}

fn lost(trace: &Examined<'_>, (span, at): (&Span, usize), key: &str, findings: &mut Findings) {
    let caller = trace
        .ancestors(at)
        .map(|above| &trace.spans[above])
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

/// What the spans of a trace say of items: each as an attribute, or in the log by which Jaeger's clients told that it was set.
struct Told<'a> {
    items: HashMap<(usize, &'a str), &'a Value>,
}

impl<'a> Told<'a> {
    fn of(trace: &Examined<'a>) -> Self {
        let mut items = HashMap::new();
        for (at, span) in trace.spans.iter().enumerate() {
            let attributes = span.attributes.iter().map(|(key, value)| (&**key, value));
            for (key, value) in attributes.chain(span.events.iter().filter_map(logged)) {
                if is_own(key) {
                    items.entry((at, key)).or_insert(value);
                }
            }
        }
        Self { items }
    }

    /// What the nearest span of another service above says.
    fn sender(&self, trace: &Examined<'_>, at: usize, key: &str) -> Option<&'a Value> {
        let service = &trace.spans[at].service;
        trace
            .ancestors(at)
            .filter(|above| trace.spans[*above].service != *service)
            .find_map(|above| self.items.get(&(above, key)).copied())
    }
}

fn logged(event: &Event) -> Option<(&str, &Value)> {
    let field = |wanted: &str| {
        let found = event.attributes.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value)
    };
    (event.name == "baggage").then_some(())?;
    Some((field("key")?.as_str()?, field("value")?))
}

/// Whether an attribute is the program's own, and not one that both ends of a call have by convention.
fn is_own(key: &str) -> bool {
    const CONVENTIONS: [&str; 64] = [
        "app",
        "artifact",
        "aws",
        "azure",
        "browser",
        "cassandra",
        "cicd",
        "client",
        "cloud",
        "code",
        "component",
        "container",
        "cpu",
        "db",
        "deployment",
        "destination",
        "device",
        "dns",
        "elasticsearch",
        "enduser",
        "error",
        "event",
        "exception",
        "faas",
        "feature_flag",
        "file",
        "gcp",
        "gen_ai",
        "geo",
        "graphql",
        "heroku",
        "host",
        "http",
        "k8s",
        "log",
        "message_bus",
        "messaging",
        "net",
        "network",
        "oci",
        "opentracing",
        "os",
        "otel",
        "peer",
        "process",
        "profile",
        "rpc",
        "sampler",
        "sampling",
        "server",
        "service",
        "session",
        "source",
        "span",
        "system",
        "telemetry",
        "test",
        "thread",
        "tls",
        "url",
        "user",
        "user_agent",
        "vcs",
        "webengine",
    ];
    let first = key.split('.').next().unwrap_or(key);
    key.len() <= LONGEST_KEY && !CONVENTIONS.contains(&first)
}
