//! Everything that a request to auth can end with instead of its answer.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use platform::{Bearer, Problem};
use store::StoreError;

/// What a caller waits after a 503. A store that is away comes back within seconds or not at all.
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
    /// 503: the store is away or full.
    #[error("the store is unavailable")]
    StoreUnavailable(#[source] StoreError),
    /// 500: the store holds what nobody of ours wrote.
    #[error("the store failed")]
    StoreFailed(#[source] StoreError),
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
            Self::StoreUnavailable(error) | Self::StoreFailed(error) => error.kind(),
        }
    }

    /// Whether we are to blame, and not the request.
    pub fn is_fault(&self) -> bool {
        matches!(self, Self::StoreUnavailable(_) | Self::StoreFailed(_))
    }

    /// The error as the caller sees it.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Field { name, wrong } => Problem::field(name, wrong),
            Self::CodeRejected => Problem::new(
                StatusCode::UNAUTHORIZED,
                self.kind(),
                "The code was not accepted",
            ),
            Self::SessionRejected => Bearer::refusal(),
            Self::TooSoon { retry_after } => Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                self.kind(),
                "A code was sent a moment ago",
            )
            .with_retry_after(*retry_after),
            Self::StoreUnavailable(_) => Problem::unavailable(RETRY),
            Self::StoreFailed(_) => Problem::internal(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Corrupt(_) => Self::StoreFailed(error),
            _ => Self::StoreUnavailable(error),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::StoreUnavailable(cause) | Self::StoreFailed(cause) = &self {
            log::warn!("A request failed: {cause}");
        }
        self.problem().into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_is_away_is_a_503_with_a_wait() {
        for cause in [
            StoreError::Unavailable("refused".into()),
            StoreError::UnknownOutcome("timeout".into()),
            StoreError::BacklogFull,
        ] {
            let response = Error::from(cause).into_response();

            assert_eq!(response.status(), 503);
            assert_eq!(response.headers()["retry-after"], "1");
        }
    }

    #[test]
    fn a_corrupt_store_is_not_worth_a_retry() {
        let error = Error::from(StoreError::Corrupt("session"));

        assert_eq!((error.kind(), error.is_fault()), ("store_corrupt", true));
        assert_eq!(error.problem().status(), 500);
    }
}
