//! Captures, written by hand: a trace as a list of spans, in either format.

#![allow(dead_code, reason = "each test program uses its part of this")]

use compare::{Capture, Finding, Report, Rules};
use serde_json::{Value, json};

/// A span. Its parent is another one's place in the list.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) service: String,
    pub(crate) name: String,
    pub(crate) kind: u8,
    pub(crate) parent: Option<usize>,
    pub(crate) trace: u64,
    pub(crate) attributes: Vec<(String, Value)>,
    pub(crate) error: Option<String>,
    pub(crate) events: Vec<(String, Vec<(String, Value)>)>,
    pub(crate) links: Vec<(usize, Option<String>)>,
    /// Microseconds after the capture began, and how long.
    pub(crate) time: (u64, u64),
}

pub(crate) const INTERNAL: u8 = 1;
pub(crate) const SERVER: u8 = 2;
pub(crate) const CLIENT: u8 = 3;
pub(crate) const PRODUCER: u8 = 4;
pub(crate) const CONSUMER: u8 = 5;

pub(crate) fn span(service: &str, name: &str, kind: u8, parent: impl Into<Option<usize>>) -> Span {
    Span {
        service: service.to_owned(),
        name: name.to_owned(),
        kind,
        parent: parent.into(),
        trace: 1,
        attributes: Vec::new(),
        error: None,
        events: Vec::new(),
        links: Vec::new(),
        time: (0, 1_000_000),
    }
}

impl Span {
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.attributes.push((key.to_owned(), value.into()));
        self
    }

    pub(crate) fn failed(mut self, message: &str) -> Self {
        self.error = Some(message.to_owned());
        self
    }

    pub(crate) fn event(mut self, name: &str, attributes: &[(&str, &str)]) -> Self {
        let attributes = attributes.iter();
        let attributes = attributes.map(|(key, value)| ((*key).to_owned(), json!(value)));
        self.events.push((name.to_owned(), attributes.collect()));
        self
    }

    pub(crate) fn link(mut self, to: usize, ref_type: Option<&str>) -> Self {
        self.links.push((to, ref_type.map(str::to_owned)));
        self
    }

    pub(crate) fn in_trace(mut self, trace: u64) -> Self {
        self.trace = trace;
        self
    }

    pub(crate) fn at(mut self, start: u64, duration: u64) -> Self {
        self.time = (start, duration);
        self
    }
}

/// A login: three services, a queue, eight spans.
pub(crate) fn login() -> Vec<Span> {
    vec![
        span("api", "POST /login", SERVER, None)
            .with("http.request.method", "POST")
            .at(0, 900),
        span("api", "POST /codes", CLIENT, 0)
            .with("server.address", "auth")
            .at(100, 700),
        span("auth", "POST /codes", SERVER, 1)
            .with("http.route", "/codes")
            .at(200, 500),
        span("auth", "issue", CLIENT, 2)
            .with("db.system.name", "redis")
            .at(250, 100),
        span("auth", "send otp", PRODUCER, 2)
            .with("messaging.destination.name", "otp")
            .at(400, 100),
        span("sms", "process otp", CONSUMER, 4)
            .with("login.channel", "web")
            .at(600, 900),
        span("sms", "begin", CLIENT, 5)
            .with("db.system.name", "redis")
            .at(650, 100),
        span("sms", "deliver", CLIENT, 5)
            .with("attempt", 1)
            .at(800, 500),
    ]
}

/// What makes the ids and times of one run.
pub(crate) type Run = u64;

fn span_id(run: Run, at: usize) -> String {
    // Odd numbers have inverses: no two places share an id.
    let id = (at as u64 + 1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15 | 1)
        .wrapping_add(run << 1);
    format!("{:016x}", id.max(1))
}

fn trace_id(run: Run, trace: u64) -> String {
    format!(
        "{:016x}{:016x}",
        run.wrapping_mul(0xd134_2543_de82_ef95) | 1,
        trace + 1
    )
}

fn attribute(key: &str, value: &Value) -> Value {
    let value = match value {
        Value::String(text) => json!({"stringValue": text}),
        Value::Bool(value) => json!({"boolValue": value}),
        Value::Number(number) if number.is_f64() => json!({"doubleValue": number}),
        Value::Number(number) => json!({"intValue": number.to_string()}),
        other => {
            json!({"arrayValue": {"values": other.as_array().expect("nothing else is used").iter()
            .map(|item| json!({"stringValue": item})).collect::<Vec<_>>()}})
        }
    };
    json!({"key": key, "value": value})
}

fn attributes(list: &[(String, Value)]) -> Vec<Value> {
    list.iter()
        .map(|(key, value)| attribute(key, value))
        .collect()
}

