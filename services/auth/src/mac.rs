//! How a code is kept: as a MAC under a key that the store does not have.
//!
//! A million candidates are tried in a second, however slow the hash. What protects the stored form of a code is only the
//! key.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use platform::secret::Key;
use platform::{Code, Phone};
use sha2::{Digest, Sha256};
use store::{CodeMac, PhoneKey};
use subtle::ConstantTimeEq;

/// What a MAC is about, so that one made for a code can never pass for one of another kind.
const CODE: &[u8] = b"login code 1";

/// The same, for the hash of a phone number.
const PHONE: &[u8] = b"login phone 1";

/// Bytes of a key id, in front of every stored MAC.
const KEY_ID: usize = 4;

/// The keys of codes: the first signs, all verify, so that a key can be replaced while codes are on their way.
#[derive(Clone)]
pub struct MacKeys {
    keys: Vec<Named>,
}

/// The key of the hash under which a phone number is known to the store.
#[derive(Clone, Debug)]
pub struct PhoneHash(Key);

#[derive(Clone)]
struct Named {
    id: [u8; KEY_ID],
    key: Key,
}

impl MacKeys {
    /// Signs with `newest`, and verifies with it or with one of `older`.
    pub fn new(newest: Key, older: impl IntoIterator<Item = Key>) -> Self {
        let keys = std::iter::once(newest)
            .chain(older)
            .map(Named::new)
            .collect();
        Self { keys }
    }

    /// What is stored of a code: the id of the key, then the MAC.
    pub fn sign(&self, challenge: &str, phone: &Phone, code: &Code) -> CodeMac {
        let newest = &self.keys[0];
        let mac = newest.mac(challenge, phone, code);
        CodeMac::from_bytes([&newest.id[..], &mac].concat())
    }

    /// Whether the code is the one that was stored.
    ///
    /// Nothing stored, or under a key that is gone, costs the same MAC and the same comparison, so that the time does not
    /// tell an unknown challenge from a wrong code.
    pub fn verify(
        &self,
        challenge: &str,
        phone: &Phone,
        code: &Code,
        stored: Option<&CodeMac>,
    ) -> bool {
        let stored = stored.and_then(|stored| stored.as_bytes().split_first_chunk::<KEY_ID>());
        let key = stored.and_then(|(id, _)| self.keys.iter().find(|key| key.id == *id));
        let expected = key.unwrap_or(&self.keys[0]).mac(challenge, phone, code);

        let (found, mac) = match (key, stored) {
            (Some(_), Some((_, mac))) => (true, mac),
            _ => (false, &[0; 32][..]),
        };
        let equal: bool = expected.ct_eq(mac).into();
        found & equal
    }
}

impl Named {
    fn new(key: Key) -> Self {
        let digest = Sha256::new()
            .chain_update(b"key id\0")
            .chain_update(key.expose())
            .finalize();
        let id = *digest.first_chunk().expect("a SHA-256 has 32 bytes");
        Self { id, key }
    }

    fn mac(&self, challenge: &str, phone: &Phone, code: &Code) -> [u8; 32] {
        let fields = [
            CODE,
            challenge.as_bytes(),
            phone.e164().as_bytes(),
            code.expose().as_bytes(),
        ];
        mac(&self.key, &fields)
    }
}

impl PhoneHash {
    /// Hashes under this key.
    pub fn new(key: Key) -> Self {
        Self(key)
    }

    /// The name of a phone number in the store.
    pub fn hash(&self, phone: &Phone) -> PhoneKey {
        PhoneKey::from_bytes(mac(&self.0, &[PHONE, phone.e164().as_bytes()]))
    }
}

/// HMAC-SHA-256 over fields with their lengths in front: without those, moving a digit from one field to its neighbour
/// would give the same bytes.
fn mac(key: &Key, fields: &[&[u8]]) -> [u8; 32] {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.expose()).expect("HMAC takes a key of any length");
    for field in fields {
        let length = u32::try_from(field.len()).expect("fields are far below 4 GiB");
        mac.update(&length.to_be_bytes());
        mac.update(field);
    }
    mac.finalize().into_bytes().into()
}

impl fmt::Debug for MacKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MacKeys")
            .field("keys", &self.keys.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(number: &str) -> Phone {
        Phone::parse(number, None).unwrap()
    }

    fn code(digits: &str) -> Code {
        Code::parse(digits).unwrap()
    }

    #[test]
    fn a_mac_is_for_one_challenge_one_phone_and_one_code() {
        let keys = MacKeys::new(Key::random(), []);
        let (ours, theirs) = (phone("+8613800138000"), phone("+8613800138001"));

        let stored = keys.sign("one", &ours, &code("012345"));

        assert!(keys.verify("one", &ours, &code("012345"), Some(&stored)));
        assert!(!keys.verify("two", &ours, &code("012345"), Some(&stored)));
        assert!(!keys.verify("one", &theirs, &code("012345"), Some(&stored)));
        assert!(!keys.verify("one", &ours, &code("012346"), Some(&stored)));
        assert!(!keys.verify("one", &ours, &code("012345"), None));
    }

    #[test]
    fn an_older_key_still_verifies_until_it_is_gone() {
        let (old, new) = (Key::random(), Key::random());
        let phone = phone("+8613800138000");
        let stored = MacKeys::new(old.clone(), []).sign("one", &phone, &code("012345"));

        let rotated = MacKeys::new(new.clone(), [old]);
        let retired = MacKeys::new(new, []);

        assert!(rotated.verify("one", &phone, &code("012345"), Some(&stored)));
        assert!(!retired.verify("one", &phone, &code("012345"), Some(&stored)));
    }

    #[test]
    fn garbage_in_the_store_verifies_nothing() {
        let keys = MacKeys::new(Key::random(), []);
        let phone = phone("+8613800138000");
        let stored = keys.sign("one", &phone, &code("012345"));

        for length in 0..stored.as_bytes().len() {
            let cut = CodeMac::from_bytes(&stored.as_bytes()[..length]);
            assert!(
                !keys.verify("one", &phone, &code("012345"), Some(&cut)),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn neighbouring_fields_do_not_run_into_each_other() {
        let key = Key::random();

        assert_ne!(mac(&key, &[b"12", b"3"]), mac(&key, &[b"1", b"23"]));
    }

    #[test]
    fn a_phone_has_one_name_for_each_key() {
        let (one, two) = (PhoneHash::new(Key::random()), PhoneHash::new(Key::random()));
        let phone = phone("+8613800138000");

        assert_eq!(one.hash(&phone), one.hash(&phone));
        assert_ne!(one.hash(&phone), two.hash(&phone));
    }
}
