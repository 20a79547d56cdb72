//! A session token, and what is stored of it.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::{Bearer, Phone};
use sha2::{Digest, Sha256};
use store::{SessionKey, SessionRecord};

use crate::{SessionCreated, SessionFound};

/// A session that is about to be stored.
#[derive(Clone, Debug)]
pub struct NewSession {
    pub(crate) token: Bearer,
    pub(crate) record: SessionRecord,
    pub(crate) lifetime: Duration,
}

impl NewSession {
    /// Draws a token of 256 bits.
    pub(crate) fn new(phone: &Phone, lifetime: Duration) -> Self {
        let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let created = SystemTime::now();
        let record = SessionRecord {
            masked_phone: phone.masked(),
            created,
            expires: created + lifetime,
        };
        Self {
            token: Bearer::new(token),
            record,
            lifetime,
        }
    }

    /// The answer that tells the token, once.
    pub fn created(self) -> SessionCreated {
        SessionCreated {
            token: self.token,
            expires_in: self.lifetime.as_secs(),
        }
    }
}

/// What is stored of a token. A fast hash is right here: nobody guesses 256 bits.
pub(crate) fn key(token: &Bearer) -> SessionKey {
    SessionKey::from_bytes(Sha256::digest(token.expose()).into())
}

/// The answer about a session that was found, unless its time is over.
pub(crate) fn found(record: SessionRecord) -> Option<SessionFound> {
    let left = record.expires.duration_since(SystemTime::now()).ok()?;
    Some(SessionFound {
        phone: record.masked_phone,
        expires_in: left.as_secs(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(lifetime: Duration) -> NewSession {
        NewSession::new(&Phone::parse("+8613800138000", None).unwrap(), lifetime)
    }

    #[test]
    fn tokens_have_256_bits_and_one_key_each() {
        let (one, two) = (
            session(Duration::from_secs(1)),
            session(Duration::from_secs(1)),
        );

        assert_eq!(
            URL_SAFE_NO_PAD.decode(one.token.expose()).unwrap().len(),
            32
        );
        assert_eq!(key(&one.token), key(&one.token));
        assert_ne!(key(&one.token), key(&two.token));
    }

    #[test]
    fn a_record_past_its_end_is_no_session() {
        let mut record = session(Duration::from_secs(60)).record;
        assert_eq!(found(record.clone()).unwrap().phone, "+86138****8000");

        record.expires = SystemTime::now() - Duration::from_millis(1);

        assert_eq!(found(record), None);
    }
}
