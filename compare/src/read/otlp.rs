//! OTLP JSON: protobuf's mapping with the exceptions of the protocol. Ids are hexadecimal, enums are numbers, every field may
//! be missing or `null`, and unknown ones are passed over.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use super::scalars::{BASE64, Double, Id, Integer, MaybeId};
use crate::model::{self, Dialect, Kind, RefType, SpanId, Status, TraceId, Value};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourceSpans<'a> {
    #[serde(borrow)]
    resource: Option<Resource<'a>>,
    #[serde(borrow)]
    scope_spans: Option<Vec<ScopeSpans<'a>>>,
}

#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(borrow)]
    attributes: Option<Vec<KeyValue<'a>>>,
}

#[derive(Deserialize)]
struct ScopeSpans<'a> {
    #[serde(borrow)]
    spans: Option<Vec<Span<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span<'a> {
    trace_id: Id<TraceId>,
    span_id: Id<SpanId>,
    parent_span_id: Option<MaybeId<SpanId>>,
    name: Option<String>,
    kind: Option<Integer<i32>>,
    start_time_unix_nano: Option<Integer<u64>>,
    end_time_unix_nano: Option<Integer<u64>>,
    #[serde(borrow)]
    attributes: Option<Vec<KeyValue<'a>>>,
    #[serde(borrow)]
    events: Option<Vec<Event<'a>>>,
    #[serde(borrow)]
    links: Option<Vec<Link<'a>>>,
    status: Option<SpanStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    time_unix_nano: Option<Integer<u64>>,
    name: Option<String>,
    #[serde(borrow)]
    attributes: Option<Vec<KeyValue<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Link<'a> {
    trace_id: Id<TraceId>,
    span_id: Id<SpanId>,
    #[serde(borrow)]
    attributes: Option<Vec<KeyValue<'a>>>,
}

#[derive(Deserialize)]
struct SpanStatus {
    code: Option<Integer<i32>>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct KeyValue<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    value: Option<AnyValue>,
}

/// Has one of these, or none. The parser's own limit bounds how deep they are nested.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyValue {
    string_value: Option<String>,
    bool_value: Option<bool>,
    int_value: Option<Integer<i64>>,
    double_value: Option<Double>,
    array_value: Option<List<Self>>,
    kvlist_value: Option<List<Entry>>,
    #[serde(default, deserialize_with = "bytes")]
    bytes_value: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct List<T> {
    values: Option<Vec<T>>,
}

#[derive(Deserialize)]
struct Entry {
    key: String,
    value: Option<AnyValue>,
}

fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
    use serde::de::{Error, Unexpected};
    let Some(text) = Option::<Cow<'de, str>>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let standard = text.replace('-', "+").replace('_', "/");
    BASE64
        .decode(standard)
        .map(Some)
        .map_err(|_| D::Error::invalid_value(Unexpected::Str(&text), &"bytes in base64"))
}

impl ResourceSpans<'_> {
    pub(super) fn into_spans(self, spans: &mut Vec<model::Span>) {
        let attributes = self.resource.and_then(|resource| resource.attributes);
        let service = attributes
            .into_iter()
            .flatten()
            .filter(|attribute| attribute.key == "service.name")
            .find_map(|attribute| attribute.value?.string_value);
        // What an SDK without a name calls itself.
        let service = model::service(service.as_deref().unwrap_or("unknown_service"));
        let batches = self.scope_spans.into_iter().flatten();
        let batch = batches.flat_map(|batch| batch.spans.unwrap_or_default());
        spans.extend(batch.map(|span| span.into_model(&service)));
    }
}

