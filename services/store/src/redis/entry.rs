//! How a message is laid out in a stream entry, and how an entry is read back. What comes from a stream is not
//! trusted: anybody with access to Redis can have written it.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fred::types::Value;

use crate::dead_letter::DeadLetter;
use crate::message::Message;
use crate::{Delivery, Namespace, names};

const KEY: &str = "key";
const DEADLINE: &str = "deadline";
const PAYLOAD: &str = "payload";
/// Precedes the name of a header.
const HEADER: &str = "header.";

/// An entry as it came from the stream.
pub(super) struct RawEntry {
    pub(super) id: String,
    pub(super) deliveries: u32,
    pub(super) fields: HashMap<String, Vec<u8>>,
}

/// The fields of an entry, names and values in turn.
pub(super) fn encode(message: &Message) -> Vec<Value> {
    let mut fields = vec![
        Value::from(KEY),
        Value::from(message.key.as_str()),
        Value::from(DEADLINE),
        Value::from(since_epoch(message.deadline).to_string()),
        Value::from(PAYLOAD),
        Value::from(message.payload.as_slice()),
    ];
    for (name, value) in &message.headers {
        fields.extend([
            Value::from(format!("{HEADER}{name}")),
            Value::from(value.as_str()),
        ]);
    }
    fields
}

impl RawEntry {
    /// Reads `[id, [name, value, ...]]`, the one form in which Redis shows an entry.
    pub(super) fn parse(value: Value, deliveries: u32) -> Option<Self> {
        let mut parts = value.into_array().into_iter();
        let id = parts.next()?.into_string()?;
        let mut fields = HashMap::new();
        let mut flat = flatten(parts.next()?).into_iter();
        while let (Some(name), Some(value)) = (flat.next(), flat.next()) {
            let name = String::from_utf8_lossy(name.as_bytes()?).into_owned();
            fields.insert(name, value.as_bytes()?.to_vec());
        }
        Some(Self {
            id,
            deliveries,
            fields,
        })
    }

    /// The message, or the reason why there is none.
    pub(super) fn message(&self) -> Result<Message, &'static str> {
        let key = self.text(KEY).ok_or("the key is missing or no text")?;
        let deadline = self
            .text(DEADLINE)
            .ok_or("the deadline is missing or no text")?;
        let deadline = deadline.parse().map_err(|_| "the deadline is no number")?;
        let payload = self.fields.get(PAYLOAD).ok_or("the payload is missing")?;
        Ok(Message::new(key, payload.clone(), from_epoch(deadline)).headers(self.headers()))
    }

    pub(super) fn headers(&self) -> HashMap<String, String> {
        let headers = self.fields.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix(HEADER)?;
            // A header that is no text is a header that is not there: the message is worth more than it.
            Some((name.to_owned(), String::from_utf8(value.clone()).ok()?))
        });
        headers.collect()
    }

    pub(super) fn delivery(&self, space: &Namespace, partition: u16, message: Message) -> Delivery {
        Delivery {
            message_id: self.id.clone(),
            partition,
            destination: names::destination(space, partition),
            system: super::SYSTEM,
            message,
            deliveries: self.deliveries,
            token: names::token(),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.fields.get(name)?).ok()
    }
}

/// The fields of a dead letter, names and values in turn.
pub(super) fn encode_dead(letter: &DeadLetter) -> Vec<Value> {
    let mut fields = vec![
        Value::from("message_id"),
        Value::from(letter.message_id.as_str()),
        Value::from(KEY),
        Value::from(letter.key.as_str()),
        Value::from("reason"),
        Value::from(letter.reason.as_str()),
        Value::from("error"),
        Value::from(letter.error.as_str()),
        Value::from("deliveries"),
        Value::from(i64::from(letter.deliveries)),
        Value::from("died"),
        Value::from(since_epoch(letter.died).to_string()),
    ];
    for (name, value) in &letter.trace {
        fields.extend([
            Value::from(format!("{HEADER}{name}")),
            Value::from(value.as_str()),
        ]);
    }
    fields
}

