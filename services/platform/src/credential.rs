//! How one service knows another.

use std::fmt;
use std::str::FromStr;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::Problem;

/// The header that carries the service credential. `Authorization` stays free for the user's token.
pub const HEADER: HeaderName = HeaderName::from_static("x-service-credential");

/// The shortest credential that is accepted. This stops an empty variable, not a weak secret.
const MIN_LENGTH: usize = 8;

/// The secret that api, auth and sms share, and that a caller of auth or sms has to present.
#[derive(Clone)]
pub struct Credential(SecretString);

/// The text cannot be a credential. It is not part of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected at least {MIN_LENGTH} visible ASCII characters, without spaces")]
pub struct NotACredential;

impl Credential {
    /// A credential from a generator that the operating system seeds.
    pub fn random() -> Self {
        Self(hex::encode(rand::random::<[u8; 32]>()).into())
    }

    /// The header value to present.
    pub fn to_header(&self) -> HeaderValue {
        let mut value = HeaderValue::from_str(self.0.expose_secret())
            .expect("a credential has been checked to be visible ASCII");
        value.set_sensitive(true);
        value
    }

    /// Whether the headers present this credential, once.
    pub fn is_presented_by(&self, headers: &HeaderMap) -> bool {
        let mut presented = headers.get_all(HEADER).iter();
        match (presented.next(), presented.next()) {
            (Some(value), None) => self.matches(value.as_bytes()),
            _ => false,
        }
    }

    /// Compares digests, which are of one length, so that the time tells nothing about the secret or its length.
    fn matches(&self, presented: &[u8]) -> bool {
        let ours = Sha256::digest(self.0.expose_secret().as_bytes());
        let theirs = Sha256::digest(presented);
        ours.ct_eq(&theirs).into()
    }
}

/// Refuses every request that does not present the credential, before anything else looks at it.
pub fn required<S>(routes: Router<S>, credential: Credential) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    routes.layer(from_fn_with_state(credential, check))
}

async fn check(State(credential): State<Credential>, request: Request, next: Next) -> Response {
    if credential.is_presented_by(request.headers()) {
        next.run(request).await
    } else {
        // 403 and not 401: to the caller's caller, a 401 of this service means that a user's token is over.
        Problem::new(
            StatusCode::FORBIDDEN,
            "credential_refused",
            "The service credential is missing or wrong",
        )
        .into_response()
    }
}

impl FromStr for Credential {
    type Err = NotACredential;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() >= MIN_LENGTH && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.into()))
        } else {
            Err(NotACredential)
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credential([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_credential_presented_once_is_accepted() {
        let ours = Credential::random();
        let mut headers = HeaderMap::new();
        assert!(!ours.is_presented_by(&headers), "nothing presented");

        headers.insert(HEADER, ours.to_header());
        assert!(ours.is_presented_by(&headers));
        assert!(
            !Credential::random().is_presented_by(&headers),
            "another credential"
        );

        headers.append(HEADER, ours.to_header());
        assert!(!ours.is_presented_by(&headers), "presented twice");
    }

    #[test]
    fn an_empty_or_broken_credential_is_refused_at_the_start() {
        for text in ["", "short", "with space", "line\nbreak", "not-äscii"] {
            assert_eq!(
                text.parse::<Credential>().unwrap_err(),
                NotACredential,
                "{text:?}"
            );
        }
    }
}
