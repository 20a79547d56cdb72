//! Runs of bytes as carriers of [`Format::Binary`](super::Format::Binary).

use super::carrier::NoBytes;
use super::{ExtractCarrier, InjectCarrier, RefusedEntry};

/// Bytes are appended, so a buffer that is used again has to be cleared first.
impl InjectCarrier for Vec<u8> {
    fn set(&mut self, key: &str, _value: String) -> Result<(), RefusedEntry> {
        Err(RefusedEntry::new(key))
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), NoBytes> {
        self.extend_from_slice(bytes);
        Ok(())
    }
}

impl ExtractCarrier for [u8] {
    fn visit<'a>(&'a self, _visitor: &mut dyn FnMut(&'a str, &'a str)) {}

    fn bytes(&self) -> Option<&[u8]> {
        Some(self)
    }
}

impl ExtractCarrier for Vec<u8> {
    fn visit<'a>(&'a self, _visitor: &mut dyn FnMut(&'a str, &'a str)) {}

    fn bytes(&self) -> Option<&[u8]> {
        Some(self)
    }
}

impl<const N: usize> ExtractCarrier for [u8; N] {
    fn visit<'a>(&'a self, _visitor: &mut dyn FnMut(&'a str, &'a str)) {}

    fn bytes(&self) -> Option<&[u8]> {
        Some(self)
    }
}
