//! What differs from run to run within a text: ids, times and ports.

use std::borrow::Cow;

/// The text with a word in place of each id, time and port.
///
/// An id is a UUID, or a word of exactly 16 or 32 hexadecimal digits; a time is one of RFC 3339; a port is a number behind an
/// address, which is what stands after `://`, or is numeric, or is `localhost`.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    // Each of the three needs digits, and more than one.
    if bytes
        .iter()
        .filter(|byte| byte.is_ascii_digit())
        .nth(1)
        .is_none()
    {
        return Cow::Borrowed(text);
    }
    let mut masked = String::new();
    let mut copied = 0;
    let mut at = 0;
    while at < bytes.len() {
        let starts_word = at == 0 || !is_word(bytes[at - 1]);
        let found = if bytes[at] == b':' {
            port(bytes, at).map(|end| (at + 1, end, "<port>"))
        } else if starts_word && bytes[at].is_ascii_hexdigit() {
            time(bytes, at)
                .map(|end| (at, end, "<time>"))
                .or_else(|| id(bytes, at).map(|end| (at, end, "<id>")))
        } else {
            None
        };
        match found {
            Some((start, end, word)) => {
                masked.push_str(&text[copied..start]);
                masked.push_str(word);
                copied = end;
                at = end;
            }
            None => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[copied..]);
    Cow::Owned(masked)
}

/// Whether the text holds an id, or is mostly a number: what a span's name must not.
pub(crate) fn holds_an_id(name: &str) -> bool {
    let masked = mask(name);
    if masked.contains("<id>") {
        return true;
    }
    // `/users/4711` and `order-20931`, but not `/v1`, `sha256` or `HTTP 404`.
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The end of the run of bytes that `belongs`.
fn run(bytes: &[u8], from: usize, belongs: impl Fn(u8) -> bool) -> usize {
    bytes[from..]
        .iter()
        .position(|byte| !belongs(*byte))
        .map_or(bytes.len(), |length| from + length)
}

fn id(bytes: &[u8], at: usize) -> Option<usize> {
    const UUID: [usize; 5] = [8, 4, 4, 4, 12];
    let end = run(bytes, at, is_word);
    let all_hex = bytes[at..end].iter().all(u8::is_ascii_hexdigit);
    if all_hex && matches!(end - at, 16 | 32) {
        return Some(end);
    }
    let mut from = at;
    for (number, length) in UUID.into_iter().enumerate() {
        if number > 0 {
            if bytes.get(from) != Some(&b'-') {
                return None;
            }
            from += 1;
        }
        let end = run(bytes, from, is_word);
        if end - from != length || !bytes[from..end].iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        from = end;
    }
    Some(from)
}

/// `2026-01-31T08:05:09.25Z`, with a blank in place of the `T` and any zone.
fn time(bytes: &[u8], at: usize) -> Option<usize> {
    const PATTERN: &[u8] = b"0000-00-00T00:00:00";
    let head = bytes.get(at..at + PATTERN.len())?;
    let fits = head.iter().zip(PATTERN).all(|(byte, wanted)| match wanted {
        b'0' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't' | b' '),
        other => byte == other,
    });
    if !fits {
        return None;
    }
    let mut end = at + PATTERN.len();
    if bytes.get(end) == Some(&b'.') {
        end = run(bytes, end + 1, |byte| byte.is_ascii_digit());
    }
    match bytes.get(end) {
        Some(b'Z' | b'z') => Some(end + 1),
        Some(b'+' | b'-') => Some(run(bytes, end + 1, |byte| {
            byte.is_ascii_digit() || byte == b':'
        })),
        _ => Some(end),
    }
}

/// The end of the port behind the colon at `colon`.
fn port(bytes: &[u8], colon: usize) -> Option<usize> {
    let end = run(bytes, colon + 1, |byte| byte.is_ascii_digit());
    let digits = end - colon - 1;
    if !(1..=5).contains(&digits) || bytes.get(end).is_some_and(|byte| is_word(*byte)) {
        return None;
    }
    let belongs = |byte: &u8| is_word(*byte) || matches!(byte, b'.' | b'-' | b'[' | b']' | b':');
    let host_length = bytes[..colon]
        .iter()
        .rev()
        .take_while(|byte| belongs(byte))
        .count();
    let start = colon - host_length;
    let host = &bytes[start..colon];
    let after_scheme = bytes[..start].ends_with(b"//");
    let numeric = host.iter().filter(|byte| **byte == b'.').count() == 3
        && host
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let bracketed = host.last() == Some(&b']');
    let is_address =
        !host.is_empty() && (after_scheme || numeric || bracketed || host == b"localhost");
    is_address.then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_times_and_ports_are_masked_and_nothing_else() {
        let cases = [
            (
                "http://127.0.0.1:38145/v1/challenges",
                "http://127.0.0.1:<port>/v1/challenges",
            ),
            (
                "no answer from auth.local:8080",
                "no answer from auth.local:8080",
            ),
            ("https://auth:8443/x", "https://auth:<port>/x"),
            (
                "connect to 10.0.0.1:5000: refused",
                "connect to 10.0.0.1:<port>: refused",
            ),
            ("[::1]:4317", "[::1]:<port>"),
            (
                "localhost:1, localhost:2",
                "localhost:<port>, localhost:<port>",
            ),
            (
                "challenge 5b8efff798038103d269b633813fc60c",
                "challenge <id>",
            ),
            ("00f067aa0ba902b7", "<id>"),
            (
                "f81d4fae-7dec-11d0-a765-00a0c91e6bf6 is gone",
                "<id> is gone",
            ),
            ("since 2026-01-31T08:05:09.25+02:00", "since <time>"),
            ("{otp:00}:messages", "{otp:00}:messages"),
            ("attempt 17 of 20", "attempt 17 of 20"),
            ("sha256:abc123", "sha256:abc123"),
            ("1780000000", "1780000000"),
            ("größer als 10.0.0.1:70", "größer als 10.0.0.1:<port>"),
        ];

        for (text, masked) in cases {
            assert_eq!(mask(text), masked);
        }
    }

    #[test]
    fn names_with_ids_are_told_from_names_with_numbers() {
        let with = [
            "GET /users/4711",
            "get f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        ];
        let without = ["GET /v1/users", "HTTP 404", "sha256", "send otp"];

        assert!(with.iter().all(|name| holds_an_id(name)));
        assert!(!without.iter().any(|name| holds_an_id(name)));
    }
}
