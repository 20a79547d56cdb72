//! Captures from the address of a Jaeger, or of whatever answers like one.
//!
//! The addresses are those that people have: of the page that shows a trace, of a search, of the API itself.

use std::time::{Duration, SystemTime};

use http::uri::{Authority, PathAndQuery};
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::read::{self, MAX_BYTES};
use crate::{Capture, ReadError};

/// How long an answer may take.
const LONGEST: Duration = Duration::from_secs(30);
/// The most that is read of one answer.
const MAX_ANSWER_BYTES: usize = MAX_BYTES / 4;

const EXPECTED: &str = "expected http://host:port with ?traceID=…, once or more, or with ?service=… and perhaps start, end, lookback, \
     operation, tags, limit; or the address of a trace or a search in Jaeger's page";

impl Capture {
    /// Asks a Jaeger for traces: `http://host:port/?traceID=…&traceID=…`, `http://host:port/?service=…&lookback=1h`, or an
    /// address of its page or API, such as `http://host:port/trace/<id>` and `http://host:port/api/traces?service=…`.
    ///
    /// # Errors
    /// The address is none of these, nobody answers within half a minute, or the answer is no capture.
    pub async fn from_address(address: &str) -> Result<Self, ReadError> {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let http = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        let mut spans = Vec::new();
        for uri in questions(address, now)? {
            let place = uri.to_string();
            let failed = |message: String| ReadError::Address {
                place: place.clone(),
                message,
            };
            let answer = tokio::time::timeout(LONGEST, ask(&http, uri.clone())).await;
            let (status, body) = match answer {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => return Err(failed(with_causes(&*error))),
                Err(_) => return Err(failed(format!("no answer within {LONGEST:?}"))),
            };
            if !status.is_success() && !body.starts_with(b"{") {
                return Err(failed(format!("the answer is {status}")));
            }
            spans.extend(read::spans(&place, &body)?);
        }
        Self::of_spans(address, spans)
    }
}

async fn ask(
    http: &Client<HttpConnector, Empty<Bytes>>,
    uri: Uri,
) -> Result<(StatusCode, Bytes), Box<dyn std::error::Error + Send + Sync>> {
    let request = Request::get(uri)
        .header(header::ACCEPT, "application/json")
        .body(Empty::new())?;
    let response = http.request(request).await?;
    let status = response.status();
    let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES);
    Ok((status, body.collect().await?.to_bytes()))
}

/// What to ask for, in place of the address that was given.
fn questions(address: &str, now: Duration) -> Result<Vec<Uri>, ReadError> {
    let wrong = || ReadError::Address {
        place: address.to_owned(),
        message: EXPECTED.to_owned(),
    };
    let uri: Uri = address.parse().map_err(|_| wrong())?;
    let authority = uri.authority().ok_or_else(wrong)?;
    if uri.scheme_str() != Some("http") {
        return Err(wrong());
    }
    let pairs: Vec<(&str, &str)> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let path = uri.path().trim_end_matches('/');
    let from_path = ["/trace/", "/api/traces/"]
        .into_iter()
        .find_map(|before| path.split_once(before));
    // What stands before is where a proxy has put Jaeger.
    let prefix = match from_path {
        Some((prefix, _)) => prefix,
        None => ["/search", "/api/traces"]
            .into_iter()
            .find_map(|end| path.strip_suffix(end))
            .unwrap_or(path),
    };
    let named = pairs.iter().filter(|(key, _)| *key == "traceID");
    let mut ids: Vec<&str> = named.map(|(_, id)| *id).collect();
    ids.extend(from_path.map(|(_, id)| id));
    if !ids.is_empty() {
        let is_id = |id: &&str| id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !ids.iter().all(is_id) {
            return Err(wrong());
        }
        let paths = ids.iter().map(|id| format!("{prefix}/api/traces/{id}"));
        return paths
            .map(|path| question(authority, &path).ok_or_else(wrong))
            .collect();
    }
    if !pairs.iter().any(|(key, _)| *key == "service") {
        return Err(wrong());
    }
    let mut query: Vec<String> = pairs
        .iter()
        .filter(|(key, _)| *key != "lookback")
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let has = |wanted: &str| pairs.iter().any(|(key, _)| *key == wanted);
    // The API does not know the page's `lookback`: it wants two times.
    if let Some((_, lookback)) = pairs.iter().find(|(key, _)| *key == "lookback")
        && !has("start")
    {
        let lookback = duration(lookback).ok_or_else(wrong)?;
        let start = now.saturating_sub(lookback).as_micros();
        query.push(format!("start={start}"));
        if !has("end") {
            query.push(format!("end={}", now.as_micros()));
        }
    }
    let path = format!("{prefix}/api/traces?{}", query.join("&"));
    Ok(vec![question(authority, &path).ok_or_else(wrong)?])
}

fn question(authority: &Authority, path: &str) -> Option<Uri> {
    let path: PathAndQuery = path.parse().ok()?;
    let uri = Uri::builder().scheme("http").authority(authority.clone());
    uri.path_and_query(path).build().ok()
}

/// As the page writes them: `30m`, `1h`, `2d`.
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    let number: u64 = number.parse().ok()?;
    number.checked_mul(seconds).map(Duration::from_secs)
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(address: &str) -> Option<Vec<String>> {
        let questions = questions(address, Duration::from_secs(10_000)).ok()?;
        Some(questions.iter().map(Uri::to_string).collect())
    }

    #[test]
    fn addresses_of_pages_and_of_the_api_become_questions() {
        let cases = [
            ("http://j:1/trace/ab12", "http://j:1/api/traces/ab12"),
            ("http://j:1/api/traces/ab12", "http://j:1/api/traces/ab12"),
            (
                "http://j:1/jaeger/trace/ab12?uiFind=x",
                "http://j:1/jaeger/api/traces/ab12",
            ),
            (
                "http://j:1?service=api&limit=5",
                "http://j:1/api/traces?service=api&limit=5",
            ),
            (
                "http://j:1/search?service=a%20b&lookback=1h",
                "http://j:1/api/traces?service=a%20b&start=6400000000&end=10000000000",
            ),
            (
                "http://j:1/search?service=api&start=1&end=2&lookback=custom",
                "http://j:1/api/traces?service=api&start=1&end=2",
            ),
        ];

        for (address, question) in cases {
            assert_eq!(asked(address), Some(vec![question.to_owned()]), "{address}");
        }
    }

    #[test]
    fn each_trace_is_asked_for_by_itself() {
        assert_eq!(
            asked("http://j:1/?traceID=ab&traceID=cd").expect("it is an address"),
            ["http://j:1/api/traces/ab", "http://j:1/api/traces/cd"]
        );
    }

    #[test]
    fn an_address_that_asks_for_nothing_is_refused() {
        for address in [
            "http://j:1",
            "http://j:1/?service=",
            "https://j:1/?service=api",
            "http://j:1/trace/../x",
            "http://j:1/?service=api&lookback=long",
            "j:1/?service=api",
        ] {
            assert_eq!(asked(address), None, "{address}");
        }
    }
}
