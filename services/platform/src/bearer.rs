//! Session tokens, as they come in.

use std::fmt;

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Problem;

/// The longest token that is looked at; ours have 43 characters.
const MAX_LENGTH: usize = 256;

/// The token of the header `Authorization: Bearer …`, and of nowhere else: a query string ends up in logs.
#[derive(Clone)]
pub struct Bearer(SecretString);

impl Bearer {
    /// A token that is about to be presented.
    pub fn new(token: impl Into<SecretString>) -> Self {
        Self(token.into())
    }

    /// The token.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The answer to a token that is missing, malformed, unknown or over.
    pub fn refusal() -> Problem {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "session_rejected",
            "There is no such session",
        )
    }

    fn read(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let (value, None) = (values.next()?, values.next()) else {
            return None;
        };
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        let token = token.trim();
        let fits = !token.is_empty() && token.len() <= MAX_LENGTH;
        (fits && scheme.eq_ignore_ascii_case("bearer")).then(|| Self::new(token))
    }
}

impl<S: Sync> FromRequestParts<S> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Self::read(&parts.headers).ok_or_else(Self::refusal)
    }
}

/// A token is written out once, in the answer to the login that created it.
impl Serialize for Bearer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for Bearer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Bearer([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn read(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        Bearer::read(&headers).map(|bearer| bearer.expose().to_owned())
    }

    #[test]
    fn a_token_follows_the_scheme() {
        assert_eq!(read(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(read(&["bearer  abc"]).as_deref(), Some("abc"));
    }

    #[test]
    fn anything_else_is_no_token() {
        let long = format!("Bearer {}", "a".repeat(MAX_LENGTH + 1));
        for values in [
            &[][..],
            &["abc"],
            &["Bearer"],
            &["Bearer "],
            &["Basic abc"],
            &["Bearer a", "Bearer b"],
            &[&long],
        ] {
            assert_eq!(read(values), None, "{values:?}");
        }
    }
}
