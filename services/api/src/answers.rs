//! What the public is answered. Auth answers the same to api, so these are also read from its JSON.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use platform::Bearer;
use serde::{Deserialize, Serialize};

/// 202: a code is on its way, or the client is told so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeSent {
    /// What to present with the code.
    pub challenge_id: String,
    /// Seconds for which the code is accepted.
    pub expires_in: u64,
    /// Seconds after which another code may be asked for.
    pub resend_after: u64,
}

/// 200: a session has begun.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoggedIn {
    /// The token of the session, told this once.
    pub token: Bearer,
    /// Seconds until the session ends, however busy it is.
    pub expires_in: u64,
}

/// 200: whose session it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The phone number with its middle hidden.
    pub phone: String,
    /// Seconds until the session ends, however busy it is.
    pub expires_in: u64,
}

/// 204: the session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedOut;

impl IntoResponse for CodeSent {
    fn into_response(self) -> Response {
        (StatusCode::ACCEPTED, Json(self)).into_response()
    }
}

impl IntoResponse for LoggedIn {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

impl IntoResponse for Session {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

impl IntoResponse for LoggedOut {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}
