//! What api asks.

use std::fmt;

use platform::fields::{Fields, FromFields};
use platform::{Code, Phone, Problem};

use crate::Error;

/// `POST /v1/challenges`: send a code to this phone.
pub struct IssueCode {
    phone: String,
}

/// `POST /v1/sessions`: this is the code that was sent.
pub struct LogIn {
    /// Not parsed further: an id that cannot be ours is an unknown one.
    pub(crate) challenge_id: String,
    phone: String,
    code: String,
}

impl IssueCode {
    pub(crate) fn phone(&self) -> Result<Phone, Error> {
        phone(&self.phone)
    }
}

impl LogIn {
    pub(crate) fn phone(&self) -> Result<Phone, Error> {
        phone(&self.phone)
    }

    pub(crate) fn code(&self) -> Result<Code, Error> {
        Code::parse(&self.code).map_err(|_| Error::field("code", "must be six digits"))
    }
}

/// Numbers are parsed again here, in international form only: auth does not take api's word for what it keys limits by.
fn phone(text: &str) -> Result<Phone, Error> {
    Phone::parse(text, None).map_err(|_| Error::field("phone", "must be a phone number in E.164"))
}

impl FromFields for IssueCode {
    fn from_fields(fields: &mut Fields) -> Result<Self, Problem> {
        Ok(Self {
            phone: fields.text("phone")?,
        })
    }
}

impl FromFields for LogIn {
    fn from_fields(fields: &mut Fields) -> Result<Self, Problem> {
        Ok(Self {
            challenge_id: fields.text("challenge_id")?,
            phone: fields.text("phone")?,
            code: fields.text("code")?,
        })
    }
}

impl fmt::Debug for IssueCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("IssueCode([redacted])")
    }
}

impl fmt::Debug for LogIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("LogIn([redacted])")
    }
}
