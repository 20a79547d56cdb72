//! The list of `tracestate`, as level 2 of the recommendation has it.

use opentelemetry::trace::{SpanId, TraceState};

use super::{hex, trim};

const MAX_MEMBERS: usize = 32;
const MAX_KEY: usize = 256;
const MAX_VALUE: usize = 256;

/// Joins the headers to one list. A list with one member that is wrong is dropped as a whole, and so is one of more than
/// 32 members; the trace goes on without it. Of members with the same key the first is the most recent one, and stays.
///
/// Level 2 allows keys that OpenTelemetry's type refuses: with more than one `@`, or more than 13 characters after it.
/// Such a member is lost, the others stay.
pub(super) fn parse(headers: &[&str]) -> TraceState {
    let members = headers
        .iter()
        .flat_map(|header| header.split(','))
        .map(trim)
        .filter(|member| !member.is_empty());
    let mut list: Vec<(&str, &str)> = Vec::new();
    for (count, member) in members.enumerate() {
        let pair = member.split_once('=');
        match pair.filter(|(key, value)| is_key(key) && is_value(value)) {
            Some(pair) if count < MAX_MEMBERS => {
                if !list.iter().any(|(key, _)| *key == pair.0) {
                    list.push(pair);
                }
            }
            _ => return TraceState::NONE,
        }
    }
    TraceState::from_key_value(list.iter().copied()).unwrap_or_else(|_| {
        list.retain(|member| TraceState::from_key_value([*member]).is_ok());
        TraceState::from_key_value(list).unwrap_or(TraceState::NONE)
    })
}

/// The list as a header, which is empty if the list is. A marker comes first, as whatever was changed last does, and
/// takes the place of the last member if there are too many.
pub(super) fn header(state: &TraceState, marker: Option<&str>, span_id: SpanId) -> String {
    let mut header = String::new();
    if let Some(key) = marker {
        header.push_str(key);
        header.push('=');
        hex::push(&mut header, hex::span_id(span_id), 16);
    }
    let others = state.into_iter().filter(|(key, _)| marker != Some(*key));
    for (key, value) in others.take(MAX_MEMBERS - usize::from(marker.is_some())) {
        if !header.is_empty() {
            header.push(',');
        }
        header.push_str(key);
        header.push('=');
        header.push_str(value);
    }
    header
}

/// Whether the recommendation allows such a key.
fn is_key(key: &str) -> bool {
    let is_first = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    key.len() <= MAX_KEY
        && key.bytes().next().is_some_and(is_first)
        && key
            .bytes()
            .all(|byte| is_first(byte) || b"_-*/@".contains(&byte))
}

/// Printable ASCII; blanks at its end are none of it.
fn is_value(value: &str) -> bool {
    (1..=MAX_VALUE).contains(&value.len())
        && value
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && byte != b'=')
}

/// Whether OpenTelemetry's type can hold a member of this key.
pub(super) fn can_hold(key: &str) -> bool {
    is_key(key) && TraceState::from_key_value([(key, "")]).is_ok()
}
