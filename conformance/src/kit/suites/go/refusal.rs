//! What must be refused. What is no carrier at all does not compile; everything else has an error.

use std::sync::Arc;

use opentracing_shim::api::backend::SpanContextBackend;
use opentracing_shim::{Baggage, ExtractError, Format, InjectError, SpanContext};

use super::case;
use super::propagation::assert_unsupported;
use crate::kit::carrier::Carrier;
use crate::kit::{Capability, Case, Subject};

pub(super) const CASES: &[Case] = &[
    case(
        "go.unknown_format",
        "TestUnknownFormat",
        &[Capability::Inject, Capability::Extract],
        unknown_format,
    ),
    case(
        "go.invalid_inject",
        "TestInvalidInject",
        &[Capability::Inject],
        invalid_inject,
    ),
    case(
        "go.invalid_extract",
        "TestInvalidExtract",
        &[
            Capability::Identity,
            Capability::Inject,
            Capability::Extract,
        ],
        invalid_extract,
    ),
];

/// The context of a tracer that nobody knows.
#[derive(Debug, Default)]
struct Foreign(Baggage);

impl SpanContextBackend for Foreign {
    fn trace_id(&self) -> String {
        "1".to_owned()
    }

    fn span_id(&self) -> String {
        "2".to_owned()
    }

    fn is_sampled(&self) -> bool {
        true
    }

    fn baggage(&self) -> &Baggage {
        &self.0
    }
}

fn formats(subject: &Subject) -> impl Iterator<Item = Format<'static>> {
    [Format::TextMap, Format::HttpHeaders]
        .into_iter()
        .chain(subject.has(Capability::Binary).then_some(Format::Binary))
}

fn unknown_format(subject: &Subject) {
    assert_unsupported(subject, Format::Custom("nobody knows this"));
}

fn invalid_inject(subject: &Subject) {
    let foreign = SpanContext::from_backend(Arc::new(Foreign::default()));
    for format in formats(subject) {
        let (carrier, injected) = Carrier::filled(&subject.tracer, &foreign, format);

        assert!(
            matches!(injected, Err(InjectError::ForeignContext)),
            "{format:?}: {injected:?}"
        );
        assert!(carrier.is_empty(), "{format:?}: {carrier:?}");
    }
    if subject.has(Capability::Binary) {
        let span = subject.root("sender");
        let mut entries: Vec<(String, String)> = Vec::new();

        let injected = subject.tracer.inject(&span, Format::Binary, &mut entries);

        assert!(
            matches!(injected, Err(InjectError::WrongCarrier(_))),
            "entries are no carrier of Binary: {injected:?}"
        );
        span.finish();
    }
}

/// The tracer's own fields with nonsense in them, and carriers of the other kind.
fn invalid_extract(subject: &Subject) {
    let span = subject.root("sender");
    for format in formats(subject) {
        let (mut carrier, injected) = Carrier::filled(&subject.tracer, &span, format);
        assert!(injected.is_ok(), "{format:?}: {injected:?}");
        carrier.corrupt();

        let extracted = carrier.read(&subject.tracer, format);

        assert!(
            matches!(extracted, Err(ExtractError::Corrupted { .. })),
            "{format:?}: {extracted:?}"
        );
    }
    if subject.has(Capability::Binary) {
        let entries: [(&str, &str); 0] = [];
        let bytes: Vec<u8> = Vec::new();
        for extracted in [
            subject.tracer.extract(Format::Binary, &entries),
            subject.tracer.extract(Format::HttpHeaders, &bytes),
        ] {
            assert!(
                matches!(extracted, Err(ExtractError::WrongCarrier)),
                "{extracted:?}"
            );
        }
    }
    span.finish();
}
