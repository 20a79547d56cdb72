//! Headers by what they mean: two implementations may encode one thing in two ways.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::vector::TextMap;

/// A carrier in a form in which equal meaning is equal text. Keys lose their case.
///
/// - Ids are lower-case with all their leading zeros.
/// - Of the trace flags only the sampled bit is kept.
/// - Baggage is decoded: percent-encoding is a choice, what it means is not. Its order says nothing.
/// - The debug flag of B3 is `X-B3-Sampled: 1`, which it implies.
/// - The parent in `uber-trace-id` is dropped. It is deprecated, receivers ignore it, and `0` is as right as the true one.
///
/// A value that cannot be taken apart stays as it is.
pub(super) fn meaning(carrier: &TextMap) -> TextMap {
    carrier
        .iter()
        .map(|(key, value)| {
            let key = match key.to_ascii_lowercase() {
                flags if flags == "x-b3-flags" && value == "1" => "x-b3-sampled".to_owned(),
                key => key,
            };
            let meaning = match key.as_str() {
                "traceparent" => traceparent(value),
                "baggage" => baggage(value),
                "uber-trace-id" => uber_trace_id(value),
                "b3" => b3(value),
                "x-b3-traceid" => hex(value, 32),
                "x-b3-spanid" => hex(value, 16),
                "x-b3-sampled" => sampled_word(value).map(str::to_owned),
                key if key.starts_with("uberctx-") => Some(percent_decoded(value)),
                _ => None,
            };
            (key, meaning.unwrap_or_else(|| value.clone()))
        })
        .collect()
}

fn traceparent(value: &str) -> Option<String> {
    let [version, trace, span, flags] = parts(value, '-')?;
    let version = hex(version, 2)?;
    let trace = hex(trace, 32)?;
    let span = hex(span, 16)?;
    let flags = sampled(flags)?;
    Some(format!("{version}-{trace}-{span}-{flags}"))
}

fn uber_trace_id(value: &str) -> Option<String> {
    let value = percent_decoded(value);
    let [trace, span, parent, flags] = parts(&value, ':')?;
    let trace = hex(trace, 32)?;
    let span = hex(span, 16)?;
    hex(parent, 16)?;
    let flags = sampled(flags)?;
    Some(format!("{trace}:{span}:{flags}"))
}

fn b3(value: &str) -> Option<String> {
    let parts: Vec<&str> = value.split('-').collect();
    let (trace, span, state) = match parts.as_slice() {
        [state] => return sampled_word(state).map(str::to_owned),
        [trace, span] => (trace, span, "deferred"),
        // The parent is not compared, for the reason that uber-trace-id has.
        [trace, span, state] | [trace, span, state, _] => (trace, span, sampled_word(state)?),
        _ => return None,
    };
    Some(format!("{}-{}-{state}", hex(trace, 32)?, hex(span, 16)?))
}

/// `key=value;metadata` members, as JSON from key to value and metadata.
fn baggage(value: &str) -> Option<String> {
    let mut items = BTreeMap::new();
    for member in value.split(',') {
        let (item, metadata) = match member.split_once(';') {
            Some((item, metadata)) => (item, metadata.trim()),
            None => (member, ""),
        };
        let (key, value) = item.split_once('=')?;
        let value = percent_decoded(value.trim());
        let meaning = match metadata {
            "" => json!(value),
            metadata => json!([value, metadata]),
        };
        items.insert(percent_decoded(key.trim()), meaning);
    }
    Some(json!(items).to_string())
}

/// Lower-case hexadecimal, filled up with zeros on the left.
fn hex(text: &str, digits: usize) -> Option<String> {
    let is_hex = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hex && text.len() <= digits).then(|| format!("{:0>digits$}", text.to_ascii_lowercase()))
}

/// `1` or `0`: the sampled bit of flags in hexadecimal.
fn sampled(flags: &str) -> Option<u8> {
    hex(flags, 2)?;
    u8::from_str_radix(flags, 16).ok().map(|flags| flags & 1)
}

