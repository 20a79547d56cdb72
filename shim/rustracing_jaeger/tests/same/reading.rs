//! What comes of input that others have written.

use std::collections::HashMap;
use std::fmt::Debug;

use super::rustracing::carrier::{IterHttpHeaderFields, TextMap};
use super::rustracing_jaeger::Error;
use super::rustracing_jaeger::span::{SpanContext, SpanContextState, TraceId};

struct Fields<'a>(&'a [(String, Vec<u8>)]);

impl<'a> IterHttpHeaderFields<'a> for Fields<'_> {
    type Fields = Box<dyn Iterator<Item = (&'a str, &'a [u8])> + 'a>;

    fn fields(&'a self) -> Self::Fields {
        let fields = self.0.iter();
        Box::new(fields.map(|(name, value)| (name.as_str(), value.as_slice())))
    }
}

struct Map<'a>(&'a HashMap<String, String>);

impl TextMap for Map<'_> {
    fn set(&mut self, _: &str, _: &str) {
        unreachable!("it is only read");
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }
}

fn outcome<T: Debug>(result: Result<T, Error>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{:?}", error.kind()),
    }
}

pub(crate) fn http(fields: &[(String, Vec<u8>)]) -> String {
    outcome(SpanContext::extract_from_http_header(&Fields(fields)))
}

pub(crate) fn text_map(entries: &HashMap<String, String>) -> String {
    let standard = outcome(SpanContext::extract_from_text_map(entries));
    assert_eq!(
        standard,
        outcome(SpanContext::extract_from_text_map(&Map(entries)))
    );
    standard
}

/// The outcome, and how much of the input is left.
pub(crate) fn binary(bytes: &[u8]) -> (String, usize) {
    let mut rest = bytes;
    let context = outcome(SpanContext::extract_from_binary(&mut rest));
    (context, rest.len())
}

pub(crate) fn parsed(text: &str) -> (String, String) {
    (
        outcome(text.parse::<SpanContextState>()),
        outcome(text.parse::<TraceId>()),
    )
}
