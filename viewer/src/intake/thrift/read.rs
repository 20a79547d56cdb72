//! Reads a batch from bytes that may be anything.
//!
//! Every element of a list takes a byte at least, and those that are kept take several, since their required fields are
//! checked one by one: what a datagram becomes is bounded by its length, whatever it claims. Nesting is that of the
//! structs; what is skipped may be 64 deep.

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use thrift::protocol::{TInputProtocol, TMessageType, TType};

use super::Malformed;
use super::batch::{Batch, Log, Process, Reference, Span, Tag, TraceId};

type Result<T> = std::result::Result<T, Malformed>;

/// The call `emitBatch(1: Batch batch)`. Bytes behind it are ignored, as everywhere else.
pub(super) fn message(input: &mut impl TInputProtocol) -> Result<Batch> {
    let call = input.read_message_begin()?;
    let calls = matches!(call.message_type, TMessageType::Call | TMessageType::OneWay);
    if !calls || call.name != "emitBatch" {
        return Err(Malformed::Method);
    }
    let mut found = None;
    fields(input, |input, field| {
        match field {
            (1, TType::Struct) => found = Some(batch(input)?),
            _ => return skip(input, field),
        }
        Ok(())
    })?;
    found.ok_or(Malformed::Missing("the batch"))
}

fn batch(input: &mut impl TInputProtocol) -> Result<Batch> {
    let (mut found_process, mut spans) = (None, None);
    fields(input, |input, field| {
        match field {
            (1, TType::Struct) => found_process = Some(process(input)?),
            (2, TType::List) => spans = Some(structs(input, "spans", span)?),
            _ => return skip(input, field),
        }
        Ok(())
    })?;
    Ok(Batch {
        process: found_process.ok_or(Malformed::Missing("the process of a batch"))?,
        spans: spans.ok_or(Malformed::Missing("the list of spans of a batch"))?,
    })
}

fn process(input: &mut impl TInputProtocol) -> Result<Process> {
    let (mut service, mut tags) = (None, Vec::new());
    fields(input, |input, field| {
        match field {
            (1, TType::String) => service = Some(text(input)?),
            (2, TType::List) => tags = structs(input, "tags", tag)?,
            _ => return skip(input, field),
        }
        Ok(())
    })?;
    Ok(Process {
        service: service.ok_or(Malformed::Missing("the service of a process"))?,
        tags,
    })
}

fn span<P: TInputProtocol>(input: &mut P) -> Result<Span> {
    let (mut low, mut high, mut span_id, mut parent) = (None, None, None, None);
    let (mut operation, mut flags, mut start, mut duration) = (None, None, None, None);
    let (mut references, mut tags, mut logs) = (Vec::new(), Vec::new(), Vec::new());
    fields(input, |input: &mut P, field| {
        match field {
            (1, TType::I64) => low = Some(input.read_i64()?),
            (2, TType::I64) => high = Some(input.read_i64()?),
            (3, TType::I64) => span_id = Some(input.read_i64()?),
            (4, TType::I64) => parent = Some(input.read_i64()?),
            (5, TType::String) => operation = Some(text(input)?),
            (6, TType::List) => references = structs(input, "references", reference)?,
            (7, TType::I32) => flags = Some(input.read_i32()?),
            (8, TType::I64) => start = Some(input.read_i64()?),
            (9, TType::I64) => duration = Some(input.read_i64()?),
            (10, TType::List) => tags = structs(input, "tags", tag)?,
            (11, TType::List) => logs = structs(input, "logs", log)?,
            _ => return skip(input, field),
        }
        Ok(())
    })?;
    Ok(Span {
        trace_id: TraceId {
            high: high.ok_or(Malformed::Missing("the high part of a trace id"))?,
            low: low.ok_or(Malformed::Missing("the low part of a trace id"))?,
        },
        span_id: span_id.ok_or(Malformed::Missing("a span id"))?,
        parent_span_id: parent.ok_or(Malformed::Missing("a parent span id"))?,
        operation: operation.ok_or(Malformed::Missing("the operation of a span"))?,
        references,
        flags: flags.ok_or(Malformed::Missing("the flags of a span"))?,
        start: start.ok_or(Malformed::Missing("the start of a span"))?,
        duration: duration.ok_or(Malformed::Missing("the duration of a span"))?,
        tags,
        logs,
    })
}

