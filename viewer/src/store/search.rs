//! Which traces a query means.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

use super::Received;
use crate::jaeger;
use crate::model::Kind;

/// Conditions that one span of a trace has to meet, all of them.
#[derive(Clone, Debug)]
pub struct Search {
    /// The service's name.
    pub service: Option<String>,
    /// The operation's name.
    pub operation: Option<String>,
    /// Attributes of the span, its events, its scope or its resource, compared as text. `error` asks for the status; as
    /// tags that Jaeger only shows, `span.kind` and `otel.status_code` are found too.
    pub tags: Vec<(String, String)>,
    /// Only spans that are shown as failed: by their status or by the tag `error`, which is all that OpenTracing had.
    pub failed: bool,
    /// The earliest start, in nanoseconds since 1970.
    pub start_min_unix_nanos: Option<i64>,
    /// The latest start, in nanoseconds since 1970.
    pub start_max_unix_nanos: Option<i64>,
    /// The shortest duration, in nanoseconds.
    pub min_duration_nanos: Option<i64>,
    /// The longest duration, in nanoseconds.
    pub max_duration_nanos: Option<i64>,
    /// How many traces at most.
    pub limit: usize,
    /// Whether to repair and warn as Jaeger does.
    pub adjusted: bool,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            service: None,
            operation: None,
            tags: Vec::new(),
            failed: false,
            start_min_unix_nanos: None,
            start_max_unix_nanos: None,
            min_duration_nanos: None,
            max_duration_nanos: None,
            limit: 100,
            adjusted: true,
        }
    }
}

/// A name and a kind of span that a service made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Operation {
    /// The operation's name.
    pub name: String,
    /// The kind.
    pub kind: Kind,
}

impl Operation {
    pub(super) fn new(name: &str, kind: SpanKind) -> Self {
        Self {
            name: name.to_owned(),
            kind: jaeger::kind(kind),
        }
    }
}

impl Search {
    /// The traces in which a service took part.
    pub fn service(name: &str) -> Self {
        Self {
            service: Some(name.to_owned()),
            ..Self::default()
        }
    }

    /// Narrows to an operation.
    #[must_use]
    pub fn operation(mut self, name: &str) -> Self {
        self.operation = Some(name.to_owned());
        self
    }

    /// Narrows to a tag.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Narrows to the newest traces.
    #[must_use]
    pub fn limit(mut self, traces: usize) -> Self {
        self.limit = traces;
        self
    }

    pub(super) fn matches(&self, received: &Received) -> bool {
        let span = &received.span;
        let start = span.start_time_unix_nano.cast_signed();
        let duration = span.end_time_unix_nano.cast_signed().saturating_sub(start);
        self.service
            .as_ref()
            .is_none_or(|service| received.service() == service)
            && self
                .operation
                .as_ref()
                .is_none_or(|operation| span.name == *operation)
            && self.start_min_unix_nanos.is_none_or(|min| start >= min)
            && self.start_max_unix_nanos.is_none_or(|max| start <= max)
            && self.min_duration_nanos.is_none_or(|min| duration >= min)
            && self.max_duration_nanos.is_none_or(|max| duration <= max)
            && (!self.failed || received.failed())
            && self
                .tags
                .iter()
                .all(|(key, value)| has_tag(received, key, value))
    }
}

fn has_tag(received: &Received, key: &str, wanted: &str) -> bool {
    let span = &received.span;
    let status = span
        .status
        .as_ref()
        .map_or(StatusCode::Unset, |status| status.code());
    match key {
        "error" => return (status == StatusCode::Error) == (wanted == "true"),
        "span.kind" if jaeger::kind(span.kind()).as_str() == wanted => return true,
        "otel.status_code" if status_word(status) == Some(wanted) => return true,
        _ => {}
    }
    let holds = |attributes: &[KeyValue]| {
        let found = attributes.iter().find(|attribute| attribute.key == key);
        found.is_some_and(|attribute| {
            attribute.value.as_ref().map(jaeger::value_text).as_deref() == Some(wanted)
        })
    };
    holds(&span.attributes)
        || holds(&received.scope.attributes)
        || holds(&received.resource.attributes)
        || span.events.iter().any(|event| holds(&event.attributes))
}

fn status_word(status: StatusCode) -> Option<&'static str> {
    match status {
        StatusCode::Unset => None,
        StatusCode::Ok => Some("OK"),
        StatusCode::Error => Some("ERROR"),
    }
}
