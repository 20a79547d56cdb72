//! W3C Baggage.

use std::borrow::Cow;
use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::outcome::{Outcome, Read};
use super::trim;
use crate::bridge::with_live_baggage;

const BAGGAGE: &str = "baggage";
static FIELDS: LazyLock<[String; 1]> = LazyLock::new(|| [BAGGAGE.to_owned()]);

/// Limits for all headers together, read and written.
const MAX_MEMBERS: usize = 64;
pub(super) const MAX_BYTES: usize = 8192;

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
///
/// The limits are those of the recommendation, 64 items and 8192 bytes over all headers, read and written. What goes
/// beyond is left out, whole items only: a header too long for a server would cost the request.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::{Context, KeyValue, baggage::BaggageExt, propagation::TextMapPropagator};
/// use opentracing_shim::propagation::BaggagePropagator;
///
/// let cx = Context::new().with_baggage([KeyValue::new("note", " 100% ")]);
/// let mut headers = HashMap::new();
/// BaggagePropagator::new().inject_context(&cx, &mut headers);
/// assert_eq!(headers["baggage"], "note=%20100%25%20");
/// ```
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
        with_live_baggage(cx, |baggage| inject(baggage, injector));
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        match read(extractor) {
            Read::Absent => cx.clone(),
            Read::Nothing(outcome) => outcome.leave_in(cx),
            Read::Valid(mut baggage) => {
                fill(&mut baggage, cx.baggage());
                cx.with_baggage(baggage)
            }
        }
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(FIELDS.as_slice())
    }
}

pub(super) fn inject(baggage: &Baggage, injector: &mut dyn Injector) {
    if baggage.is_empty() {
        return;
    }
    let mut header = String::new();
    for (key, value, metadata) in sorted(baggage) {
        let end = header.len();
        if end > 0 {
            header.push(',');
        }
        header.push_str(key);
        header.push('=');
        header.extend(utf8_percent_encode(value, VALUE));
        if !metadata.is_empty() && metadata.split(';').all(|text| property(text).is_some()) {
            header.push(';');
            header.push_str(metadata);
        }
        if header.len() > MAX_BYTES {
            header.truncate(end);
        }
    }
    if !header.is_empty() {
        injector.set(BAGGAGE, header);
    }
}

/// Reads all headers. Members that are wrong are left out; if nothing else is there, one of them is the reason.
pub(super) fn read(extractor: &dyn Extractor) -> Read<Baggage> {
    let headers = extractor.get_all(BAGGAGE).unwrap_or_default();
    if headers.is_empty() {
        return Read::Absent;
    }
    let members = headers.iter().flat_map(|header| header.split(','));
    let mut baggage = Baggage::new();
    let mut reason = None;
    let mut bytes = 0;
    for member in members.take(MAX_MEMBERS) {
        bytes += member.len() + usize::from(bytes > 0);
        if bytes > MAX_BYTES {
            reason = Some("too long");
            break;
        }
        match parse(trim(member)) {
            Ok(Some((key, value, metadata))) => {
                baggage.insert_with_metadata(key.to_owned(), value.into_owned(), metadata);
            }
            Ok(None) => {}
            Err(what) => reason = Some(what),
        }
    }
    match reason {
        _ if !baggage.is_empty() => Read::Valid(baggage),
        Some(reason) => Read::Nothing(Outcome::corrupt(BAGGAGE, reason)),
        None => Read::Nothing(Outcome::Silent),
    }
}

/// Adds those items of `other` whose keys are not there yet.
pub(super) fn fill(baggage: &mut Baggage, other: &Baggage) {
    for (key, (value, metadata)) in other {
        if baggage.get(key).is_none() {
            baggage.insert_with_metadata(key.clone(), value.clone(), metadata.clone());
        }
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

type Member<'a> = (&'a str, Cow<'a, str>, String);

/// One member of the list: `key=value`, and properties of which those that are wrong are left out.
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
    let properties: Vec<_> = metadata.split(';').filter_map(property).collect();
    Ok(Some((
        key,
        percent_decode_str(value).decode_utf8_lossy(),
        properties.join(";"),
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

/// `key` or `key=value`, without the blanks around them.
fn property(text: &str) -> Option<Cow<'_, str>> {
    let Some((key, value)) = text.split_once('=') else {
        let key = trim(text);
        return is_token(key).then_some(key.into());
    };
    let (key, value) = (trim(key), trim(value));
    let is_property = is_token(key) && value.bytes().all(is_octet);
    is_property.then(|| format!("{key}={value}").into())
}
