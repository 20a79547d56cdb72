//! Out to a carrier and back.

use opentracing_shim::{ExtractError, Format, InjectError};

use super::case;
use crate::kit::{Capability, Case, Subject};

const NEEDS: &[Capability] = &[
    Capability::Identity,
    Capability::Inject,
    Capability::Extract,
];

pub(super) const CASES: &[Case] = &[
    case(
        "go.text_propagation",
        "TestTextPropagation",
        NEEDS,
        text_propagation,
    ),
    case(
        "go.http_propagation",
        "TestHTTPPropagation",
        NEEDS,
        http_propagation,
    ),
    case(
        "go.binary_propagation",
        "TestBinaryPropagation",
        NEEDS,
        binary_propagation,
    ),
    case(
        "go.mandatory_formats",
        "TestMandatoryFormats",
        NEEDS,
        mandatory_formats,
    ),
];

fn text_propagation(subject: &Subject) {
    round_trip(subject, Format::TextMap);
}

fn http_propagation(subject: &Subject) {
    round_trip(subject, Format::HttpHeaders);
}

/// Offered, or refused on both sides.
fn binary_propagation(subject: &Subject) {
    if subject.has(Capability::Binary) {
        round_trip(subject, Format::Binary);
    } else {
        assert_unsupported(subject, Format::Binary);
    }
}

fn mandatory_formats(subject: &Subject) {
    text_propagation(subject);
    http_propagation(subject);
    binary_propagation(subject);
}

fn round_trip(subject: &Subject, format: Format<'_>) {
    let span = subject.tracer.build_span("sender").start();
    let mut carrier: Vec<(String, String)> = Vec::new();

    let injected = subject.tracer.inject(&span, format, &mut carrier);
    let extracted = subject.tracer.extract(format, &carrier);

    assert!(injected.is_ok(), "{format:?}: {injected:?}");
    let Ok(Some(context)) = extracted else {
        panic!("{format:?}: what was injected is not extracted: {extracted:?}");
    };
    assert_eq!(context.baggage_items().count(), 0, "there was no baggage");
    subject.assert_same_context(&span, &context);
    span.finish();
}

pub(super) fn assert_unsupported(subject: &Subject, format: Format<'_>) {
    let span = subject.tracer.build_span("sender").start();
    let mut carrier: Vec<(String, String)> = Vec::new();

    let injected = subject.tracer.inject(&span, format, &mut carrier);
    let extracted = subject.tracer.extract(format, &carrier);

    assert!(
        matches!(injected, Err(InjectError::UnsupportedFormat(_))),
        "{format:?}: {injected:?}"
    );
    assert!(
        matches!(extracted, Err(ExtractError::UnsupportedFormat(_))),
        "{format:?}: {extracted:?}"
    );
    assert!(carrier.is_empty(), "{format:?}: {carrier:?}");
    span.finish();
}
