//! Jaeger's JSON: the answers of its HTTP API and the downloads of its page, of any version.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use serde::Deserialize;
use serde::de::Error as _;
use serde::de::{Deserializer, Unexpected};

use super::document::Source;
use super::error::Fault;
use super::scalars::{BASE64, Id, Integer, MaybeId, Scalar, Text, double};
use crate::model::{self, Dialect, Kind, RefType, SpanId, Status, TraceId, Value};

/// The processes of a trace, by the names that its spans use.
pub(super) type Processes<'a> = HashMap<Text<'a>, Process<'a>>;

#[derive(Deserialize)]
pub(super) struct Trace<'a> {
    #[serde(borrow)]
    spans: Option<Vec<Span<'a>>>,
    #[serde(borrow)]
    processes: Option<Processes<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Span<'a> {
    #[serde(rename = "traceID")]
    trace_id: Id<TraceId>,
    #[serde(rename = "spanID")]
    span_id: Id<SpanId>,
    operation_name: String,
    references: Option<Vec<Reference>>,
    /// Where versions before references had the parent.
    #[serde(rename = "parentSpanID")]
    parent_span_id: Option<MaybeId<SpanId>>,
    start_time: Integer<u64>,
    duration: Integer<u64>,
    #[serde(borrow)]
    tags: Option<Vec<Tag<'a>>>,
    #[serde(borrow)]
    logs: Option<Vec<Log<'a>>>,
    #[serde(borrow, rename = "processID")]
    process_id: Option<Text<'a>>,
    /// Where the documents of its storage have the process.
    #[serde(borrow)]
    process: Option<Process<'a>>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "refType")]
    ref_type: ReferenceType,
    #[serde(rename = "traceID")]
    trace_id: MaybeId<TraceId>,
    #[serde(rename = "spanID")]
    span_id: MaybeId<SpanId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ReferenceType {
    ChildOf,
    FollowsFrom,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Process<'a> {
    service_name: String,
    #[serde(borrow)]
    tags: Option<Vec<Tag<'a>>>,
}

#[derive(Deserialize)]
struct Log<'a> {
    timestamp: Integer<u64>,
    #[serde(borrow)]
    fields: Option<Vec<Tag<'a>>>,
}

struct Tag<'a> {
    key: Cow<'a, str>,
    value: Value,
}

impl<'de: 'a, 'a> Deserialize<'de> for Tag<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Parts<'a> {
            #[serde(borrow)]
            key: Cow<'a, str>,
            #[serde(borrow, rename = "type")]
            value_type: Option<Text<'a>>,
            #[serde(borrow)]
            value: Scalar<'a>,
        }

        let tag = Parts::deserialize(deserializer)?;
        let value = match tag.value_type.as_ref().map(Text::as_str) {
            None => Some(tag.value.clone().into_value()),
            Some(value_type) => value(value_type, &tag.value),
        };
        let value = value.ok_or_else(|| {
            let expected = format!(
                "a value of the type {:?} that the tag {:?} declares",
                tag.value_type
                    .as_ref()
                    .map(Text::as_str)
                    .unwrap_or_default(),
                tag.key
            );
            D::Error::invalid_type(Unexpected::from(&tag.value), &expected.as_str())
        })?;
        Ok(Self {
            key: tag.key,
            value,
        })
    }
}

impl<'a> From<&'a Scalar<'_>> for Unexpected<'a> {
    fn from(scalar: &'a Scalar<'_>) -> Self {
        scalar.unexpected()
    }
}

fn value(value_type: &str, value: &Scalar<'_>) -> Option<Value> {
    Some(match (value_type.to_ascii_lowercase().as_str(), value) {
        ("string", value) => match value.clone().into_value() {
            Value::Text(text) => Value::Text(text),
            other => Value::Text(other.to_string()),
        },
        ("bool", Scalar::Bool(value)) => Value::Bool(*value),
        ("bool", Scalar::Text(word)) => Value::Bool(word.parse().ok()?),
        ("int64", Scalar::Integer(number)) => Value::Integer(*number),
        ("int64", Scalar::Text(digits)) => Value::Integer(digits.parse().ok()?),
        ("float64", Scalar::Integer(number)) => Value::Double(*number as f64),
        ("float64", Scalar::Large(number)) => Value::Double(*number as f64),
        ("float64", Scalar::Double(number)) => Value::Double(*number),
        ("float64", Scalar::Text(word)) => Value::Double(double(word)?),
        ("binary", Scalar::Text(text)) => Value::Bytes(BASE64.decode(text.as_bytes()).ok()?),
        _ => return None,
    })
}

