//! Auth, as api calls it: JSON over HTTP.

use http::Method;
use platform::{Bearer, Call, Client, Phone};
use serde::Serialize;

use crate::{Attempt, CodeSent, LoggedIn, LoggedOut, Session};

/// The client of auth. Every method prepares a call and sends nothing yet.
#[derive(Clone, Debug)]
pub struct Auth(Client);

#[derive(Serialize)]
struct IssueCode<'a> {
    phone: &'a str,
}

#[derive(Serialize)]
struct RedeemCode<'a> {
    challenge_id: &'a str,
    phone: &'a str,
    code: &'a str,
}

impl Auth {
    pub(crate) fn new(client: Client) -> Self {
        Self(client)
    }

    /// Asks for a code to be sent.
    pub fn issue_code(&self, phone: &Phone) -> Call<CodeSent> {
        self.0
            .call(Method::POST, "/v1/challenges")
            .json(&IssueCode {
                phone: phone.e164(),
            })
    }

    /// Exchanges a code for a session.
    pub fn redeem_code(&self, attempt: &Attempt) -> Call<LoggedIn> {
        self.0.call(Method::POST, "/v1/sessions").json(&RedeemCode {
            challenge_id: &attempt.challenge_id,
            phone: attempt.phone.e164(),
            code: attempt.code.expose(),
        })
    }

    /// Asks whose session it is.
    pub fn find_session(&self, token: &Bearer) -> Call<Session> {
        self.0.call(Method::GET, "/v1/session").bearer(token)
    }

    /// Ends a session.
    pub fn revoke_session(&self, token: &Bearer) -> Call<LoggedOut> {
        self.0.call(Method::DELETE, "/v1/session").bearer(token)
    }

    /// Whether auth says that it is ready: one that lives and answers every login with 503 is of no use.
    pub async fn is_ready(&self) -> bool {
        self.0.is_ready().await
    }
}
