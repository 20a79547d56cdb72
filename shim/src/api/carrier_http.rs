//! Carriers of the `http` crate, and so of axum, hyper, reqwest and tonic's requests.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{ExtractCarrier, InjectCarrier, RefusedEntry};

impl InjectCarrier for HeaderMap {
    fn set(&mut self, key: &str, value: String) -> Result<(), RefusedEntry> {
        let refused = || RefusedEntry::new(key);
        let name = HeaderName::from_bytes(key.as_bytes()).map_err(|_| refused())?;
        let value = HeaderValue::from_maybe_shared(value.into_bytes()).map_err(|_| refused())?;
        self.insert(name, value);
        Ok(())
    }
}

impl ExtractCarrier for HeaderMap {
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a str, &'a str)) {
        for (name, value) in self {
            if let Some(value) = text(value) {
                visitor(name.as_str(), value);
            }
        }
    }

    fn get<'a>(&'a self, key: &str) -> Option<&'a str> {
        Self::get_all(self, key).iter().find_map(text)
    }

    fn get_all<'a>(&'a self, key: &str) -> Vec<&'a str> {
        Self::get_all(self, key).iter().filter_map(text).collect()
    }
}

/// `HeaderValue::to_str` refuses what is not ASCII, but old clients send baggage as plain UTF-8.
fn text(value: &HeaderValue) -> Option<&str> {
    std::str::from_utf8(value.as_bytes()).ok()
}