impl Span<'_> {
    fn into_model(self, service: &Arc<str>) -> model::Span {
        let parent = self.parent_span_id.and_then(|parent| parent.0);
        let parent_id = parent.map(|parent| parent.id);
        let mut parent_type = RefType::ChildOf;
        let mut links = Vec::new();
        for link in self.links.into_iter().flatten() {
            let link = link.into_model();
            // A shim writes each reference as a link, the parent's too: that one only tells the reference's type.
            if link.trace_id == self.trace_id.id && Some(link.span_id) == parent_id {
                parent_type = link.ref_type;
            } else {
                links.push(link);
            }
        }
        let status = self.status;
        let (code, message) = status.map_or((None, None), |status| (status.code, status.message));
        model::Span {
            trace_id: self.trace_id.id,
            span_id: self.span_id.id,
            parent: parent_id,
            parent_type,
            service: Arc::clone(service),
            name: self.name.unwrap_or_default(),
            kind: kind(self.kind.unwrap_or_default().0),
            status: match code.unwrap_or_default().0 {
                1 => Status::Ok,
                2 => Status::Error,
                _ => Status::Unset,
            },
            status_message: message.filter(|message| !message.is_empty()),
            attributes: attributes(self.attributes),
            events: self
                .events
                .into_iter()
                .flatten()
                .map(Event::into_model)
                .collect(),
            links,
            start: self.start_time_unix_nano.unwrap_or_default().0,
            end: self.end_time_unix_nano.unwrap_or_default().0,
            dialect: Dialect::OpenTelemetry,
            has_cut_id: self.trace_id.is_cut
                || self.span_id.is_cut
                || parent.is_some_and(|parent| parent.is_cut),
        }
    }
}

impl Event<'_> {
    /// An attribute `event` takes the name's place, as it does in Jaeger.
    fn into_model(self) -> model::Event {
        let mut attributes = attributes(self.attributes);
        let named = attributes
            .iter()
            .position(|(key, value)| key == "event" && value.as_str().is_some());
        let name = match named.map(|at| attributes.remove(at).1) {
            Some(Value::Text(name)) => name,
            _ => self.name.unwrap_or_default(),
        };
        model::Event {
            name,
            attributes,
            time: self.time_unix_nano.unwrap_or_default().0,
        }
    }
}

impl Link<'_> {
    fn into_model(self) -> model::Link {
        let mut attributes = attributes(self.attributes);
        let declared = attributes
            .iter()
            .position(|(key, _)| key == "opentracing.ref_type")
            .map(|at| attributes.remove(at).1);
        model::Link {
            trace_id: self.trace_id.id,
            span_id: self.span_id.id,
            is_reference: declared.is_some(),
            ref_type: match declared.as_ref().and_then(Value::as_str) {
                Some("child_of") => RefType::ChildOf,
                _ => RefType::FollowsFrom,
            },
            attributes: Some(attributes),
        }
    }
}

fn kind(number: i32) -> Kind {
    match number {
        2 => Kind::Server,
        3 => Kind::Client,
        4 => Kind::Producer,
        5 => Kind::Consumer,
        _ => Kind::Internal,
    }
}

fn attributes(list: Option<Vec<KeyValue<'_>>>) -> Vec<(String, Value)> {
    let list = list.into_iter().flatten();
    list.map(|KeyValue { key, value }| (key.into_owned(), value.map_or_else(empty, value_of)))
        .collect()
}

fn empty() -> Value {
    Value::Text(String::new())
}

fn value_of(any: AnyValue) -> Value {
    match any {
        AnyValue {
            string_value: Some(text),
            ..
        } => Value::Text(text),
        AnyValue {
            bool_value: Some(value),
            ..
        } => Value::Bool(value),
        AnyValue {
            int_value: Some(Integer(number)),
            ..
        } => Value::Integer(number),
        AnyValue {
            double_value: Some(Double(number)),
            ..
        } => Value::Double(number),
        AnyValue {
            bytes_value: Some(bytes),
            ..
        } => Value::Bytes(bytes),
        any if any.array_value.is_some() || any.kvlist_value.is_some() => {
            Value::Text(json(any).to_string())
        }
        _ => empty(),
    }
}

/// Arrays and maps as Jaeger shows them, so that a capture of either format says the same.
fn json(any: AnyValue) -> Json {
    if let Some(array) = any.array_value {
        return array.values.into_iter().flatten().map(json).collect();
    }
    if let Some(map) = any.kvlist_value {
        let mut entries: Vec<_> = map
            .values
            .into_iter()
            .flatten()
            .map(|entry| (entry.key, entry.value.map_or(Json::Null, json)))
            .collect();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        return Json::Object(entries.into_iter().collect());
    }
    match value_of(any) {
        Value::Text(text) => Json::from(text),
        Value::Bool(value) => Json::from(value),
        Value::Integer(number) => Json::from(number),
        Value::Double(number) => Json::from(number),
        Value::Bytes(bytes) => Json::from(BASE64.encode(bytes)),
    }
}
