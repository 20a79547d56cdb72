//! What the fuzz targets share: an input is the head of a request, one `name: value` on each line.

use std::collections::HashSet;

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt};

/// More may come to more than what is written at most, and would not come back.
const MAX_BYTES: usize = 2048;

/// The head of a request. Names have no case and may repeat.
#[derive(Debug, Default)]
struct Head(Vec<(String, String)>);

impl Head {
    /// Lines without a colon have an empty value.
    fn parse(text: &str) -> Self {
        let lines = text.split('\n').map(|line| {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            (name.to_owned(), value.to_owned())
        });
        Self(lines.collect())
    }
}

impl Injector for Head {
    fn set(&mut self, key: &str, value: String) {
        self.0.push((key.to_owned(), value));
    }
}

impl Extractor for Head {
    fn get(&self, key: &str) -> Option<&str> {
        self.get_all(key)?.first().copied()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let is_named = |(name, _): &&(String, String)| name.eq_ignore_ascii_case(key);
        let named = self.0.iter().filter(is_named);
        let values: Vec<_> = named.map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then_some(values)
    }
}

/// Reads the head, and holds the propagator to what it read: it is written in printable ASCII, comes back the same, and
/// replaced what was there before only if it is valid.
pub fn check(propagator: &dyn TextMapPropagator, text: &str) {
    if text.len() > MAX_BYTES {
        return;
    }
    let head = Head::parse(text);
    let cx = propagator.extract_with_context(&Context::new(), &head);
    let mut sent = Head::default();
    propagator.inject_context(&cx, &mut sent);
    for (name, value) in &sent.0 {
        assert!(name.bytes().all(|byte| byte.is_ascii_graphic()), "{name:?}");
        assert!(
            value.bytes().all(|byte| matches!(byte, b' '..=b'~')),
            "{value:?}"
        );
    }

    let again = propagator.extract_with_context(&Context::new(), &sent);
    let [read, same] = [&cx, &again].map(|cx| cx.span().span_context().clone());
    if read.is_valid() {
        assert_eq!(
            (read.trace_id(), read.span_id(), read.trace_flags()),
            (same.trace_id(), same.span_id(), same.trace_flags())
        );
    }
    if !has_twins(cx.baggage()) {
        assert_eq!(items(cx.baggage()), items(again.baggage()));
    }

    let before = Context::new().with_remote_span_context(known());
    let after = propagator.extract_with_context(&before, &head);
    let expected = if read.is_valid() { read } else { known() };
    assert_eq!(after.span().span_context(), &expected);
}

fn known() -> SpanContext {
    SpanContext::new(
        1_u128.into(),
        2_u64.into(),
        Default::default(),
        true,
        Default::default(),
    )
}

/// Whether some keys differ in case alone, which headers of their own do not tell apart.
fn has_twins(baggage: &Baggage) -> bool {
    let keys = baggage.iter().map(|(key, _)| key.as_str().to_lowercase());
    keys.collect::<HashSet<_>>().len() < baggage.len()
}

fn items(baggage: &Baggage) -> Vec<(String, String)> {
    let item = |(key, (value, _)): (&opentelemetry::Key, &(opentelemetry::StringValue, _))| {
        (key.to_string(), value.to_string())
    };
    let mut items: Vec<_> = baggage.iter().map(item).collect();
    items.sort_unstable();
    items
}
