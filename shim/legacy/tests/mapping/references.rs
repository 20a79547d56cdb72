//! References: the parent, and links.

use opentelemetry::trace::SpanId;
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;
use opentracing_shim_legacy::{Ids, Reference, ReferenceKind};

use crate::{IDS, child_of, other, record};

fn elsewhere(span_id: u64) -> Ids {
    Ids {
        trace_low: 0x9999,
        span_id,
        ..IDS
    }
}

fn follows_from<'a>(ids: Ids) -> Reference<'a> {
    Reference {
        kind: ReferenceKind::FollowsFrom,
        ..child_of(ids)
    }
}

fn referring(references: &[Reference<'_>]) -> SpanData {
    let mut record = record();
    for reference in references {
        record.reference(*reference);
    }
    record.finish()
}

/// The spans linked to, and what the reference was.
fn links(span: &SpanData) -> Vec<(u64, &str)> {
    let link = |link: &opentelemetry::trace::Link| {
        let [
            KeyValue {
                key,
                value: Value::String(kind),
                ..
            },
        ] = &link.attributes[..]
        else {
            panic!("one attribute: {:?}", link.attributes);
        };
        assert_eq!(key.as_str(), "opentracing.ref_type");
        let kind = match kind.as_str() {
            "child_of" => "child_of",
            "follows_from" => "follows_from",
            other => panic!("no type of reference is called {other:?}"),
        };
        (
            u64::from_be_bytes(link.span_context.span_id().to_bytes()),
            kind,
        )
    };
    span.links.iter().map(link).collect()
}

#[test]
fn the_parent_is_the_first_child_of_and_others_are_links() {
    let span = referring(&[
        follows_from(other(1)),
        child_of(other(2)),
        child_of(other(3)),
    ]);

    assert_eq!(span.parent_span_id, SpanId::from(2));
    assert_eq!(links(&span), [(1, "follows_from"), (3, "child_of")]);
}

#[test]
fn a_follows_from_alone_is_the_parent_and_a_link() {
    let span = referring(&[follows_from(other(1)), follows_from(other(2))]);

    assert_eq!(span.parent_span_id, SpanId::from(1));
    assert_eq!(links(&span), [(1, "follows_from"), (2, "follows_from")]);
}

#[test]
fn a_span_of_another_trace_is_a_link_and_no_parent() {
    let span = referring(&[child_of(elsewhere(1)), child_of(other(2))]);

    assert_eq!(span.parent_span_id, SpanId::from(2));
    assert_eq!(links(&span), [(1, "child_of")]);
    assert_eq!(
        span.links[0].span_context.trace_id(),
        elsewhere(1).trace_id()
    );
}

#[test]
fn a_reference_to_nothing_is_none() {
    let nothing = Ids {
        trace_high: 0,
        trace_low: 0,
        span_id: 0,
        flags: 0,
    };

    let span = referring(&[child_of(nothing), follows_from(nothing)]);

    assert_eq!(span.parent_span_id, SpanId::INVALID);
    assert!(span.links.is_empty());
}

#[test]
fn a_parent_that_was_not_sampled_is_a_parent() {
    let unsampled = Ids {
        flags: 0,
        ..other(1)
    };

    let span = referring(&[child_of(unsampled)]);

    assert_eq!(span.parent_span_id, SpanId::from(1));
}

#[test]
fn a_parent_from_outside_is_marked_as_such() {
    let remote = Reference {
        is_remote: true,
        ..child_of(other(1))
    };

    assert!(referring(&[remote]).parent_span_is_remote);
    assert!(!referring(&[child_of(other(1))]).parent_span_is_remote);
    let linked = Reference {
        kind: ReferenceKind::FollowsFrom,
        ..remote
    };
    assert!(referring(&[linked]).links[0].span_context.is_remote());
}
