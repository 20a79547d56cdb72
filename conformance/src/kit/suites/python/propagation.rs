//! Out to a carrier and back, with a child on the other side.

use std::collections::HashMap;

use opentracing_shim::{ExtractError, Format, InjectError};

use super::case;
use crate::kit::ask::{items, pairs};
use crate::kit::carrier::round_trip;
use crate::kit::{Capability, Case, Subject};

const ROUND_TRIP: &[Capability] = &[
    Capability::Identity,
    Capability::Inject,
    Capability::Extract,
];

pub(super) const CASES: &[Case] = &[
    case(
        "python.text_propagation",
        "test_text_propagation",
        ROUND_TRIP,
        text_propagation,
    ),
    case(
        "python.text_propagation.baggage",
        "test_text_propagation",
        &[Capability::Baggage, Capability::Inject, Capability::Extract],
        baggage_propagation,
    ),
    case(
        "python.binary_propagation",
        "test_binary_propagation",
        &[
            Capability::Identity,
            Capability::Inject,
            Capability::Extract,
            Capability::Binary,
        ],
        binary_propagation,
    ),
    case(
        "python.mandatory_formats",
        "test_mandatory_formats",
        ROUND_TRIP,
        mandatory_formats,
    ),
    case(
        "python.unknown_format",
        "test_unknown_format",
        &[Capability::Inject, Capability::Extract],
        unknown_format,
    ),
];

fn text_propagation(subject: &Subject) {
    continue_over(subject, Format::TextMap);
}

fn binary_propagation(subject: &Subject) {
    continue_over(subject, Format::Binary);
}

fn mandatory_formats(subject: &Subject) {
    for format in [Format::TextMap, Format::HttpHeaders] {
        continue_over(subject, format);
    }
    if subject.has(Capability::Binary) {
        continue_over(subject, Format::Binary);
    }
}

fn continue_over(subject: &Subject, format: Format<'_>) {
    let sender = subject.root("sender");
    let context = round_trip(&subject.tracer, &sender, format);

    let receiver = subject
        .tracer
        .build_span("receiver")
        .child_of(&context)
        .start();
    receiver.finish();
    sender.finish();

    subject.assert_same_context(&sender, &context);
    subject.assert_parent(&sender, &receiver);
}

/// Baggage travels, also that of a span without ids.
fn baggage_propagation(subject: &Subject) {
    let sender = subject.root("sender");
    sender
        .set_baggage_item("color", "blue")
        .set_baggage_item("shape", "round");
    let binary = subject.has(Capability::Binary).then_some(Format::Binary);
    for format in [Format::TextMap, Format::HttpHeaders]
        .into_iter()
        .chain(binary)
    {
        let context = round_trip(&subject.tracer, &sender, format);

        let expected = pairs([("color", "blue"), ("shape", "round")]);
        assert_eq!(items(&context), expected, "{format:?}");
    }
    sender.finish();
}

fn unknown_format(subject: &Subject) {
    let span = subject.root("a");
    let format = Format::Custom("nobody knows this");

    let injected = subject.tracer.inject(&span, format, &mut HashMap::new());
    let extracted = subject
        .tracer
        .extract(format, &HashMap::<String, String>::new());

    assert!(
        matches!(injected, Err(InjectError::UnsupportedFormat(_))),
        "{injected:?}"
    );
    assert!(
        matches!(extracted, Err(ExtractError::UnsupportedFormat(_))),
        "{extracted:?}"
    );
    span.finish();
}
