//! opentracing-javascript's `apiCompatibilityChecks`.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use opentracing_shim::{Format, InjectCarrier, ReferenceType, RefusedEntry};

use crate::kit::report::Question;
use crate::kit::{Capability, Case, Subject, Suite};

pub(in crate::kit) const SUITE: &[&[Case]] = &[CASES];

const CASES: &[Case] = &[
    case(
        "javascript.start_span_child_of",
        "startSpan should handle Spans and SpanContexts",
        &[],
        start_span_child_of,
    ),
    case(
        "javascript.inject_required_carriers",
        "inject should not throw exception on required carrier types",
        &[],
        inject_required_carriers,
    ),
    case(
        "javascript.inject_span_or_context",
        "inject should handle Spans and SpanContexts",
        &[Capability::Inject],
        inject_span_or_context,
    ),
    case(
        "javascript.extract_required_carriers",
        "extract should not throw exception on required carrier types",
        &[],
        extract_required_carriers,
    ),
    case(
        "javascript.baggage",
        "should set and retrieve baggage",
        &[Capability::Baggage],
        baggage,
    ),
    case(
        "javascript.finish_with_time",
        "finish should accept an optional time",
        &[],
        finish_with_time,
    ),
    case(
        "javascript.reference_span_or_context",
        "Reference should handle Spans and SpanContexts",
        &[],
        reference_span_or_context,
    ),
    case(
        "javascript.to_trace_id",
        "toTraceId should return a string",
        &[Capability::Identity],
        to_trace_id,
    ),
    case(
        "javascript.to_span_id",
        "toSpanId should return a string",
        &[Capability::Identity],
        to_span_id,
    ),
];

const fn case(
    id: &'static str,
    origin: &'static str,
    needs: &'static [Capability],
    run: fn(&Subject),
) -> Case {
    Case::new(Suite::JavaScript, id, origin, needs, run)
}

const FORMATS: [Format<'_>; 4] = [
    Format::TextMap,
    Format::HttpHeaders,
    Format::Binary,
    Format::Custom("nobody knows this"),
];

fn start_span_child_of(subject: &Subject) {
    let parent = subject.root("parent");
    let by_span = subject.tracer.build_span("a").child_of(&parent).start();
    let by_context = subject
        .tracer
        .build_span("b")
        .child_of(parent.context())
        .start();
    for span in [&by_span, &by_context, &parent] {
        span.finish();
    }

    subject.assert_parent(&parent, &by_span);
    subject.assert_parent(&parent, &by_context);
}

fn inject_required_carriers(subject: &Subject) {
    /// A carrier that holds nothing.
    struct Full;

    impl InjectCarrier for Full {
        fn set(&mut self, key: &str, _value: String) -> Result<(), RefusedEntry> {
            Err(RefusedEntry::new(key))
        }
    }

    let span = subject.root("sender");
    for format in FORMATS {
        // Whatever the answer is, there is one.
        let _ = subject.tracer.inject(&span, format, &mut HashMap::new());
        let _ = subject
            .tracer
            .inject(&span, format, &mut Vec::<(String, String)>::new());
        let _ = subject
            .tracer
            .inject(&span, format, &mut http::HeaderMap::new());
        let _ = subject.tracer.inject(&span, format, &mut Full);
    }
    span.finish();
}

fn inject_span_or_context(subject: &Subject) {
    let span = subject.root("sender");
    for format in [Format::TextMap, Format::HttpHeaders] {
        let [mut by_span, mut by_context] = [HashMap::new(), HashMap::new()];

        let first = subject.tracer.inject(&span, format, &mut by_span);
        let second = subject
            .tracer
            .inject(span.context(), format, &mut by_context);

        assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
        assert_eq!(by_span, by_context, "{format:?}");
    }
    span.finish();
}

fn extract_required_carriers(subject: &Subject) {
    let nothing: [(&str, &str); 0] = [];
    let strange = [
        ("", ""),
        ("\0", "\0"),
        ("traceparent", ""),
        ("é", "\u{200b}"),
    ];
    let garbage: Vec<Vec<u8>> = (0..64).map(|length| vec![0xff; length]).collect();
    for format in FORMATS {
        for empty in [
            subject.tracer.extract(format, &nothing),
            subject.tracer.extract(format, &Vec::<u8>::new()),
            subject
                .tracer
                .extract(format, &HashMap::<String, String>::new()),
            subject.tracer.extract(format, &http::HeaderMap::new()),
        ] {
            assert!(
                !matches!(empty, Ok(Some(_))),
                "{format:?}: an empty carrier holds no context: {empty:?}"
            );
        }
        // Whatever the answer is, there is one.
        let _ = subject.tracer.extract(format, &strange);
        for bytes in &garbage {
            let _ = subject.tracer.extract(format, bytes);
        }
    }
}

fn baggage(subject: &Subject) {
    let span = subject.root("a");
    assert_eq!(span.baggage_item("some-key"), None);

    span.set_baggage_item("some-key", "some-value");

    assert_eq!(span.baggage_item("some-key").as_deref(), Some("some-value"));
    span.finish();
}

fn finish_with_time(subject: &Subject) {
    let span = subject.root("a");
    let end = SystemTime::now() + Duration::from_secs(3_600);

    span.finish_at(end);

    let time = subject.finished_as(&span).and_then(|span| span.finish_time);
    if let Some(time) = subject.ask(Question::FinishTime, time) {
        assert_eq!(time, end);
    }
}

fn reference_span_or_context(subject: &Subject) {
    let parent = subject.root("parent");
    for kind in [ReferenceType::ChildOf, ReferenceType::FollowsFrom] {
        let by_span = subject.tracer.build_span("a").reference(kind, &parent);
        let by_context = subject
            .tracer
            .build_span("b")
            .reference(kind, parent.context());
        for span in [by_span.start(), by_context.start()] {
            span.finish();
            subject.assert_same_trace(&parent, &span);
            subject.assert_reference(&span, kind, &parent);
        }
    }
    parent.finish();
}

fn to_trace_id(subject: &Subject) {
    let span = subject.root("a");
    let child = subject.child("b", &span);

    let id: String = span.context().to_trace_id();

    assert!(!id.is_empty());
    assert_eq!(child.context().to_trace_id(), id);
    assert_ne!(subject.root("c").context().to_trace_id(), id);
}

fn to_span_id(subject: &Subject) {
    let span = subject.root("a");
    let child = subject.child("b", &span);

    let id: String = span.context().to_span_id();

    assert!(!id.is_empty());
    assert_eq!(span.context().to_span_id(), id);
    assert_ne!(child.context().to_span_id(), id);
}
