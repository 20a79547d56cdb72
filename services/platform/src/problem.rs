//! Errors as `application/problem+json` (RFC 9457).

use std::borrow::Cow;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

/// The media type of every error body.
pub const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// The header that carries a request's trace id back to its caller.
pub const TRACE_ID_HEADER: HeaderName = HeaderName::from_static("x-trace-id");

/// An error as a client sees it: a kind, a sentence, and nothing internal.
///
/// A response made from a problem keeps it as an extension, where the middleware around a service finds it with
/// [`Problem::of`]: there it becomes the status of a span, and there [`with_trace_id`] adds the trace id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: Cow<'static, str>,
    field: Option<&'static str>,
    retry_after: Option<Duration>,
}

/// What the kind of a problem follows in the member `type` of its document.
const TYPE_PREFIX: &str = "urn:login:problem:";

/// The document of RFC 9457, with our two extension members at the end.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
}

impl Problem {
    /// A problem of a kind, which is a short constant name such as `code_rejected`.
    pub fn new(status: StatusCode, kind: &'static str, title: &'static str) -> Self {
        Self {
            status,
            kind,
            title,
            detail: Cow::Borrowed(title),
            field: None,
            retry_after: None,
        }
    }

    /// Says more than the title does.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Tells the client when to come back; sent as whole seconds, rounded up.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// 422: a field that is missing or malformed, and what is wrong with it.
    pub fn field(name: &'static str, wrong: &str) -> Self {
        let problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_field",
            "A field is missing or malformed",
        );
        Self {
            field: Some(name),
            ..problem
        }
        .with_detail(format!("`{name}` {wrong}"))
    }

    /// 422: a field that occurs twice.
    pub fn repeated_field(name: &'static str) -> Self {
        let problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "repeated_field",
            "A field occurs twice",
        );
        Self {
            field: Some(name),
            ..problem
        }
        .with_detail(format!("`{name}` occurs twice"))
    }

    /// 422: JSON, but not an object.
    pub fn not_an_object() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not_an_object",
            "The body must be a JSON object",
        )
    }

    /// 400: not JSON.
    pub fn not_json() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "not_json", "The body is not JSON")
    }

    /// 413.
    pub fn body_too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "The body is too large",
        )
    }

    /// 415.
    pub fn not_declared_json() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "The body must be sent as application/json",
        )
    }

    /// 408: the body came in too slowly.
    pub fn body_too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "body_too_slow",
            "The body took too long to arrive",
        )
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here")
    }

    /// 405.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "This resource does not know this method",
        )
    }

    /// 500, for what should not have happened.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The service failed",
        )
    }

    /// 503, with the time after which it is worth trying again.
    pub fn unavailable(retry_after: Duration) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "The service cannot answer at the moment",
        )
        .with_retry_after(retry_after)
    }

    /// The problem that a response was made from.
    pub fn of(response: &Response) -> Option<&Self> {
        response.extensions().get()
    }

    /// The status code.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The short constant name: one of a few dozen values, fit for an attribute.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The sentence for the client.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Whether the service is to blame, and not the request.
    pub fn is_fault(&self) -> bool {
        self.status.is_server_error()
    }

    fn document(&self, trace_id: Option<&str>) -> Vec<u8> {
        let document = Document {
            kind: format!("{TYPE_PREFIX}{}", self.kind),
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            field: self.field,
            trace_id,
        };
        serde_json::to_vec(&document).expect("a document of strings and numbers is valid JSON")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.document(None)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, MEDIA_TYPE);
        // Also where no guard is around the answer, as with a refused service credential.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Tells the caller the trace id of its request: in the header `x-trace-id` always, and in the body where that is a
/// [`Problem`]. For the middleware of the stages that trace.
///
/// # Examples
///
/// ```
/// use axum::response::IntoResponse;
/// use platform::problem::{Problem, with_trace_id};
///
/// let response = with_trace_id(Problem::not_found().into_response(), "0af7651916cd43dd8448eb211c80319c");
///
/// assert_eq!(response.headers()["x-trace-id"], "0af7651916cd43dd8448eb211c80319c");
/// ```
pub fn with_trace_id(mut response: Response, trace_id: &str) -> Response {
    // The document is written anew from the problem itself: no body has to be collected and parsed.
    if let Some(document) = Problem::of(&response).map(|problem| problem.document(Some(trace_id))) {
        response.headers_mut().remove(CONTENT_LENGTH);
        *response.body_mut() = document.into();
    }
    if let Ok(value) = HeaderValue::from_str(trace_id) {
        response.headers_mut().insert(TRACE_ID_HEADER, value);
    }
    response
}

/// The kind that a document names, if it is one of ours.
pub(crate) fn kind_of(document: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Typed {
        r#type: String,
    }

    let typed: Typed = serde_json::from_slice(document).ok()?;
    let kind = typed.r#type.strip_prefix(TYPE_PREFIX)?;
    let named = kind
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    named.then(|| kind.to_owned())
}

/// A wait as `Retry-After` and our bodies write it: whole seconds, rounded up, so that nobody returns too early.
pub fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    async fn body(response: Response) -> serde_json::Value {
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn a_problem_is_a_problem_document() {
        let response = Problem::field("phone", "is missing").into_response();

        assert_eq!(response.status(), 422);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        assert_eq!(
            body(response).await,
            serde_json::json!({
                "type": "urn:login:problem:invalid_field",
                "title": "A field is missing or malformed",
                "status": 422,
                "detail": "`phone` is missing",
                "field": "phone",
            })
        );
    }

    #[tokio::test]
    async fn a_trace_id_goes_into_header_and_problem() {
        let response = with_trace_id(Problem::not_found().into_response(), "abc");

        assert_eq!(response.headers()[TRACE_ID_HEADER], "abc");
        assert!(
            !response.headers().contains_key(CONTENT_LENGTH),
            "the server writes the new length"
        );
        assert_eq!(body(response).await["trace_id"], "abc");
    }

    #[tokio::test]
    async fn a_trace_id_leaves_other_bodies_alone() {
        let response = with_trace_id("fine".into_response(), "abc");

        assert_eq!(response.headers()[TRACE_ID_HEADER], "abc");
        assert_eq!(
            response.into_body().collect().await.unwrap().to_bytes(),
            "fine"
        );
    }

    #[test]
    fn the_kind_survives_the_way_over_http() {
        assert_eq!(
            kind_of(&Problem::not_json().document(Some("abc"))).as_deref(),
            Some("not_json")
        );
        for other in [
            "",
            "{}",
            r#"{"type":"about:blank"}"#,
            r#"{"type":"urn:login:problem:NO!"}"#,
        ] {
            assert_eq!(kind_of(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn waits_are_rounded_up() {
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_secs(2)), 2);
    }
}
