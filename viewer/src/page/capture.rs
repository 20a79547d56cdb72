//! Traces that are held, as captures: what is compared, and what the doctor sees.

use std::borrow::Cow;
use std::io::{Error, ErrorKind, Write};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use compare::{Capture, ReadError};
use opentelemetry::trace::TraceId;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use serde::{Serialize, Serializer};

use crate::jaeger;
use crate::store::{Received, Store};

/// The spans of these traces as they arrived, in the JSON of OTLP, which is what a capture is read from: the page and the
/// command `trace-compare` cannot disagree about what a span is.
///
/// # Errors
/// Nothing of them is held, or their JSON has more than so many bytes. What is read from it takes a few times as much memory,
/// so a number of spans would be no bound: one can be as large as a request.
pub(super) fn of(
    store: &Store,
    source: &str,
    ids: &[TraceId],
    most_bytes: usize,
) -> Result<Capture, ReadError> {
    let spans: Vec<_> = ids.iter().flat_map(|id| store.received(*id)).collect();
    let mut text = Bounded {
        bytes: Vec::new(),
        most: most_bytes,
    };
    let request = RequestJson {
        resource_spans: Each(&spans, BatchJson::of),
    };
    serde_json::to_writer(&mut text, &request).map_err(|_| ReadError::TooLarge {
        place: source.to_owned(),
        limit: most_bytes,
    })?;
    drop(spans);
    Capture::from_slice(source, &text.bytes)
}

/// Takes no more than so many bytes.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for Bounded {
    fn write(&mut self, more: &[u8]) -> Result<usize, Error> {
        if more.len() > self.most - self.bytes.len() {
            return Err(ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// A list that becomes JSON one by one, without a tree of all of it.
struct Each<'a, T, J>(&'a [T], fn(&'a T) -> J);

impl<T, J: Serialize> Serialize for Each<'_, T, J> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(self.1))
    }
}

type Attributes<'a> = Each<'a, KeyValue, AttributeJson<'a>>;

fn attributes(attributes: &[KeyValue]) -> Attributes<'_> {
    Each(attributes, AttributeJson::of)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestJson<'a> {
    resource_spans: Each<'a, Arc<Received>, BatchJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchJson<'a> {
    resource: ResourceJson<'a>,
    scope_spans: [ScopeJson<'a>; 1],
}

#[derive(Serialize)]
struct ResourceJson<'a> {
    attributes: [AttributeJson<'a>; 1],
}

#[derive(Serialize)]
struct ScopeJson<'a> {
    spans: [SpanJson<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SpanJson<'a> {
    trace_id: String,
    span_id: String,
    parent_span_id: Option<String>,
    flags: u32,
    name: &'a str,
    kind: i32,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    attributes: Attributes<'a>,
    events: Each<'a, Event, EventJson<'a>>,
    links: Vec<LinkJson<'a>>,
    status: Option<StatusJson<'a>>,
}

#[derive(Serialize)]
struct StatusJson<'a> {
    code: i32,
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventJson<'a> {
    time_unix_nano: String,
    name: &'a str,
    attributes: Attributes<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LinkJson<'a> {
    trace_id: String,
    span_id: String,
    attributes: Attributes<'a>,
}

#[derive(Serialize)]
struct AttributeJson<'a> {
    key: &'a str,
    value: Option<ValueJson<'a>>,
}

#[derive(Serialize)]
enum ValueJson<'a> {
    #[serde(rename = "stringValue")]
    Text(Cow<'a, str>),
    #[serde(rename = "boolValue")]
    Bool(bool),
    #[serde(rename = "intValue")]
    Integer(String),
    #[serde(rename = "doubleValue")]
    Double(DoubleJson),
    #[serde(rename = "bytesValue")]
    Bytes(String),
}

/// What JSON has no number for is a word.
#[derive(Serialize)]
#[serde(untagged)]
enum DoubleJson {
    Number(f64),
    Word(&'static str),
}

impl<'a> BatchJson<'a> {
    fn of(received: &'a Arc<Received>) -> Self {
        let service = AttributeJson {
            key: "service.name",
            value: Some(ValueJson::Text(received.service().into())),
        };
        Self {
            resource: ResourceJson {
                attributes: [service],
            },
            scope_spans: [ScopeJson {
                spans: [SpanJson::of(&received.span)],
            }],
        }
    }
}

impl<'a> SpanJson<'a> {
    fn of(span: &'a Span) -> Self {
        let status = |status: &'a Status| StatusJson {
            code: status.code,
            message: &status.message,
        };
        Self {
            trace_id: hex::encode(&span.trace_id),
            span_id: hex::encode(&span.span_id),
            parent_span_id: id(&span.parent_span_id),
            flags: span.flags,
            name: &span.name,
            kind: span.kind,
            start_time_unix_nano: span.start_time_unix_nano.to_string(),
            end_time_unix_nano: span.end_time_unix_nano.to_string(),
            attributes: attributes(&span.attributes),
            events: Each(&span.events, EventJson::of),
            links: span.links.iter().filter_map(LinkJson::of).collect(),
            status: span.status.as_ref().map(status),
        }
    }
}

impl<'a> EventJson<'a> {
    fn of(event: &'a Event) -> Self {
        Self {
            time_unix_nano: event.time_unix_nano.to_string(),
            // As the shim and Jaeger's clients call one that has no name.
            name: if event.name.is_empty() {
                "log"
            } else {
                &event.name
            },
            attributes: attributes(&event.attributes),
        }
    }
}

impl<'a> LinkJson<'a> {
    /// A link that leads nowhere is none.
    fn of(link: &'a Link) -> Option<Self> {
        Some(Self {
            trace_id: id(&link.trace_id)?,
            span_id: id(&link.span_id)?,
            attributes: attributes(&link.attributes),
        })
    }
}

impl<'a> AttributeJson<'a> {
    fn of(attribute: &'a KeyValue) -> Self {
        Self {
            key: &attribute.key,
            value: attribute.value.as_ref().and_then(ValueJson::of),
        }
    }
}

impl<'a> ValueJson<'a> {
    /// Lists and maps as one text, which is what a capture makes of them: nested ones may be deeper than a parser goes.
    fn of(value: &'a AnyValue) -> Option<Self> {
        Some(match value.value.as_ref()? {
            Any::StringValue(text) => Self::Text(text.into()),
            Any::BoolValue(value) => Self::Bool(*value),
            Any::IntValue(number) => Self::Integer(number.to_string()),
            Any::DoubleValue(number) => Self::Double(DoubleJson::of(*number)),
            Any::BytesValue(bytes) => Self::Bytes(BASE64.encode(bytes)),
            _ => Self::Text(jaeger::value_text(value).into()),
        })
    }
}

impl DoubleJson {
    fn of(number: f64) -> Self {
        if number.is_nan() {
            Self::Word("NaN")
        } else if number.is_infinite() {
            Self::Word(if number > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            })
        } else {
            Self::Number(number)
        }
    }
}

fn id(bytes: &[u8]) -> Option<String> {
    let is_zero = bytes.iter().all(|byte| *byte == 0);
    (!is_zero).then(|| hex::encode(bytes))
}
