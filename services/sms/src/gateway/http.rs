//! A gateway that takes JSON over HTTP.

use std::fmt;

use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use platform::client::ClientError;
use platform::{Call, CallError, Client, Timeouts, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{Gateway, GatewayCall, GatewayError, Receipt, Sms};

/// The header by which a provider recognises a message that it has already taken.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Posts `{"to", "text"}` to a configured address.
#[derive(Clone)]
pub struct HttpGateway {
    client: Client,
    address: String,
    port: u16,
    authorization: Option<HeaderValue>,
}

#[derive(Serialize)]
struct Body<'a> {
    to: &'a str,
    text: &'a str,
}

/// Why there is no gateway.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpGatewayError {
    /// The address cannot be called.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The token has characters that no header can carry. It is not part of the message.
    #[error("expected a token of visible ASCII characters")]
    Token,
}

impl HttpGateway {
    /// A gateway at this address, which is called as it is. The token, if any, is presented as a bearer.
    ///
    /// # Errors
    ///
    /// If address or token cannot be used.
    pub fn new(
        url: &Url,
        token: Option<&SecretString>,
        timeouts: Timeouts,
    ) -> Result<Self, HttpGatewayError> {
        let authorization = token.map(bearer).transpose()?;
        Ok(Self {
            client: Client::new("gateway", url.clone(), timeouts)?,
            address: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default().unwrap_or_default(),
            authorization,
        })
    }

    async fn post(&self, sms: &Sms) -> Result<Receipt, GatewayError> {
        let key = HeaderValue::from_str(&sms.key)
            .map_err(|_| GatewayError::Refused(StatusCode::BAD_REQUEST))?;
        let body = Body {
            to: sms.phone.e164(),
            text: &sms.text(),
        };

        let mut call: Call<()> = self
            .client
            .call(Method::POST, "")
            .json(&body)
            .header(IDEMPOTENCY_KEY, key);
        if let Some(authorization) = &self.authorization {
            call = call.header(AUTHORIZATION, authorization.clone());
        }
        let status = call.acknowledged().await?;
        Ok(Receipt {
            status: Some(status),
        })
    }
}

impl Gateway for HttpGateway {
    fn deliver<'a>(&'a self, sms: &'a Sms) -> GatewayCall<'a> {
        GatewayCall::new("http", Some((&self.address, self.port)), self.post(sms))
    }
}

impl From<CallError> for GatewayError {
    /// What the caller did wrong stays wrong, except where the status asks for patience.
    fn from(error: CallError) -> Self {
        let status = error.status();
        match status {
            Some(
                StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS,
            )
            | None => Self::Failed {
                status,
                reason: error.to_string(),
            },
            Some(refused) if refused.is_client_error() => Self::Refused(refused),
            Some(_) => Self::Failed {
                status,
                reason: error.to_string(),
            },
        }
    }
}

fn bearer(token: &SecretString) -> Result<HeaderValue, HttpGatewayError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
        .map_err(|_| HttpGatewayError::Token)?;
    value.set_sensitive(true);
    Ok(value)
}

impl fmt::Debug for HttpGateway {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HttpGateway")
            .field("address", &self.address)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}
