//! What the public asks.

use std::fmt;

use platform::fields::{Fields, FromFields};
use platform::{Code, Phone, Problem, Region};

use crate::Error;

/// The longest challenge id that is passed on.
const MAX_CHALLENGE_ID: usize = 64;

/// `POST /v1/login/code`: send a code to this phone.
pub struct SendCode {
    phone: String,
}

/// `POST /v1/login`: this is the code that was sent.
pub struct LogIn {
    challenge_id: String,
    phone: String,
    code: String,
}

/// A login whose fields have been understood.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The challenge that the code is said to answer. It may be none of ours.
    pub challenge_id: String,
    /// Whose phone.
    pub phone: Phone,
    /// What was typed.
    pub code: Code,
}

impl SendCode {
    pub(crate) fn phone(&self, region: Option<Region>) -> Result<Phone, Error> {
        phone(&self.phone, region)
    }
}

impl LogIn {
    pub(crate) fn attempt(&self, region: Option<Region>) -> Result<Attempt, Error> {
        // An id of a form that we never issue is malformed; one that we might have issued is auth's to judge.
        let named = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let id = &self.challenge_id;
        if id.is_empty() || id.len() > MAX_CHALLENGE_ID || !id.bytes().all(named) {
            return Err(Error::field(
                "challenge_id",
                "must be an id that was answered before",
            ));
        }

        Ok(Attempt {
            challenge_id: id.clone(),
            phone: phone(&self.phone, region)?,
            code: Code::parse(&self.code)
                .map_err(|_| Error::field("code", "must be six digits"))?,
        })
    }
}

fn phone(text: &str, region: Option<Region>) -> Result<Phone, Error> {
    Phone::parse(text, region)
        .map_err(|_| Error::field("phone", "must be a phone number such as +8613800138000"))
}

impl FromFields for SendCode {
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

impl fmt::Debug for SendCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SendCode([redacted])")
    }
}

impl fmt::Debug for LogIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("LogIn([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(challenge_id: &str, phone: &str, code: &str) -> Result<Attempt, String> {
        let request = LogIn {
            challenge_id: challenge_id.into(),
            phone: phone.into(),
            code: code.into(),
        };
        request
            .attempt(None)
            .map_err(|error| error.problem().detail().to_owned())
    }

    #[test]
    fn a_malformed_field_is_named() {
        let (id, phone, code) = ("a1-B_", "+8613800138000", "012345");
        assert!(attempt(id, phone, code).is_ok());

        for (id, phone, code, named) in [
            ("", phone, code, "`challenge_id`"),
            ("../x", phone, code, "`challenge_id`"),
            (&"a".repeat(65), phone, code, "`challenge_id`"),
            (id, "138", code, "`phone`"),
            (id, phone, "12345", "`code`"),
        ] {
            let detail = attempt(id, phone, code).unwrap_err();
            assert!(detail.starts_with(named), "{detail}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let request = LogIn {
            challenge_id: "a".into(),
            phone: "+1".into(),
            code: "012345".into(),
        };

        assert_eq!(format!("{request:?}"), "LogIn([redacted])");
    }
}
