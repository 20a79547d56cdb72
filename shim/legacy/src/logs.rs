//! Logs: events. As the shim's bridge has it.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::trace::Event;
use opentelemetry::{Key, KeyValue, StringValue, Value};
use opentracing_shim::fields;

/// The name of an event without a name of its own.
const LOG: &str = "log";
/// The value of the field `event` that makes a log an exception.
const ERROR: &str = "error";

const EXCEPTION: &str = "exception";
const EXCEPTION_TYPE: &str = "exception.type";
const EXCEPTION_MESSAGE: &str = "exception.message";
const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";

/// The event that a log becomes: named by the field `event`, which stays a field too.
///
/// It is an exception if its event is `error`, or if it has a kind of error and no event. A log without fields is none.
pub(crate) fn event(
    time: SystemTime,
    fields: impl Iterator<Item = (Key, StringValue)>,
) -> Option<Event> {
    let mut attributes = Vec::with_capacity(fields.size_hint().0);
    attributes.extend(fields.map(|(name, value)| KeyValue::new(name, Value::String(value))));
    if attributes.is_empty() {
        return None;
    }

    let named = text(&attributes, fields::EVENT);
    let is_exception = match named {
        Some(name) => name == ERROR,
        None => text(&attributes, fields::ERROR_KIND).is_some(),
    };
    let name = match named {
        _ if is_exception => Cow::Borrowed(EXCEPTION),
        // OTLP refuses an event without a name.
        None | Some("") => Cow::Borrowed(LOG),
        Some(name) => Cow::Owned(name.to_owned()),
    };
    if is_exception {
        rename(&mut attributes);
    }
    Some(Event::new(name, time, attributes, 0))
}

fn text<'a>(attributes: &'a [KeyValue], name: &str) -> Option<&'a str> {
    let field = attributes
        .iter()
        .rfind(|field| field.key.as_str() == name)?;
    match &field.value {
        Value::String(text) => Some(text.as_str()),
        _ => None,
    }
}

fn rename(attributes: &mut [KeyValue]) {
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
