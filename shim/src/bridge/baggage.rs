//! Baggage between our store, which takes any key, and OpenTelemetry's, which takes tokens within limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage as OtelBaggage, BaggageExt, BaggageMetadata};

use crate::api::{Baggage, InjectError, baggage::Item};

/// The baggage of an OpenTelemetry context.
pub(super) fn from_otel(cx: &Context) -> Baggage {
    let mut baggage = Baggage::new();
    for (key, (value, metadata)) in cx.baggage() {
        let metadata = Some(metadata.as_str())
            .filter(|text| !text.is_empty())
            .map(Arc::from);
        baggage.insert_item(
            key.as_str().into(),
            Item {
                value: value.as_str().into(),
                metadata,
            },
        );
    }
    baggage
}

/// What OpenTelemetry can hold of `baggage`.
pub(super) fn to_otel(baggage: &Baggage) -> OtelBaggage {
    let mut otel = OtelBaggage::new();
    for (key, item) in baggage.items() {
        let metadata = BaggageMetadata::from(item.metadata.as_deref().unwrap_or_default());
        otel.insert_with_metadata(key.clone(), item.value.clone(), metadata);
    }
    otel
}

/// `cx` with `baggage` and no other. The common case, nothing to change, costs no allocation.
#[inline]
pub(super) fn replace(cx: Context, baggage: &Baggage) -> Context {
    if holds(&cx, baggage) {
        cx
    } else {
        cx.with_baggage(to_otel(baggage))
    }
}

/// What a new span inherits inside a scope: the baggage of the active span as it is now, and what native code changed
/// in the context since that span was activated with `at_activation`.
pub(super) fn merge(live: Baggage, at_activation: &Baggage, cx: &Context) -> Baggage {
    if holds(cx, at_activation) {
        return live;
    }
    let mut merged = live;
    let native = from_otel(cx);
    for (key, item) in native.items() {
        if at_activation.item(key) != Some(item) {
            merged.insert_item(key.clone(), item.clone());
        }
    }
    // Gone from the context means removed there, unless it could not be held in the first place.
    let representable = to_otel(at_activation);
    for (key, item) in at_activation.items() {
        if native.item(key).is_none()
            && representable.get(key).is_some()
            && merged.item(key) == Some(item)
        {
            merged.remove(key);
        }
    }
    merged
}

/// Says that a key cannot leave the process, if that is so. No lock is to be held: a logger may be anybody's.
pub(super) fn report_key(key: &str) {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !key.is_empty() && key.bytes().all(is_plain) || IS_REPORTED.load(Ordering::Relaxed) {
        return;
    }
    // What else is allowed is OpenTelemetry's to know.
    let mut probe = OtelBaggage::new();
    probe.insert(key.to_owned(), "");
    if probe.is_empty() {
        report();
    }
}

/// Whoever ignores the error of `inject` is told in the log, once: the next item would fill it without saying more.
static IS_REPORTED: AtomicBool = AtomicBool::new(false);

fn report() {
    if !IS_REPORTED.swap(true, Ordering::Relaxed) {
        log::warn!(
            "some baggage cannot leave this process: a key is no HTTP token, or there is more than W3C baggage holds; \
             the error of inject names it, this line is not repeated"
        );
    }
}

/// An error if some of `baggage` is not in `cx`, from which it was written.
pub(super) fn check_written(baggage: &Baggage, cx: &Context) -> Result<(), InjectError> {
    let written = cx.baggage();
    if written.len() == baggage.len() {
        return Ok(());
    }
    let mut missing = baggage
        .items()
        .filter(|(key, _)| written.get(key).is_none())
        .map(|(key, _)| key);
    match missing.next() {
        Some(first) => {
            report();
            Err(InjectError::Baggage {
                first: first.as_ref().to_owned(),
                items: 1 + missing.count(),
            })
        }
        None => Ok(()),
    }
}

/// Whether `cx` holds exactly `baggage`.
#[inline]
pub(super) fn holds(cx: &Context, baggage: &Baggage) -> bool {
    let otel = cx.baggage();
    otel.len() == baggage.len()
        && baggage.items().all(|(key, item)| {
            otel.get_with_metadata(key)
                .is_some_and(|(value, metadata)| {
                    value.as_str() == &*item.value
                        && metadata.as_str() == item.metadata.as_deref().unwrap_or_default()
                })
        })
}