/// One export request a line, in the given order of the spans.
pub(crate) fn otlp_in_order(spans: &[Span], run: Run, order: &[usize]) -> String {
    let mut text = String::new();
    for &at in order {
        let span = &spans[at];
        let start = 1_780_000_000_000_000_000 + run * 1_000_003 + span.time.0 * 1_000;
        let parent = span.parent.map(|parent| span_id(run, parent));
        let links = span.links.iter().map(|(to, ref_type)| {
            let of_link = ref_type.iter().map(|word| attribute("opentracing.ref_type", &json!(word)));
            json!({"traceId": trace_id(run, spans[*to].trace), "spanId": span_id(run, *to), "attributes": of_link.collect::<Vec<_>>()})
        });
        let events = span.events.iter().map(|(name, of_event)| {
            json!({"timeUnixNano": start.to_string(), "name": name, "attributes": attributes(of_event)})
        });
        let status = match &span.error {
            Some(message) => json!({"code": 2, "message": message}),
            None => json!({}),
        };
        let span_json = json!({
            "traceId": trace_id(run, span.trace),
            "spanId": span_id(run, at),
            "parentSpanId": parent,
            "name": span.name,
            "kind": span.kind,
            "startTimeUnixNano": start.to_string(),
            "endTimeUnixNano": (start + span.time.1 * 1_000).to_string(),
            "attributes": attributes(&span.attributes),
            "events": events.collect::<Vec<_>>(),
            "links": links.collect::<Vec<_>>(),
            "status": status,
        });
        let request = json!({"resourceSpans": [{
            "resource": {"attributes": [attribute("service.name", &json!(span.service))]},
            "scopeSpans": [{"scope": {"name": "test"}, "spans": [span_json]}],
        }]});
        text.push_str(&request.to_string());
        text.push('\n');
    }
    text
}

pub(crate) fn otlp(spans: &[Span], run: Run) -> String {
    let order: Vec<_> = (0..spans.len()).collect();
    otlp_in_order(spans, run, &order)
}

/// An answer of Jaeger's API about spans of an OpenTracing client.
pub(crate) fn jaeger(spans: &[Span], run: Run) -> Value {
    let tag = |key: &str, value: &Value| match value {
        Value::String(text) => json!({"key": key, "type": "string", "value": text}),
        Value::Bool(value) => json!({"key": key, "type": "bool", "value": value}),
        Value::Number(number) if number.is_f64() => {
            json!({"key": key, "type": "float64", "value": number})
        }
        Value::Number(number) => json!({"key": key, "type": "int64", "value": number}),
        other => json!({"key": key, "type": "string", "value": other.to_string()}),
    };
    let mut traces: Vec<u64> = spans.iter().map(|span| span.trace).collect();
    traces.sort_unstable();
    traces.dedup();
    let traces = traces.into_iter().map(|trace| {
        let of_trace = spans.iter().enumerate().filter(|(_, span)| span.trace == trace);
        let of_trace = of_trace.map(|(at, span)| {
            let mut tags: Vec<_> = span.attributes.iter().map(|(key, value)| tag(key, value)).collect();
            let kinds = ["", "internal", "server", "client", "producer", "consumer"];
            tags.push(tag("span.kind", &json!(kinds[usize::from(span.kind)])));
            if span.error.is_some() {
                tags.push(tag("error", &json!(true)));
            }
            let logs = span.events.iter().map(|(name, fields)| {
                let event = tag("event", &json!(name));
                let fields = fields.iter().map(|(key, value)| tag(key, value));
                let fields: Vec<_> = std::iter::once(event).chain(fields).collect();
                json!({"timestamp": 1_780_000_000_000_000_u64, "fields": fields})
            });
            let reference = |to: usize, ref_type: &str| {
                json!({"refType": ref_type, "traceID": trace_id(run, spans[to].trace), "spanID": span_id(run, to)})
            };
            let parent = span.parent.map(|parent| reference(parent, "CHILD_OF"));
            let links = span.links.iter().map(|(to, ref_type)| {
                let is_child = ref_type.as_deref() == Some("child_of");
                reference(*to, if is_child { "CHILD_OF" } else { "FOLLOWS_FROM" })
            });
            json!({
                "traceID": trace_id(run, span.trace),
                "spanID": span_id(run, at),
                "operationName": span.name,
                "references": parent.into_iter().chain(links).collect::<Vec<_>>(),
                "startTime": 1_780_000_000_000_000_u64 + run * 7 + span.time.0,
                "duration": span.time.1,
                "tags": tags,
                "logs": logs.collect::<Vec<_>>(),
                "processID": span.service,
            })
        });
        let of_trace: Vec<_> = of_trace.collect();
        let processes: serde_json::Map<String, Value> = spans
            .iter()
            .map(|span| (span.service.clone(), json!({"serviceName": span.service, "tags": []})))
            .collect();
        json!({"traceID": trace_id(run, trace), "spans": of_trace, "processes": processes})
    });
    json!({"data": traces.collect::<Vec<_>>(), "total": 0, "errors": null})
}

pub(crate) fn read(text: &str) -> Capture {
    Capture::from_slice("capture.json", text.as_bytes()).expect("it is a capture")
}

pub(crate) fn capture(spans: &[Span], run: Run) -> Capture {
    read(&otlp(spans, run))
}

pub(crate) fn compare(left: &[Span], right: &[Span]) -> Report {
    compare::compare(&capture(left, 1), &capture(right, 2), &Rules::builtin())
}

/// All differences as `kind part: left -> right [rule]`, each with the last step of its path in front.
pub(crate) fn told(report: &Report) -> Vec<String> {
    report
        .differences()
        .map(|(found, _)| {
            let last = found.path.rsplit(" › ").next().unwrap_or_default();
            let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "none".to_owned());
            let rule = found.rule.as_ref().map(|rule| format!(" [{rule}]"));
            format!(
                "{last} | {} {}: {} -> {}{}",
                found.kind,
                found.part,
                side(&found.left),
                side(&found.right),
                rule.unwrap_or_default()
            )
        })
        .collect()
}

/// Problem, edge, span and number of each finding.
pub(crate) fn said(findings: &[Finding]) -> Vec<String> {
    let said = |finding: &Finding| {
        let Finding {
            problem,
            edge,
            span,
            count,
            ..
        } = finding;
        format!("{problem} {edge} {span} {count}")
    };
    findings.iter().map(said).collect()
}
