//! A code, from its draft to the attempt at it.

use platform::code::COUNT;
use platform::{Code, Phone};
use rand::RngExt;
use store::{ChallengeId, Challenges, CodeMac, NewChallenge, PhoneKey};

use crate::mac::MacKeys;

/// A challenge that has been thought up and is nowhere stored.
#[derive(Clone, Debug)]
pub struct Draft {
    pub(crate) challenge: NewChallenge,
    pub(crate) phone: Phone,
    pub(crate) code: Code,
    pub(crate) destination: String,
    pub(crate) system: &'static str,
}

/// An attempt to log in with a code.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub(crate) challenge: Named,
    pub(crate) key: PhoneKey,
    pub(crate) phone: Phone,
    pub(crate) code: Code,
}

/// The name that an attempt gives to its challenge.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// As it was written, for the MAC.
    pub(crate) text: String,
    /// As we write ids. A text of another form gets an id that nobody was ever told: the attempt then takes the way of
    /// every other unknown challenge, and as long.
    pub(crate) id: ChallengeId,
}

/// The right code was presented: what the challenge must still be when it is claimed.
#[derive(Clone, Debug)]
pub struct Proof {
    pub(crate) mac: CodeMac,
}

impl Draft {
    pub(crate) fn new(phone: Phone, key: PhoneKey, keys: &MacKeys, queue: &dyn Challenges) -> Self {
        let id = random_id();
        let code = random_code();
        let mac = keys.sign(&id.to_string(), &phone, &code);
        Self {
            destination: queue.destination(&key),
            system: queue.system(),
            challenge: NewChallenge {
                id,
                phone: key,
                mac,
            },
            phone,
            code,
        }
    }

    /// The id of the challenge.
    pub fn id(&self) -> ChallengeId {
        self.challenge.id
    }

    /// The stream that the message will go to.
    pub fn destination(&self) -> &str {
        &self.destination
    }

    /// What stands behind the queue: `redis` or `memory`.
    pub fn system(&self) -> &'static str {
        self.system
    }
}

impl Named {
    pub(crate) fn new(text: String) -> Self {
        let id = text.parse().unwrap_or_else(|_| random_id());
        Self { text, id }
    }
}

fn random_id() -> ChallengeId {
    ChallengeId::from_bytes(rand::random())
}

/// A range draw rejects what would make some codes likelier than others; a remainder would not.
fn random_code() -> Code {
    let number = rand::rng().random_range(0..COUNT);
    Code::from_number(number).expect("the draw is below the number of codes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_digits_are_uniform() {
        let draws = 20_000_u32;
        let mut seen = [0_u32; 10];

        for _ in 0..draws {
            let digit = random_code().expose().as_bytes()[0] - b'0';
            seen[usize::from(digit)] += 1;
        }

        // Six sigma of a binomial draw: fails by chance once in some fifty million runs.
        let expected = f64::from(draws) / 10.0;
        let bound = 6.0 * (f64::from(draws) * 0.1 * 0.9).sqrt();
        for (digit, count) in seen.iter().enumerate() {
            assert!(
                (f64::from(*count) - expected).abs() < bound,
                "{digit}: {count}"
            );
        }
    }

    #[test]
    fn an_id_of_a_foreign_form_is_an_unknown_challenge() {
        let (one, two) = (Named::new("not-ours".into()), Named::new("not-ours".into()));

        assert_ne!(one.id, two.id);
        assert_eq!(one.text, "not-ours");
    }
}
