//! Out to a carrier and back.

use opentracing_shim::{ExtractError, Format, InjectError};

use super::case;
use crate::kit::carrier::{Carrier, round_trip};
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
    come_back(subject, Format::TextMap);
}

fn http_propagation(subject: &Subject) {
    come_back(subject, Format::HttpHeaders);
}

/// Offered, or refused on both sides.
fn binary_propagation(subject: &Subject) {
    if subject.has(Capability::Binary) {
        come_back(subject, Format::Binary);
    } else {
        assert_unsupported(subject, Format::Binary);
    }
}

fn mandatory_formats(subject: &Subject) {
    text_propagation(subject);
    http_propagation(subject);
    binary_propagation(subject);
}

fn come_back(subject: &Subject, format: Format<'_>) {
    let span = subject.tracer.build_span("sender").start();

    let context = round_trip(&subject.tracer, &span, format);

    assert_eq!(context.baggage_items().count(), 0, "there was no baggage");
    subject.assert_same_context(&span, &context);
    span.finish();
}

pub(super) fn assert_unsupported(subject: &Subject, format: Format<'_>) {
    let span = subject.tracer.build_span("sender").start();

    let (carrier, injected) = Carrier::filled(&subject.tracer, &span, format);
    let extracted = carrier.read(&subject.tracer, format);

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