impl<'a> Trace<'a> {
    pub(super) fn alone(spans: Vec<Span<'a>>, processes: Processes<'a>) -> Self {
        Self {
            spans: Some(spans),
            processes: Some(processes),
        }
    }

    pub(super) fn into_spans(
        self,
        source: &Source<'_>,
        spans: &mut Vec<model::Span>,
    ) -> Result<(), Fault> {
        let processes = self.processes.unwrap_or_default();
        let processes: HashMap<_, _> = processes
            .iter()
            .map(|(key, process)| (key.as_str(), Service::of(process)))
            .collect();
        for span in self.spans.into_iter().flatten() {
            let service = match (&span.process_id, &span.process) {
                (Some(key), _) if processes.contains_key(key.as_str()) => {
                    processes[key.as_str()].clone()
                }
                (_, Some(process)) => Service::of(process),
                (Some(key), None) => {
                    let message = format!(
                        "expected a process that is listed in `processes`, found {:?}",
                        key.as_str()
                    );
                    return Err(source.fault(key.as_str(), message));
                }
                (None, None) => {
                    let message = format!(
                        "expected `processID` or `process` in the span {}",
                        span.span_id.id
                    );
                    return Err(source.fault("", message));
                }
            };
            spans.push(span.into_model(&service));
        }
        Ok(())
    }
}

/// What a span takes from its process.
#[derive(Clone)]
struct Service {
    name: Arc<str>,
    has_sdk: bool,
}

impl Service {
    fn of(process: &Process<'_>) -> Self {
        let mut tags = process.tags.iter().flatten();
        Self {
            name: model::service(&process.service_name),
            has_sdk: tags.any(|tag| tag.key == "telemetry.sdk.name"),
        }
    }
}

impl Span<'_> {
    fn into_model(self, service: &Service) -> model::Span {
        let trace_id = self.trace_id.id;
        let mut has_cut_id = self.trace_id.is_cut || self.span_id.is_cut;
        let mut references = Vec::new();
        let mut parent = None;
        if let Some(MaybeId(Some(id))) = self.parent_span_id {
            has_cut_id |= id.is_cut;
            parent = Some((id.id, RefType::ChildOf));
        }
        for reference in self.references.into_iter().flatten() {
            let (MaybeId(Some(trace)), MaybeId(Some(span))) =
                (reference.trace_id, reference.span_id)
            else {
                continue;
            };
            has_cut_id |= trace.is_cut || span.is_cut;
            let ref_type = match reference.ref_type {
                ReferenceType::ChildOf => RefType::ChildOf,
                ReferenceType::FollowsFrom => RefType::FollowsFrom,
            };
            references.push((trace.id, span.id, ref_type));
        }
        // The first reference of the type CHILD_OF within the trace is the parent, else the first of any type.
        let within = |at: &usize| references[*at].0 == trace_id;
        let positions = || (0..references.len()).filter(within);
        let chosen = positions()
            .find(|at| references[*at].2 == RefType::ChildOf)
            .or_else(|| positions().next());
        if parent.is_none()
            && let Some(at) = chosen
        {
            let (_, span, ref_type) = references.remove(at);
            parent = Some((span, ref_type));
        }
        references.retain(|(trace, span, _)| {
            *trace != trace_id || Some(*span) != parent.map(|(parent, _)| parent)
        });

        let mut tags: Vec<_> = pairs(self.tags);
        let dialect = dialect(service, &tags);
        let kind = take_kind(&mut tags, dialect);
        let (status, status_message) = take_status(&mut tags, dialect);
        tags.retain(|(key, _)| !WRITTEN_BY_BACKENDS.contains(&key.as_str()));

        let start = self.start_time.0.saturating_mul(1_000);
        model::Span {
            trace_id,
            span_id: self.span_id.id,
            parent: parent.map(|(id, _)| id),
            parent_type: parent.map_or(RefType::ChildOf, |(_, ref_type)| ref_type),
            service: Arc::clone(&service.name),
            name: self.operation_name,
            kind,
            status,
            status_message,
            attributes: tags,
            events: self
                .logs
                .into_iter()
                .flatten()
                .map(Log::into_model)
                .collect(),
            links: references
                .into_iter()
                .map(|(trace_id, span_id, ref_type)| model::Link {
                    trace_id,
                    span_id,
                    ref_type,
                    is_reference: false,
                    attributes: None,
                })
                .collect(),
            start,
            end: start.saturating_add(self.duration.0.saturating_mul(1_000)),
            dialect,
            has_cut_id,
        }
    }
}