/// Reads an entry of the dead-letter stream.
pub(super) fn decode_dead(entry: &RawEntry) -> Option<DeadLetter> {
    let text = |name| entry.text(name).map(str::to_owned);
    let message_id = text("message_id")?;
    Some(DeadLetter {
        key: text(KEY)?,
        reason: text("reason")?,
        error: text("error")?,
        deliveries: entry.text("deliveries")?.parse().ok()?,
        queued: queued_at(&message_id),
        died: from_epoch(entry.text("died")?.parse().ok()?),
        trace: entry.headers().into_iter().collect(),
        message_id,
    })
}

/// Redis begins an entry's id with the time at which it was added.
pub(super) fn queued_at(id: &str) -> SystemTime {
    let millis = id.split('-').next().and_then(|millis| millis.parse().ok());
    from_epoch(millis.unwrap_or(0))
}

/// RESP3 has maps where RESP2 has lists of names and values.
pub(super) fn flatten(value: Value) -> Vec<Value> {
    match value {
        Value::Map(map) => map
            .inner()
            .into_iter()
            .flat_map(|(name, value)| [Value::from(name), value])
            .collect(),
        value => value.into_array(),
    }
}

fn since_epoch(time: SystemTime) -> i64 {
    let millis = time
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis();
    i64::try_from(millis).unwrap_or(i64::MAX)
}

/// A time too far off to be represented is the epoch, which is past: a nonsensical deadline has expired.
fn from_epoch(millis: u64) -> SystemTime {
    UNIX_EPOCH
        .checked_add(Duration::from_millis(millis))
        .unwrap_or(UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(fields: &[&[u8]]) -> RawEntry {
        let fields = fields.iter().map(|field| Value::from(*field)).collect();
        let entry = Value::Array(vec![Value::from("1-1"), Value::Array(fields)]);
        RawEntry::parse(entry, 1).expect("it has the form of an entry")
    }

    #[test]
    fn what_was_encoded_is_read_back() {
        let deadline = UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
        let headers = HashMap::from([("traceparent".to_owned(), "00-1-2-01".to_owned())]);
        let message = Message::new("key", [0, 0xff, b'\n'], deadline).headers(headers.clone());

        let fields = encode(&message);
        let entry = Value::Array(vec![Value::from("1-1"), Value::Array(fields)]);
        let read = RawEntry::parse(entry, 1).unwrap().message().unwrap();

        assert_eq!(read.key, "key");
        assert_eq!(read.payload, [0, 0xff, b'\n']);
        assert_eq!(read.deadline, deadline);
        assert_eq!(read.headers, headers);
    }

    #[test]
    fn an_entry_that_is_no_message_says_what_is_wrong() {
        let cases: [(&[&[u8]], _); 5] = [
            (&[b"foo", b"\xff\xfe"], "the key is missing or no text"),
            (
                &[b"key", b"\xff", b"deadline", b"1"],
                "the key is missing or no text",
            ),
            (&[b"key", b"k"], "the deadline is missing or no text"),
            (
                &[b"key", b"k", b"deadline", b"soon"],
                "the deadline is no number",
            ),
            (&[b"key", b"k", b"deadline", b"1"], "the payload is missing"),
        ];
        for (fields, what) in cases {
            assert_eq!(raw(fields).message().unwrap_err(), what);
        }
    }

    #[test]
    fn a_header_that_is_no_text_costs_the_header_only() {
        let message = raw(&[
            b"key",
            b"k",
            b"deadline",
            b"1",
            b"payload",
            b"p",
            b"header.odd",
            b"\xff",
            b"header.even",
            b"fine",
        ]);

        let message = message.message().unwrap();

        assert_eq!(
            message.headers,
            HashMap::from([("even".to_owned(), "fine".to_owned())])
        );
    }
}
