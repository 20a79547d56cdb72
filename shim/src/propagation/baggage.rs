//! W3C Baggage.

use std::borrow::Cow;
use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::outcome::{corrupt, silent};

const BAGGAGE: &str = "baggage";
static FIELDS: LazyLock<[String; 1]> = LazyLock::new(|| [BAGGAGE.to_owned()]);

/// Everything but the unreserved characters. More than is necessary, and read alike by every decoder: a plus sign, for
/// one, is a blank to some.
pub(super) const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Strict W3C Baggage that brings every value back as it was.
///
/// The SDK's own does not escape `%`, trims values, and replaces the baggage that another propagator found. This one
/// unites: on a repeated key the header wins. Properties of an item are kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct BaggagePropagator(());

impl BaggagePropagator {
    /// The propagator.
    pub fn new() -> Self {
        Self::default()
    }
}

impl TextMapPropagator for BaggagePropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let baggage = cx.baggage();
        if baggage.is_empty() {
            return;
        }
        let mut header = String::new();
        for (key, value, metadata) in sorted(baggage) {
            if !header.is_empty() {
                header.push(',');
            }
            header.push_str(key);
            header.push('=');
            header.extend(utf8_percent_encode(value, VALUE));
            if is_metadata(metadata) {
                header.push(';');
                header.push_str(metadata);
            }
        }
        injector.set(BAGGAGE, header);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let headers = extractor.get_all(BAGGAGE).unwrap_or_default();
        if headers.is_empty() {
            return cx.clone();
        }
        let mut baggage = Baggage::new();
        let mut reason = None;
        for member in headers
            .iter()
            .flat_map(|header| header.split(','))
            .map(trim)
        {
            match parse(member) {
                Ok(Some((key, value, metadata))) => {
                    baggage.insert_with_metadata(key.to_owned(), value.into_owned(), metadata);
                }
                Ok(None) => {}
                Err(what) => reason = Some(what),
            }
        }
        match reason {
            _ if !baggage.is_empty() => unite(cx, baggage),
            Some(reason) => corrupt(cx, BAGGAGE, reason),
            None => silent(cx),
        }
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(FIELDS.as_slice())
    }
}

/// The items in the order of their keys, so that equal baggage makes equal headers.
pub(super) fn sorted(baggage: &Baggage) -> Vec<(&str, &str, &str)> {
    let mut items: Vec<_> = baggage
        .iter()
        .map(|(key, (value, metadata))| (key.as_str(), value.as_str(), metadata.as_str()))
        .collect();
    items.sort_unstable();
    items
}

/// `cx` with `baggage` and those items of its own that are not in it.
pub(super) fn unite(cx: &Context, mut baggage: Baggage) -> Context {
    for (key, (value, metadata)) in cx.baggage() {
        if baggage.get(key).is_none() {
            baggage.insert_with_metadata(key.clone(), value.clone(), metadata.clone());
        }
    }
    cx.with_baggage(baggage)
}

type Member<'a> = (&'a str, Cow<'a, str>, &'a str);

/// One member of the list: `key=value;metadata`.
fn parse(member: &str) -> Result<Option<Member<'_>>, &'static str> {
    if member.is_empty() {
        return Ok(None);
    }
    let (pair, metadata) = member.split_once(';').unwrap_or((member, ""));
    let (key, value) = pair
        .split_once('=')
        .ok_or("an item without an equals sign")?;
    let (key, value) = (trim(key), trim(value));
    if !is_token(key) {
        return Err("a key that is no token");
    }
    if !value.bytes().all(is_octet) {
        return Err("a value with characters that need escaping");
    }
    Ok(Some((
        key,
        percent_decode_str(value).decode_utf8_lossy(),
        trim(metadata),
    )))
}

fn is_token(key: &str) -> bool {
    let is_token_char =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !key.is_empty() && key.bytes().all(is_token_char)
}

/// `baggage-octet` of the recommendation.
fn is_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\",;\\".contains(&byte)
}

/// Metadata goes out as it came in, unless it would break the list.
fn is_metadata(metadata: &str) -> bool {
    !metadata.is_empty()
        && metadata
            .bytes()
            .all(|byte| byte != b',' && (b' '..=b'~').contains(&byte))
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
