//! The names of keys and streams: what lies where.
//!
//! Everything that one step has to change together carries one tag, `{otp:NN}`, so that a cluster keeps it on one
//! node. Sessions are independent of each other and lie outside.

use crate::{PhoneKey, SessionKey};

fn tag(partition: u16) -> String {
    format!("{{otp:{partition:02}}}")
}

/// The stream of a partition: the one kind of key without an end.
pub(crate) fn stream(partition: u16) -> String {
    format!("{}:messages", tag(partition))
}

/// The stream of a partition's dead letters, bounded by count.
pub(crate) fn dead(partition: u16) -> String {
    format!("{}:dead", tag(partition))
}

/// The phone's one challenge.
pub(crate) fn challenge(partition: u16, phone: &PhoneKey) -> String {
    format!("{}:challenge:{}", tag(partition), phone.to_hex())
}

/// The phone's count of attempts.
pub(crate) fn failures(partition: u16, phone: &PhoneKey) -> String {
    format!("{}:failures:{}", tag(partition), phone.to_hex())
}

/// Present while the phone has to wait for its next code.
pub(crate) fn cooldown(partition: u16, phone: &PhoneKey) -> String {
    format!("{}:cooldown:{}", tag(partition), phone.to_hex())
}

/// What is known about the effect of a message.
pub(crate) fn mark(partition: u16, key: &str) -> String {
    format!("{}:delivery:{key}", tag(partition))
}

/// A session.
pub(crate) fn session(key: &SessionKey) -> String {
    format!("session:{}", key.to_hex())
}

/// A name for one delivery of a message that no other delivery has.
pub(crate) fn token() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_step_touches_has_one_tag() {
        let phone = PhoneKey::from_bytes([1; 32]);

        for name in [
            stream(3),
            dead(3),
            challenge(3, &phone),
            failures(3, &phone),
            cooldown(3, &phone),
            mark(3, "k"),
        ] {
            assert!(name.starts_with("{otp:03}:"), "{name} is elsewhere");
        }
        assert!(!session(&SessionKey::from_bytes([1; 32])).contains('{'));
    }
}
