//! The text message on its way through the queue.
//!
//! `auth` seals, `sms` opens. Between them lies Redis, whose dump must tell neither the code nor the number. The challenge
//! id is bound to the message as associated data, so that a payload moved to another queue entry does not open.

use std::fmt;

use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::zeroize::Zeroizing;
use sha2::{Digest, Sha256};

use crate::code::DIGITS;
use crate::secret::Key;
use crate::{Code, Phone};

/// What the configured key is hashed with, so that the same key used for anything else gives other bytes.
const PURPOSE: &[u8] = b"login text message, sealed, 1\0";

/// Length of the nonce in front of the sealed bytes.
const NONCE: usize = 24;

/// A code and whom to send it to.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The receiver.
    pub phone: Phone,
    /// What the receiver will type.
    pub code: Code,
}

/// Seals letters under the first of its keys and opens letters under any of them, so that a key can be replaced while
/// messages wait in the queue.
#[derive(Clone)]
pub struct Sealer {
    // The extended nonce of 192 bits may be drawn at random for every message; one of 96 bits may not, for ever.
    ciphers: Vec<XChaCha20Poly1305>,
}

/// The bytes are not a letter for this challenge under any of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sealed message does not open")]
pub struct DoesNotOpen;

impl Sealer {
    /// Seals with `newest`, and opens with it or with one of `older`.
    pub fn new(newest: &Key, older: &[Key]) -> Self {
        let ciphers = std::iter::once(newest)
            .chain(older)
            .map(|key| {
                let derived = Sha256::new()
                    .chain_update(PURPOSE)
                    .chain_update(key.expose())
                    .finalize();
                XChaCha20Poly1305::new(&derived)
            })
            .collect();
        Self { ciphers }
    }

    /// Seals a letter for the challenge of this id.
    pub fn seal(&self, challenge: &str, letter: &Letter) -> Vec<u8> {
        // The code has a fixed length, so the two need no separator.
        let clear = Zeroizing::new([letter.code.expose(), letter.phone.e164()].concat());
        let nonce = XNonce::generate();
        let payload = Payload {
            msg: clear.as_bytes(),
            aad: challenge.as_bytes(),
        };
        let sealed = self.ciphers[0]
            .encrypt(&nonce, payload)
            .expect("a few bytes are below the limit of the cipher");

        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`Sealer::seal`] made for the same challenge.
    ///
    /// # Errors
    ///
    /// [`DoesNotOpen`] for anything else, without saying what was wrong.
    pub fn open(&self, challenge: &str, sealed: &[u8]) -> Result<Letter, DoesNotOpen> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE).ok_or(DoesNotOpen)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| DoesNotOpen)?;

        let clear = self
            .ciphers
            .iter()
            .find_map(|cipher| {
                cipher
                    .decrypt(
                        &nonce,
                        Payload {
                            msg: sealed,
                            aad: challenge.as_bytes(),
                        },
                    )
                    .ok()
            })
            .map(Zeroizing::new)
            .ok_or(DoesNotOpen)?;

        let clear = std::str::from_utf8(&clear).map_err(|_| DoesNotOpen)?;
        let (code, phone) = clear.split_at_checked(DIGITS).ok_or(DoesNotOpen)?;
        Ok(Letter {
            phone: Phone::parse(phone, None).map_err(|_| DoesNotOpen)?,
            code: Code::parse(code).map_err(|_| DoesNotOpen)?,
        })
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Sealer")
            .field("keys", &self.ciphers.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter {
            phone: Phone::parse("+8613800138000", None).unwrap(),
            code: Code::parse("012345").unwrap(),
        }
    }

    #[test]
    fn a_sealed_letter_opens_for_its_challenge_only() {
        let sealer = Sealer::new(&Key::random(), &[]);

        let sealed = sealer.seal("one", &letter());

        let opened = sealer.open("one", &sealed).unwrap();
        assert_eq!(
            (opened.phone.e164(), opened.code.expose()),
            ("+8613800138000", "012345")
        );
        assert_eq!(sealer.open("two", &sealed).unwrap_err(), DoesNotOpen);
    }

    #[test]
    fn two_seals_of_one_letter_differ() {
        let sealer = Sealer::new(&Key::random(), &[]);

        assert_ne!(sealer.seal("one", &letter()), sealer.seal("one", &letter()));
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let sealer = Sealer::new(&Key::random(), &[]);
        let sealed = sealer.seal("one", &letter());

        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(
                sealer.open("one", &changed).is_err(),
                "byte {at} was changed"
            );
            assert!(
                sealer.open("one", &sealed[..at]).is_err(),
                "cut at byte {at}"
            );
        }
    }

    #[test]
    fn an_older_key_still_opens() {
        let (old, new) = (Key::random(), Key::random());
        let sealed = Sealer::new(&old, &[]).seal("one", &letter());

        assert!(Sealer::new(&new, &[old]).open("one", &sealed).is_ok());
        assert!(Sealer::new(&new, &[]).open("one", &sealed).is_err());
    }
}