fn reference(input: &mut impl TInputProtocol) -> Result<Reference> {
    let (mut ref_type, mut low, mut high, mut span_id) = (None, None, None, None);
    fields(input, |input, field| {
        match field {
            (1, TType::I32) => ref_type = Some(input.read_i32()?),
            (2, TType::I64) => low = Some(input.read_i64()?),
            (3, TType::I64) => high = Some(input.read_i64()?),
            (4, TType::I64) => span_id = Some(input.read_i64()?),
            _ => return skip(input, field),
        }
        Ok(())
    })?;
    Ok(Reference {
        child_of: ref_type.ok_or(Malformed::Missing("the type of a reference"))? == 0,
        trace_id: TraceId {
            high: high.ok_or(Malformed::Missing("the high trace id of a reference"))?,
            low: low.ok_or(Malformed::Missing("the low trace id of a reference"))?,
        },
        span_id: span_id.ok_or(Malformed::Missing("the span id of a reference"))?,
    })
}

fn log(input: &mut impl TInputProtocol) -> Result<Log> {
    let (mut time, mut tags) = (None, None);
    fields(input, |input, field| {
        match field {
            (1, TType::I64) => time = Some(input.read_i64()?),
            (2, TType::List) => tags = Some(structs(input, "fields", tag)?),
            _ => return skip(input, field),
        }
        Ok(())
    })?;
    Ok(Log {
        time: time.ok_or(Malformed::Missing("the time of a log"))?,
        fields: tags.ok_or(Malformed::Missing("the list of fields of a log"))?,
    })
}

/// A value of each type may be there; the tag says which one counts. One that is not there reads as its type's zero.
fn tag(input: &mut impl TInputProtocol) -> Result<Tag> {
    let (mut key, mut value_type) = (None, None);
    let (mut string, mut double, mut bool, mut long, mut binary) =
        (String::new(), 0.0, false, 0, Vec::new());
    fields(input, |input, field| {
        match field {
            (1, TType::String) => key = Some(text(input)?),
            (2, TType::I32) => value_type = Some(input.read_i32()?),
            (3, TType::String) => string = text(input)?,
            (4, TType::Double) => double = input.read_double()?,
            (5, TType::Bool) => bool = input.read_bool()?,
            (6, TType::I64) => long = input.read_i64()?,
            (7, TType::String) => binary = input.read_bytes()?,
            _ => return skip(input, field),
        }
        Ok(())
    })?;
    let value = match value_type.ok_or(Malformed::Missing("the type of a tag"))? {
        0 => Any::StringValue(string),
        1 => Any::DoubleValue(double),
        2 => Any::BoolValue(bool),
        3 => Any::IntValue(long),
        4 => Any::BytesValue(binary),
        _ => Any::StringValue("<Unknown Jaeger TagType \"<UNSET>\">".to_owned()),
    };
    Ok(Tag {
        key: key.ok_or(Malformed::Missing("the key of a tag"))?,
        value,
    })
}

type Field = (i16, TType);

/// Reads a struct; `take` has to read the field that it is given, or skip it.
fn fields<P: TInputProtocol>(
    input: &mut P,
    mut take: impl FnMut(&mut P, Field) -> Result<()>,
) -> Result<()> {
    input.read_struct_begin()?;
    loop {
        let field = input.read_field_begin()?;
        if field.field_type == TType::Stop {
            break;
        }
        let id = thrift::protocol::field_id(&field)?;
        take(input, (id, field.field_type))?;
        input.read_field_end()?;
    }
    input.read_struct_end()?;
    Ok(())
}

/// A field that we do not know, or that has another type than we know.
fn skip(input: &mut impl TInputProtocol, (_, field_type): Field) -> Result<()> {
    Ok(input.skip(field_type)?)
}

/// Grows as it is read: the size is only a claim.
fn structs<P: TInputProtocol, T>(
    input: &mut P,
    what: &'static str,
    read: impl Fn(&mut P) -> Result<T>,
) -> Result<Vec<T>> {
    let list = input.read_list_begin()?;
    if list.size > 0 && list.element_type != TType::Struct {
        return Err(Malformed::Elements(what));
    }
    let elements = (0..list.size).map(|_| read(input)).collect::<Result<_>>()?;
    input.read_list_end()?;
    Ok(elements)
}

/// Clients that shorten long values cut through characters. Each byte that is left of one becomes a replacement character:
/// a value that nobody can read (Jaeger makes it one of bytes) helps nobody.
fn text(input: &mut impl TInputProtocol) -> Result<String> {
    let bytes = input.read_bytes()?;
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| {
        let mut text = String::new();
        for chunk in error.as_bytes().utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
        }
        text
    }))
}
