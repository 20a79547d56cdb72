//! The nouns that cross the ports of challenges and sessions.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// The random 128-bit name of a challenge, written as 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChallengeId([u8; 16]);

/// A challenge id was not 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a challenge id has 32 lower-case hexadecimal digits")]
pub struct MalformedChallengeId;

/// A phone number's keyed hash: the only form of it that a store sees.
///
/// The caller computes it under a key that the store does not hold. It must be uniform, because it also chooses the
/// partition.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PhoneKey([u8; 32]);

/// The MAC of a code, in whatever encoding the caller chose. A store compares it for equality and never reads it.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeMac(Vec<u8>);

/// The hash of a session token: the only form of it that a store sees.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionKey([u8; 32]);

/// A challenge about to be issued.
#[derive(Clone, Debug)]
pub struct NewChallenge {
    /// Its random name.
    pub id: ChallengeId,
    /// Whom it is for.
    pub phone: PhoneKey,
    /// The MAC of its code.
    pub mac: CodeMac,
}

/// What became of an attempt to issue a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Issued {
    /// Challenge and message are stored, both of them.
    Queued {
        /// The queue's own id of the message.
        message_id: String,
    },
    /// The phone has used up its attempts. Nothing was stored and no message will go out; the client is answered as if
    /// it had.
    Suppressed,
    /// The phone was sent a code a moment ago. Nothing was stored.
    Cooldown {
        /// How long until the next code may be sent.
        retry_after: Duration,
    },
}

/// What a counted attempt may be compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Attempt {
    /// The challenge is alive and the attempt is within the limit.
    Live {
        /// What the code's MAC has to equal.
        mac: CodeMac,
    },
    /// Expired, used, replaced, exhausted or never issued: one shape for all, because no caller may tell them apart.
    Dead,
}

/// What is known about a logged-in phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRecord {
    /// The phone number with its middle hidden, fit to be shown.
    pub masked_phone: String,
    /// When the session was created.
    pub created: SystemTime,
    /// When it ends, however busy it is.
    pub expires: SystemTime,
}

// === impl SessionRecord ===

impl SessionRecord {
    /// How long the session has left at `now`, whether busy or not.
    pub fn time_left(&self, now: SystemTime) -> Duration {
        self.expires.duration_since(now).unwrap_or_default()
    }
}

// === impl ChallengeId ===

impl ChallengeId {
    /// Names a challenge by 16 random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for ChallengeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ChallengeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChallengeId({self})")
    }
}

impl FromStr for ChallengeId {
    type Err = MalformedChallengeId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // One text for one id: upper case would be a second name for the same challenge.
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(MalformedChallengeId);
        }
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| MalformedChallengeId)?;
        Ok(Self(bytes))
    }
}

// === impl PhoneKey ===

impl PhoneKey {
    /// Takes a keyed hash of the phone number.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The partition that this phone's keys and messages live in.
    pub(crate) fn partition(&self, partitions: u16) -> u16 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        let hash = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        u16::try_from(hash % u64::from(partitions.max(1)))
            .expect("a remainder is below its divisor, which is a u16")
    }

    pub(crate) fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

impl fmt::Debug for PhoneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Four bytes tell phones apart in a log and name none of them.
        write!(f, "PhoneKey({}..)", hex::encode(&self.0[..4]))
    }
}

// === impl CodeMac ===

impl CodeMac {
    /// Takes the encoded MAC.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The encoded MAC, to be compared in constant time.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for CodeMac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeMac(..)")
    }
}

// === impl SessionKey ===

impl SessionKey {
    /// Takes a hash of the session token.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_id_has_one_text() {
        let id = ChallengeId::from_bytes([0xab; 16]);

        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(
            id.to_string().to_uppercase().parse::<ChallengeId>(),
            Err(MalformedChallengeId)
        );
        assert_eq!("ab".parse::<ChallengeId>(), Err(MalformedChallengeId));
        assert_eq!("".parse::<ChallengeId>(), Err(MalformedChallengeId));
    }

    #[test]
    fn a_phone_stays_in_its_partition() {
        let phones: Vec<_> = (0_u8..=255)
            .map(|n| {
                let mut bytes = [0; 32];
                bytes[7] = n;
                PhoneKey::from_bytes(bytes)
            })
            .collect();

        for phone in &phones {
            assert_eq!(phone.partition(1), 0);
            assert_eq!(phone.partition(8), phone.partition(8));
        }
        let used: std::collections::BTreeSet<_> =
            phones.iter().map(|phone| phone.partition(8)).collect();
        assert_eq!(used.len(), 8);
    }

    #[test]
    fn debug_output_hides_what_must_not_be_logged() {
        assert_eq!(format!("{:?}", CodeMac::from_bytes([7; 32])), "CodeMac(..)");
        assert_eq!(
            format!("{:?}", SessionKey::from_bytes([7; 32])),
            "SessionKey(..)"
        );
        assert_eq!(
            format!("{:?}", PhoneKey::from_bytes([7; 32])),
            "PhoneKey(07070707..)"
        );
    }
}
