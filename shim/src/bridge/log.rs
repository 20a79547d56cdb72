//! Log records: events of the span.

use std::borrow::Cow;

use opentelemetry::{Key, KeyValue};

use super::tag::keep_last;
use crate::api::backend::LoggedFields;
use crate::api::{ErrorObject, fields};

/// The name of an event without a name of its own.
const LOG: &str = "log";
/// The value of the field `event` that makes a record an exception.
const ERROR: &str = "error";

const EXCEPTION: &str = "exception";
const EXCEPTION_TYPE: &str = "exception.type";
const EXCEPTION_MESSAGE: &str = "exception.message";
const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";

/// A record in OpenTelemetry's terms.
pub(super) struct Event {
    pub(super) name: Cow<'static, str>,
    pub(super) attributes: Vec<KeyValue>,
}

impl Event {
    /// A name and nothing else.
    pub(super) fn named(name: Cow<'static, str>) -> Self {
        Self {
            name: or_log(name),
            attributes: Vec::new(),
        }
    }

    #[inline(always)]
    pub(super) fn new(fields: LoggedFields) -> Self {
        let name = fields.event.map_or(Cow::Borrowed(LOG), or_log);
        let mut attributes = fields.attributes;
        let is_exception = name == ERROR;
        if is_exception || fields.errors.is_some() {
            add_error(&mut attributes, fields.errors, is_exception);
        }
        if attributes.len() > 1 {
            keep_last(&mut attributes);
        }
        Self {
            name: if is_exception {
                Cow::Borrowed(EXCEPTION)
            } else {
                name
            },
            attributes,
        }
    }
}

/// Writes what OpenTelemetry records of an exception, or the message alone if the record is none. The last error that
/// was given as `error.object` counts.
fn add_error(
    attributes: &mut Vec<KeyValue>,
    errors: Option<Vec<(usize, Box<ErrorObject>)>>,
    is_exception: bool,
) {
    let mut object = None;
    // From behind, so that the positions of the others hold.
    for (index, error) in errors.into_iter().flatten().rev() {
        if attributes[index].key.as_str() == fields::ERROR_OBJECT {
            attributes.remove(index);
            object.get_or_insert(error);
        }
    }
    match object {
        Some(error) if is_exception => push_exception(attributes, &error),
        Some(error) => attributes.push(KeyValue::new(
            fields::ERROR_OBJECT,
            error.message().to_owned(),
        )),
        None if is_exception => rename_exception_fields(attributes),
        None => {}
    }
}

/// OTLP refuses an event without a name, and some backends then refuse the whole batch.
fn or_log(name: Cow<'static, str>) -> Cow<'static, str> {
    if name.is_empty() {
        Cow::Borrowed(LOG)
    } else {
        name
    }
}

/// What OpenTelemetry records of an exception; fields of the same names that the caller gave count more.
fn push_exception(attributes: &mut Vec<KeyValue>, error: &ErrorObject) {
    let derived = [
        (EXCEPTION_TYPE, error.kind().map(Cow::Borrowed)),
        (
            EXCEPTION_MESSAGE,
            Some(Cow::Owned(error.message().to_owned())),
        ),
        (EXCEPTION_STACKTRACE, chain(error).map(Cow::Owned)),
    ];
    for (key, value) in derived {
        if let Some(value) = value
            && !attributes
                .iter()
                .any(|attribute| attribute.key.as_str() == key)
        {
            attributes.push(KeyValue::new(key, value));
        }
    }
}

/// Rust has no stack trace in an error, but a chain of causes, which answers the same question.
fn chain(error: &ErrorObject) -> Option<String> {
    if error.sources().is_empty() {
        return None;
    }
    let mut chain = error.message().to_owned();
    for source in error.sources() {
        chain.push_str("\ncaused by: ");
        chain.push_str(source);
    }
    Some(chain)
}

fn rename_exception_fields(attributes: &mut [KeyValue]) {
    for attribute in attributes {
        let name = match attribute.key.as_str() {
            fields::ERROR_KIND => EXCEPTION_TYPE,
            fields::MESSAGE => EXCEPTION_MESSAGE,
            fields::STACK => EXCEPTION_STACKTRACE,
            _ => continue,
        };
        attribute.key = Key::from_static_str(name);
    }
}
