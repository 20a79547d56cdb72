//! Two captures of one program: the same but for ids, times and order, and then with changes.

#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use compare::{Capture, Rules};
use compare_fuzz::{check_alone, check_pair};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

static RULES: LazyLock<Rules> = LazyLock::new(Rules::builtin);

/// What a program did, and what of it another run does otherwise.
#[derive(Arbitrary, Debug)]
struct Program {
    spans: Vec<Span>,
    /// Where each span of the second run is sent, among those before it.
    order: Vec<u8>,
    changes: Vec<(u8, Change)>,
}

#[derive(Arbitrary, Clone, Debug)]
struct Span {
    /// One of those before it, or none.
    parent: u8,
    trace: u8,
    service: u8,
    name: u8,
    kind: u8,
    status: u8,
    attributes: Vec<(u8, Attribute)>,
    events: Vec<(u8, Vec<(u8, Attribute)>)>,
    links: Vec<u8>,
}

#[derive(Arbitrary, Clone, Debug)]
enum Attribute {
    Text(String),
    Integer(i64),
    Double(f64),
    Bool(bool),
}

#[derive(Arbitrary, Debug)]
enum Change {
    Lose,
    Repeat,
    /// Below any span: itself, one that is below it, one that is not there.
    Move(u8),
    ShareId(u8),
    Rename(String),
    Become(Span),
}

const MOST_SPANS: usize = 24;
const SERVICES: [&str; 4] = ["api", "auth", "sms", "<b>"];
const NAMES: [&str; 6] = [
    "GET /",
    "POST /login",
    "issue",
    "send otp",
    "process otp",
    "",
];
const KEYS: [&str; 10] = [
    "http.method",
    "http.request.method",
    "http.status_code",
    "error",
    "span.kind",
    "peer.address",
    "db.type",
    "event",
    "login.channel",
    "opentracing.ref_type",
];

/// A span as it was sent.
struct Sent {
    trace: u8,
    id: usize,
    parent: Option<usize>,
    name: String,
    span: Span,
}

fuzz_target!(|program: Program| {
    let Some(first) = Run::of(&program, 1) else {
        return;
    };
    let before = first.capture();
    check_alone(&before, &RULES);

    let mut again = Run::of(&program, 2).expect("it has spans");
    again.shuffle(&program.order);
    let after = again.capture();
    let report = check_pair(&before, &after, &RULES);
    assert!(report.differences().next().is_none(), "{report:#?}");

    again.change(&program.changes);
    if !again.sent.is_empty() {
        let changed = again.capture();
        check_alone(&changed, &RULES);
        check_pair(&before, &changed, &RULES);
        check_pair(&changed, &before, &RULES);
    }
});

struct Run {
    number: usize,
    sent: Vec<Sent>,
}

impl Run {
    fn of(program: &Program, number: usize) -> Option<Self> {
        let mut sent: Vec<Sent> = Vec::new();
        for (at, span) in program.spans.iter().take(MOST_SPANS).enumerate() {
            // Half of the numbers begin a trace.
            let parent =
                (at > 0 && span.parent >= 0x80).then(|| usize::from(span.parent) % at.max(1));
            let trace = parent.map_or(span.trace % 4, |parent| sent[parent].trace);
            let name = NAMES[usize::from(span.name) % NAMES.len()].to_owned();
            let span = span.clone();
            sent.push(Sent {
                trace,
                id: at,
                parent,
                name,
                span,
            });
        }
        (!sent.is_empty()).then_some(Self { number, sent })
    }

    fn shuffle(&mut self, order: &[u8]) {
        for (at, to) in order.iter().enumerate().take(self.sent.len()) {
            self.sent.swap(at, usize::from(*to) % (at + 1));
        }
    }

    fn change(&mut self, changes: &[(u8, Change)]) {
        for (at, change) in changes.iter().take(MOST_SPANS) {
            if self.sent.is_empty() {
                return;
            }
            let at = usize::from(*at) % self.sent.len();
            match change {
                Change::Lose => {
                    self.sent.remove(at);
                }
                Change::Repeat => {
                    let Sent {
                        trace,
                        id,
                        parent,
                        ref name,
                        ref span,
                    } = self.sent[at];
                    let (name, span) = (name.clone(), span.clone());
                    self.sent.push(Sent {
                        trace,
                        id,
                        parent,
                        name,
                        span,
                    });
                }
                Change::Move(below) => self.sent[at].parent = Some(usize::from(*below)),
                Change::ShareId(id) => self.sent[at].id = usize::from(*id),
                Change::Rename(name) => self.sent[at].name.clone_from(name),
                Change::Become(span) => self.sent[at].span = span.clone(),
            }
        }
    }

    fn capture(&self) -> Capture {
        let lines: Vec<_> = self
            .sent
            .iter()
            .map(|sent| self.line(sent).to_string())
            .collect();
        let text = lines.join("\n");
        Capture::from_slice("run", text.as_bytes()).expect("it is a capture")
    }

    fn line(&self, sent: &Sent) -> Value {
        let Sent {
            trace,
            id,
            parent,
            name,
            span,
        } = sent;
        let service = SERVICES[usize::from(span.service) % SERVICES.len()];
        let id_of = |id: usize| format!("{:016x}", (id + 1) * 0x1_0001 + (self.number << 40));
        let trace_of = |trace: u8| format!("{:032x}", usize::from(trace) + 1 + (self.number << 40));
        let start =
            1_780_000_000_000_000_000 + self.number * 1_000_000_000 + id * (1_000 + self.number);
        let events = span.events.iter().map(|(name, of_event)| {
            json!({"name": NAMES[usize::from(*name) % NAMES.len()], "attributes": attributes(of_event)})
        });
        let links = span.links.iter().map(|to| {
            let to = usize::from(*to) % MOST_SPANS;
            let trace = self
                .sent
                .iter()
                .find(|sent| sent.id == to)
                .map_or(9, |sent| sent.trace);
            json!({"traceId": trace_of(trace), "spanId": id_of(to)})
        });
        json!({"resourceSpans": [{
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
            "scopeSpans": [{"spans": [{
                "traceId": trace_of(*trace),
                "spanId": id_of(*id),
                "parentSpanId": parent.map(id_of),
                "name": name,
                "kind": span.kind % 6,
                "startTimeUnixNano": start.to_string(),
                "endTimeUnixNano": (start + 500).to_string(),
                "attributes": attributes(&span.attributes),
                "events": events.collect::<Vec<_>>(),
                "links": links.collect::<Vec<_>>(),
                "status": {"code": span.status % 3},
            }]}],
        }]})
    }
}

fn attributes(of: &[(u8, Attribute)]) -> Vec<Value> {
    let attribute = |(key, value): &(u8, Attribute)| {
        let value = match value {
            Attribute::Text(text) => json!({"stringValue": text}),
            Attribute::Integer(number) => json!({"intValue": number.to_string()}),
            Attribute::Double(number) if number.is_finite() => json!({"doubleValue": number}),
            Attribute::Double(_) => json!({"doubleValue": "NaN"}),
            Attribute::Bool(value) => json!({"boolValue": value}),
        };
        json!({"key": KEYS[usize::from(*key) % KEYS.len()], "value": value})
    };
    of.iter().map(attribute).collect()
}