/// The states of B3; debug implies sampled.
fn sampled_word(state: &str) -> Option<&'static str> {
    match state {
        "1" | "d" | "true" => Some("sampled"),
        "0" | "false" => Some("not sampled"),
        _ => None,
    }
}

fn parts<const N: usize>(value: &str, separator: char) -> Option<[&str; N]> {
    let parts: Vec<&str> = value.split(separator).collect();
    parts.try_into().ok()
}

fn percent_decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(key: &str, value: &str) -> String {
        let carrier = TextMap::from([(key.to_owned(), value.to_owned())]);
        let (_, meaning) = meaning(&carrier)
            .pop_first()
            .expect("one header in, one header out");
        meaning
    }

    #[test]
    fn keys_have_no_case() {
        let carrier = TextMap::from([("X-B3-SpanId".to_owned(), "1".to_owned())]);

        let keys: Vec<String> = meaning(&carrier).into_keys().collect();

        assert_eq!(keys, ["x-b3-spanid"]);
    }

    #[test]
    fn of_the_trace_flags_only_the_sampled_bit_counts() {
        let header = |flags: &str| of("traceparent", &format!("00-{:032x}-{:016x}-{flags}", 7, 9));

        assert_eq!(header("01"), header("03"));
        assert_eq!(header("00"), header("02"));
        assert_ne!(header("00"), header("01"));
    }

    #[test]
    fn baggage_is_compared_decoded_and_without_order() {
        assert_eq!(of("baggage", "a=x%20y,b=%41"), of("baggage", "b=A , a=x y"));
        assert_ne!(of("baggage", "a=1"), of("baggage", "a=2"));
        assert_ne!(of("baggage", "a=1;p"), of("baggage", "a=1"));
        assert_ne!(of("baggage", "a=b%2Cc=d"), of("baggage", "a=b,c=d"));
    }

    #[test]
    fn uber_trace_id_is_compared_with_zeros_filled_in_and_without_its_parent() {
        let expected = of(
            "uber-trace-id",
            "000000000000000000000000000000ab:00000000000000cd:0:1",
        );

        assert_eq!(of("uber-trace-id", "ab:CD:7:3"), expected);
        assert_eq!(of("uber-trace-id", "ab%3Acd%3a0%3A01"), expected);
        assert_ne!(of("uber-trace-id", "ab:cd:0:0"), expected);
        assert_eq!(of("uber-trace-id", "ab:cd:nonsense:1"), "ab:cd:nonsense:1");
    }

    #[test]
    fn b3_debug_is_sampled_and_absence_is_a_state_of_its_own() {
        assert_eq!(of("b3", "ab-cd-d"), of("b3", "AB-00cd-1-ef"));
        assert_ne!(of("b3", "ab-cd"), of("b3", "ab-cd-0"));
        assert_eq!(of("x-b3-sampled", "true"), of("X-B3-Sampled", "1"));
    }

    #[test]
    fn b3_debug_in_a_header_of_its_own_is_sampled() {
        let header = |key: &str, value: &str| TextMap::from([(key.to_owned(), value.to_owned())]);
        let sampled = meaning(&header("X-B3-Sampled", "1"));

        assert_eq!(meaning(&header("X-B3-Flags", "1")), sampled);
        assert_ne!(meaning(&header("X-B3-Flags", "0")), sampled);
        assert_ne!(meaning(&header("X-B3-Sampled", "0")), sampled);
    }

    #[test]
    fn what_cannot_be_taken_apart_stays_as_it_is() {
        for value in ["", "00-xyz", "00-1-2-3-4", "00-1-2-+1"] {
            assert_eq!(of("traceparent", value), value);
        }
        assert_eq!(of("tracestate", "a=1"), "a=1");
        assert_eq!(of("uberctx-k", "100%"), "100%");
    }
}
