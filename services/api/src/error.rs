//! Everything that a request to api can end with instead of its answer.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use platform::{Bearer, CallError, Problem};

/// What a client that need not be told better waits after a 503.
const RETRY: Duration = Duration::from_secs(1);

/// Why a request failed. As a response it is a problem document that says nothing internal; the cause goes to the log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// 422.
    #[error("the field {name} is missing or malformed")]
    Field {
        /// Which field.
        name: &'static str,
        /// What about it.
        wrong: &'static str,
    },
    /// 401, with one text for every reason: wrong, expired, used, exhausted or unknown.
    #[error("the code was not accepted")]
    CodeRejected,
    /// 401.
    #[error("there is no such session")]
    SessionRejected,
    /// 429: a code was sent to this phone a moment ago.
    #[error("a code was sent a moment ago")]
    TooSoon {
        /// When the next code may be asked for.
        retry_after: Duration,
    },
    /// 503: auth is away, or its store is.
    #[error("auth is unavailable")]
    AuthUnavailable(#[source] CallError),
    /// 502: auth answered what it should not have.
    #[error("auth failed")]
    AuthFailed(#[source] CallError),
}

impl Error {
    pub(crate) fn field(name: &'static str, wrong: &'static str) -> Self {
        Self::Field { name, wrong }
    }

    /// A short constant name, fit for an attribute.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Field { .. } => "invalid_field",
            Self::CodeRejected => "code_rejected",
            Self::SessionRejected => "session_rejected",
            Self::TooSoon { .. } => "too_soon",
            Self::AuthUnavailable(_) => "auth_unavailable",
            Self::AuthFailed(_) => "auth_failed",
        }
    }

    /// Whether we are to blame, and not the request.
    pub fn is_fault(&self) -> bool {
        matches!(self, Self::AuthUnavailable(_) | Self::AuthFailed(_))
    }

    /// The error as the client sees it.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Field { name, wrong } => Problem::field(name, wrong),
            Self::CodeRejected => Problem::new(
                StatusCode::UNAUTHORIZED,
                self.kind(),
                "The code was not accepted",
            ),
            Self::SessionRejected => Bearer::refusal(),
            Self::TooSoon { retry_after } => {
                let seconds = platform::problem::whole_seconds(*retry_after);
                Problem::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    self.kind(),
                    "A code was sent a moment ago",
                )
                .with_detail(format!("Another code can be sent in {seconds} seconds"))
                .with_retry_after(*retry_after)
            }
            Self::AuthUnavailable(CallError::Status {
                retry_after: Some(wait),
                ..
            }) => Problem::unavailable(*wait),
            Self::AuthUnavailable(_) => Problem::unavailable(RETRY),
            Self::AuthFailed(_) => Problem::new(
                StatusCode::BAD_GATEWAY,
                "upstream_failed",
                "The service failed",
            ),
        }
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        let CallError::Status {
            status,
            kind,
            retry_after,
            ..
        } = &error
        else {
            return match error {
                CallError::Unreachable { .. } | CallError::Timeout { .. } => {
                    Self::AuthUnavailable(error)
                }
                _ => Self::AuthFailed(error),
            };
        };
        match (status.as_u16(), kind.as_deref(), *retry_after) {
            (401, Some("code_rejected"), _) => Self::CodeRejected,
            (401, Some("session_rejected"), _) => Self::SessionRejected,
            (429, Some("too_soon"), Some(retry_after)) => Self::TooSoon { retry_after },
            (503, _, _) => Self::AuthUnavailable(error),
            _ => Self::AuthFailed(error),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::AuthUnavailable(cause) | Self::AuthFailed(cause) = &self {
            log::warn!("A request failed because {self}: {cause}");
        }
        self.problem().into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, kind: Option<&str>, retry_after: Option<u64>) -> Error {
        CallError::Status {
            peer: "auth",
            status: StatusCode::from_u16(status).unwrap(),
            kind: kind.map(str::to_owned),
            retry_after: retry_after.map(Duration::from_secs),
        }
        .into()
    }

    #[test]
    fn the_answers_of_auth_become_ours() {
        for (status, kind, ours) in [
            (401, Some("code_rejected"), 401),
            (401, Some("session_rejected"), 401),
            (429, Some("too_soon"), 429),
            (503, Some("unavailable"), 503),
            (503, None, 503),
        ] {
            assert_eq!(
                answered(status, kind, Some(7)).problem().status(),
                ours,
                "{status} {kind:?}"
            );
        }
    }

    #[test]
    fn a_stranger_at_auths_address_logs_nobody_out() {
        for (status, kind) in [
            (401, None),
            (404, None),
            (403, Some("credential_refused")),
            (200, None),
            (500, None),
        ] {
            let error = answered(status, kind, None);
            assert_eq!(error.problem().status(), 502, "{status} {kind:?}");
            assert!(error.is_fault());
        }
    }

    #[test]
    fn no_answer_is_a_503_with_a_wait() {
        let error = Error::from(CallError::Timeout { peer: "auth" });

        let response = error.into_response();

        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "1");
    }
}
