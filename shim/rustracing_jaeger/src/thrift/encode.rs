//! Jaeger's structures as those of Thrift: each field by its number.

use thrift_codec::data::{Field, List, Struct};

use super::jaeger::{Batch, Log, Process, Span, SpanRef, Tag};

impl From<Tag> for Struct {
    fn from(tag: Tag) -> Self {
        let kind = Field::new(2, tag.kind() as i32);
        let (key, value) = match tag {
            Tag::String { key, value } => (key, Field::new(3, value)),
            Tag::Double { key, value } => (key, Field::new(4, value)),
            Tag::Bool { key, value } => (key, Field::new(5, value)),
            Tag::Long { key, value } => (key, Field::new(6, value)),
            Tag::Binary { key, value } => (key, Field::new(7, value)),
        };
        Self::new(vec![Field::new(1, key), kind, value])
    }
}

impl From<Log> for Struct {
    fn from(log: Log) -> Self {
        Self::from((log.timestamp, list(log.fields)))
    }
}

impl From<SpanRef> for Struct {
    fn from(other: SpanRef) -> Self {
        Self::from((
            other.kind as i32,
            other.trace_id_low,
            other.trace_id_high,
            other.span_id,
        ))
    }
}

impl From<Span> for Struct {
    fn from(span: Span) -> Self {
        let fields = [
            Some(Field::new(1, span.trace_id_low)),
            Some(Field::new(2, span.trace_id_high)),
            Some(Field::new(3, span.span_id)),
            Some(Field::new(4, span.parent_span_id)),
            Some(Field::new(5, span.operation_name)),
            optional(6, span.references),
            Some(Field::new(7, span.flags)),
            Some(Field::new(8, span.start_time)),
            Some(Field::new(9, span.duration)),
            optional(10, span.tags),
            optional(11, span.logs),
        ];
        Self::new(fields.into_iter().flatten().collect())
    }
}

impl From<Process> for Struct {
    fn from(process: Process) -> Self {
        let name = Field::new(1, process.service_name);
        Self::new(
            [Some(name), optional(2, process.tags)]
                .into_iter()
                .flatten()
                .collect(),
        )
    }
}

impl From<Batch> for Struct {
    fn from(batch: Batch) -> Self {
        Self::from((Self::from(batch.process), list(batch.spans)))
    }
}

fn list<T: Into<Struct>>(items: Vec<T>) -> List {
    List::from(items.into_iter().map(Into::into).collect::<Vec<Struct>>())
}

/// A list that is left out if it is empty.
fn optional<T: Into<Struct>>(number: i16, items: Vec<T>) -> Option<Field> {
    (!items.is_empty()).then(|| Field::new(number, list(items)))
}
