//! An answer, and what every answer has to be.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// An answer that has been read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The request, for messages.
    pub asked: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// Demands a status.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {:?}", self.asked, self.body);
        self
    }

    /// Demands a problem document of this status and kind, with nothing in it that does not belong there.
    #[track_caller]
    pub fn is_problem(self, status: u16, kind: &str) -> Self {
        let answer = self.is(status);
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json"),
            "{}",
            answer.asked
        );

        let document = answer.json();
        let members = document
            .as_object()
            .expect("a problem document is an object");
        for name in members.keys() {
            let known = ["type", "title", "status", "detail", "field", "trace_id"];
            assert!(
                known.contains(&name.as_str()),
                "{}: unexpected member {name}",
                answer.asked
            );
        }
        assert_eq!(
            document["type"],
            format!("urn:login:problem:{kind}"),
            "{}",
            answer.asked
        );
        assert_eq!(document["status"], status, "{}", answer.asked);
        assert!(
            document["title"].is_string() && document["detail"].is_string(),
            "{}",
            answer.asked
        );
        answer
    }

    /// The value of a header that occurs once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        assert!(
            values.next().is_none(),
            "{}: {name} occurs twice",
            self.asked
        );
        Some(value)
    }

    /// The seconds of `Retry-After`.
    #[track_caller]
    pub fn retry_after(&self) -> u64 {
        let value = self
            .header("retry-after")
            .expect("the answer says when to come back");
        value.parse().expect("Retry-After is a number of seconds")
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error}: {:?}", self.asked, self.body))
    }

    /// The text of a member of the body.
    #[track_caller]
    pub fn text(&self, member: &str) -> String {
        let body = self.json();
        let value = body[member].as_str();
        value
            .unwrap_or_else(|| panic!("{}: {member} is a string in {body}", self.asked))
            .to_owned()
    }

    /// The number of a member of the body.
    #[track_caller]
    pub fn number(&self, member: &str) -> u64 {
        let body = self.json();
        let value = body[member].as_u64();
        value.unwrap_or_else(|| panic!("{}: {member} is a number in {body}", self.asked))
    }

    /// Everything that a client could tell two answers apart by: status, headers and body, without the time of day and the
    /// trace id, which differ between any two requests.
    pub fn fingerprint(&self) -> String {
        let trace_id = self.header("x-trace-id");
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .filter(|(name, _)| !["date", "x-trace-id"].contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        headers.sort();

        let body = String::from_utf8_lossy(&self.body).into_owned();
        let body = trace_id.map_or(body.clone(), |id| body.replace(id, "TRACE"));
        format!("{} {headers:?} {body}", self.status)
    }
}
