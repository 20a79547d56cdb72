//! Log records: events of the span.

use std::borrow::Cow;

use opentelemetry::{Key, KeyValue, Value};

use super::tag::{self, keep_last};
use crate::api::{ErrorObject, FieldValue, fields};

/// The name of an event without a name of its own.
const LOG: &str = "log";
/// The value of the field `event` that makes a record an exception.
const ERROR: &str = "error";

const EXCEPTION: &str = "exception";
const EXCEPTION_TYPE: &str = "exception.type";
const EXCEPTION_MESSAGE: &str = "exception.message";
const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";

/// A span takes 128 attributes; a size hint beyond is not to be trusted.
const MAX_RESERVED: usize = 128;

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

    #[inline]
    pub(super) fn new(fields: &mut dyn Iterator<Item = (Cow<'static, str>, FieldValue)>) -> Self {
        let mut name = Cow::Borrowed(LOG);
        let mut error = None;
        let mut attributes = Vec::with_capacity(fields.size_hint().0.min(MAX_RESERVED));
        for (key, value) in fields {
            match value {
                FieldValue::Error(object) if key == fields::ERROR_OBJECT => {
                    error = Some(object);
                    continue;
                }
                _ if key == fields::EVENT => name = event_name(&value),
                _ => {}
            }
            attributes.push(attribute(key, value));
        }

        let is_exception = name == ERROR;
        match error {
            Some(error) if is_exception => push_exception(&mut attributes, &error),
            Some(error) => attributes.push(KeyValue::new(
                fields::ERROR_OBJECT,
                error.message().to_owned(),
            )),
            None if is_exception => rename_exception_fields(&mut attributes),
            None => {}
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

/// OTLP refuses an event without a name, and some backends then refuse the whole batch.
fn or_log(name: Cow<'static, str>) -> Cow<'static, str> {
    if name.is_empty() {
        Cow::Borrowed(LOG)
    } else {
        name
    }
}

/// A field as an attribute. Not a `From`, which would be public and name OpenTelemetry's type.
#[inline]
fn attribute(key: Cow<'static, str>, value: FieldValue) -> KeyValue {
    let value = match value {
        FieldValue::Bool(value) => Value::Bool(value),
        FieldValue::I64(value) => Value::I64(value),
        FieldValue::F64(value) => Value::F64(value),
        FieldValue::String(value) => Value::String(tag::text(value)),
        FieldValue::Error(error) => Value::String(error.message().to_owned().into()),
    };
    KeyValue::new(tag::key(key), value)
}

fn event_name(value: &FieldValue) -> Cow<'static, str> {
    or_log(match value {
        FieldValue::String(text) => text.clone(),
        other => Cow::Owned(other.to_string()),
    })
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
