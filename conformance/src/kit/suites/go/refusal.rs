//! What must be refused. A carrier of a wrong type does not compile here; the others have errors.

use std::sync::Arc;

use opentracing_shim::api::backend::SpanContextBackend;
use opentracing_shim::{Baggage, ExtractError, Format, InjectError, SpanContext};

use super::case;
use super::propagation::assert_unsupported;
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
        let mut carrier: Vec<(String, String)> = Vec::new();

        let injected = subject.tracer.inject(&foreign, format, &mut carrier);

        assert!(
            matches!(injected, Err(InjectError::ForeignContext)),
            "{format:?}: {injected:?}"
        );
        assert!(carrier.is_empty(), "{format:?}: {carrier:?}");
    }
}

/// The tracer's own fields with nonsense in them.
fn invalid_extract(subject: &Subject) {
    let span = subject.tracer.build_span("sender").start();
    for format in formats(subject) {
        let mut carrier: Vec<(String, String)> = Vec::new();
        let injected = subject.tracer.inject(&span, format, &mut carrier);
        assert!(injected.is_ok(), "{format:?}: {injected:?}");
        for (_, value) in &mut carrier {
            "\u{fffd}?!".clone_into(value);
        }

        let extracted = subject.tracer.extract(format, &carrier);

        assert!(
            matches!(extracted, Err(ExtractError::Corrupted { .. })),
            "{format:?}: {extracted:?}"
        );
    }
    span.finish();
}
