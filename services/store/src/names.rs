//! The names of keys and streams: what lies where.
//!
//! Everything that one step has to change together carries one tag, `{otp:NN}` in the namespace `otp`, so that a cluster
//! keeps it on one node. Sessions are independent of each other and lie outside.

use crate::{Namespace, PhoneKey, SessionKey};

fn tag(space: &Namespace, partition: u16) -> String {
    format!("{{{}:{partition:02}}}", space.full())
}

/// The stream of a partition as spans name it: without what is random in it.
pub(crate) fn destination(space: &Namespace, partition: u16) -> String {
    format!("{{{}:{partition:02}}}:messages", space.shown())
}

/// The stream of a partition: the one kind of key without an end.
pub(crate) fn stream(space: &Namespace, partition: u16) -> String {
    format!("{}:messages", tag(space, partition))
}

/// The stream of a partition's dead letters, bounded by count.
pub(crate) fn dead(space: &Namespace, partition: u16) -> String {
    format!("{}:dead", tag(space, partition))
}

/// The phone's one challenge.
pub(crate) fn challenge(space: &Namespace, partition: u16, phone: &PhoneKey) -> String {
    format!("{}:challenge:{}", tag(space, partition), phone.to_hex())
}

/// The phone's count of attempts.
pub(crate) fn failures(space: &Namespace, partition: u16, phone: &PhoneKey) -> String {
    format!("{}:failures:{}", tag(space, partition), phone.to_hex())
}

/// Present while the phone has to wait for its next code.
pub(crate) fn cooldown(space: &Namespace, partition: u16, phone: &PhoneKey) -> String {
    format!("{}:cooldown:{}", tag(space, partition), phone.to_hex())
}

/// What is known about the effect of a message.
pub(crate) fn mark(space: &Namespace, partition: u16, key: &str) -> String {
    format!("{}:delivery:{key}", tag(space, partition))
}

/// A session.
pub(crate) fn session(space: &Namespace, key: &SessionKey) -> String {
    format!("{}:session:{}", space.full(), key.to_hex())
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
        let (space, phone) = (Namespace::default(), PhoneKey::from_bytes([1; 32]));

        for name in [
            stream(&space, 3),
            dead(&space, 3),
            challenge(&space, 3, &phone),
            failures(&space, 3, &phone),
            cooldown(&space, 3, &phone),
            mark(&space, 3, "k"),
        ] {
            assert!(name.starts_with("{otp:03}:"), "{name} is elsewhere");
        }
        assert!(!session(&space, &SessionKey::from_bytes([1; 32])).contains('{'));
    }

    #[test]
    fn a_destination_is_the_stream_without_what_is_random() {
        let space = Namespace::default();

        assert_eq!(destination(&space, 3), stream(&space, 3));
        let space = space.for_one_run();
        assert_eq!(destination(&space, 3), "{otp:03}:messages");
        assert_ne!(destination(&space, 3), stream(&space, 3));
    }
}