impl Log<'_> {
    /// The field `event` is the event's name; a shim calls one without it `log`.
    fn into_model(self) -> model::Event {
        let mut attributes = pairs(self.fields);
        let named = attributes
            .iter()
            .position(|(key, value)| key == "event" && value.as_str().is_some());
        let name = match named.map(|at| attributes.remove(at).1) {
            Some(Value::Text(name)) => name,
            _ => "log".to_owned(),
        };
        model::Event {
            name,
            attributes,
            time: self.timestamp.0.saturating_mul(1_000),
        }
    }
}

fn pairs(tags: Option<Vec<Tag<'_>>>) -> Vec<(String, Value)> {
    let tags = tags.into_iter().flatten();
    tags.map(|tag| (tag.key.into_owned(), tag.value)).collect()
}

/// Tags that are no one's attributes: Jaeger writes into them what OpenTelemetry has fields for, and clients how a span came.
const WRITTEN_BY_BACKENDS: [&str; 6] = [
    "otel.scope.name",
    "otel.scope.version",
    "otel.library.name",
    "otel.library.version",
    "w3c.tracestate",
    "internal.span.format",
];

/// An SDK leaves marks that no client of OpenTracing does.
fn dialect(service: &Service, tags: &[(String, Value)]) -> Dialect {
    let marked = tags.iter().any(|(key, _)| {
        matches!(
            key.as_str(),
            "otel.scope.name" | "otel.library.name" | "otel.status_code"
        )
    });
    if marked || service.has_sdk {
        Dialect::OpenTelemetry
    } else {
        Dialect::OpenTracing
    }
}

/// The kind. Beside the tag that shows an SDK's own kind may stand an attribute of the same name. If one of the two is
/// `internal`, that is the span's own: it is what a shim that follows the specification leaves behind.
fn take_kind(tags: &mut Vec<(String, Value)>, dialect: Dialect) -> Kind {
    let kinds: Vec<_> = tags
        .iter()
        .enumerate()
        .filter(|(_, (key, _))| key == "span.kind")
        .filter_map(|(at, (_, value))| Some((at, Kind::from_word(value.as_str()?)?)))
        .collect();
    let own = kinds
        .iter()
        .find(|(_, kind)| dialect == Dialect::OpenTelemetry && *kind == Kind::Internal)
        .or_else(|| kinds.last());
    let Some(&(at, kind)) = own else {
        return Kind::Internal;
    };
    tags.remove(at);
    // The same, said twice.
    tags.retain(|(key, value)| key != "span.kind" || value.as_str() != Some(kind.as_str()));
    kind
}

/// The status. To OpenTracing the tag `error` is the status; from an SDK it is only if Jaeger wrote it beside its own.
fn take_status(tags: &mut Vec<(String, Value)>, dialect: Dialect) -> (Status, Option<String>) {
    let mut take = |key: &str, wanted: &dyn Fn(&Value) -> bool| {
        let at = tags
            .iter()
            .rposition(|(name, value)| name == key && wanted(value))?;
        Some(tags.remove(at).1)
    };
    let text = |value: &Value| value.as_str().is_some();
    let message = match take("otel.status_description", &text) {
        Some(Value::Text(message)) if !message.is_empty() => Some(message),
        _ => None,
    };
    let code = take("otel.status_code", &text);
    let status = match code.as_ref().and_then(Value::as_str) {
        Some("ERROR") => {
            take("error", &|value| *value == Value::Bool(true));
            Status::Error
        }
        Some("OK") => Status::Ok,
        _ if dialect == Dialect::OpenTelemetry => Status::Unset,
        _ => match take("error", &|value| matches!(value, Value::Bool(_))) {
            Some(Value::Bool(true)) => Status::Error,
            Some(_) => Status::Ok,
            None => Status::Unset,
        },
    };
    (status, message)
}
