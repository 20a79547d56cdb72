//! Whoever sends text messages.

mod http;
mod inbox;

use std::fmt;

use ::http::StatusCode;
use futures::future::BoxFuture;
use platform::{Code, Phone};

pub use self::http::{HttpGateway, HttpGatewayError};
pub use self::inbox::{Inbox, InboxEntry};

/// A text message, ready to be sent.
#[derive(Clone, Debug)]
pub struct Sms {
    /// Names the effect: however often the gateway is called with it, one text message goes out. It is also the id of the
    /// challenge.
    pub key: String,
    /// The receiver.
    pub phone: Phone,
    /// What the receiver will type.
    pub code: Code,
}

/// A way to send text messages.
pub trait Gateway: fmt::Debug + Send + Sync {
    /// Prepares the call that sends a message.
    fn deliver<'a>(&'a self, sms: &'a Sms) -> GatewayCall<'a>;
}

/// A call of the gateway that has been prepared and not sent.
///
/// Other than a [`Call`](platform::Call) between our services it takes no headers: a gateway is a third party, and neither
/// trace context nor baggage is for it.
pub struct GatewayCall<'a> {
    /// `http` or `inbox`.
    system: &'static str,
    server: Option<(&'a str, u16)>,
    sent: BoxFuture<'a, Result<Receipt, GatewayError>>,
}

/// The gateway has taken the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What it answered, where it speaks HTTP.
    pub status: Option<StatusCode>,
}

/// Why the gateway has not taken the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// It never will: this message would be refused again.
    #[error("the gateway refused the message with {0}")]
    Refused(StatusCode),
    /// It may yet.
    #[error("the gateway failed: {reason}")]
    Failed {
        /// What it answered, if anything.
        status: Option<StatusCode>,
        /// What happened, without address and message.
        reason: String,
    },
}

impl Sms {
    /// What the receiver reads.
    pub fn text(&self) -> String {
        format!(
            "{} is your login code. Nobody else needs to know it.",
            self.code.expose()
        )
    }
}

impl<'a> GatewayCall<'a> {
    /// Prepares a call. The future does nothing before it is polled.
    pub fn new(
        system: &'static str,
        server: Option<(&'a str, u16)>,
        sent: impl Future<Output = Result<Receipt, GatewayError>> + Send + 'a,
    ) -> Self {
        Self {
            system,
            server,
            sent: Box::pin(sent),
        }
    }

    /// What kind of gateway this is: `http` or `inbox`.
    pub fn system(&self) -> &'static str {
        self.system
    }

    /// The host that is called, where there is one. The path is not told: at some providers it names an account.
    pub fn server_address(&self) -> Option<&str> {
        self.server.map(|(address, _)| address)
    }

    /// The port that is called, where there is one.
    pub fn server_port(&self) -> Option<u16> {
        self.server.map(|(_, port)| port)
    }

    /// Sends the message.
    ///
    /// # Errors
    ///
    /// [`GatewayError`], which says whether another try makes sense.
    pub async fn send(self) -> Result<Receipt, GatewayError> {
        self.sent.await
    }
}

impl GatewayError {
    /// A short constant name, fit for an attribute.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Refused(_) => "gateway_refused",
            Self::Failed { .. } => "gateway_failed",
        }
    }

    /// What the gateway answered, if anything.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused(status) => Some(*status),
            Self::Failed { status, .. } => *status,
        }
    }
}

impl From<GatewayError> for store::Failure {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::Refused(_) => Self::poison(error.kind(), error),
            GatewayError::Failed { .. } => Self::retry(error.kind(), error),
        }
    }
}

impl fmt::Debug for GatewayCall<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GatewayCall")
            .field("system", &self.system)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}
