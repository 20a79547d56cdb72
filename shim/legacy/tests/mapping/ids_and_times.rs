//! Names, ids, times, and what stands in for ids that are none.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanId, SpanKind, Status, TraceId};
use opentracing_shim_legacy::{Ids, Reference, SpanRecord};

use crate::{IDS, child_of, other, record, start};

#[test]
fn name_ids_and_times_are_kept_to_the_nanosecond() {
    let span = record().finish();

    assert_eq!(span.name, "work");
    assert_eq!(
        span.span_context.trace_id(),
        TraceId::from(0x1111_0000_0000_0000_2222)
    );
    assert_eq!(span.span_context.span_id(), SpanId::from(0x3333));
    assert_eq!(span.start_time, start());
    assert_eq!(span.end_time, start() + Duration::from_millis(5));
    assert_eq!(span.span_kind, SpanKind::Internal);
    assert_eq!(span.status, Status::Unset);
    assert_eq!(span.parent_span_id, SpanId::INVALID);
}

#[test]
fn a_finish_before_the_start_is_a_finish_at_the_start() {
    let before = start() - Duration::from_secs(1);

    let span = SpanRecord::new("work", IDS, start(), before).finish();

    assert_eq!((span.start_time, span.end_time), (start(), start()));
}

#[test]
fn a_finished_span_is_sampled_whatever_its_flags_say() {
    let unsampled = Ids { flags: 0, ..IDS };

    let span = SpanRecord::new("work", unsampled, start(), start()).finish();

    assert!(span.span_context.is_sampled());
    assert!(!span.span_context.is_remote());
}

#[test]
fn the_scope_is_this_package_in_its_version() {
    let scope = record().finish().instrumentation_scope;

    assert_eq!(scope.name(), "opentracing-shim-legacy");
    assert_eq!(scope.version(), Some(env!("CARGO_PKG_VERSION")));
}

#[test]
fn ids_of_zero_are_replaced_and_the_debug_id_is_an_attribute() {
    let zero = Ids {
        trace_high: 0,
        trace_low: 0,
        ..IDS
    };
    let asked = Reference {
        debug_id: Some("ticket 42"),
        ..child_of(Ids { span_id: 0, ..zero })
    };
    let mut record = SpanRecord::new("work", zero, start(), start());
    record.reference(asked);

    let span = record.finish();

    assert_ne!(span.span_context.trace_id(), TraceId::INVALID);
    assert_eq!(span.span_context.span_id(), SpanId::from(0x3333));
    assert_eq!(span.parent_span_id, SpanId::INVALID);
    assert_eq!(
        span.attributes,
        [KeyValue::new("jaeger-debug-id", "ticket 42")]
    );
}

#[test]
fn a_parent_in_the_trace_zero_is_none() {
    let zero = |span_id| Ids {
        trace_high: 0,
        trace_low: 0,
        span_id,
        flags: 1,
    };
    let mut record = SpanRecord::new("work", zero(2), start(), start());
    record.reference(child_of(zero(1)));

    let span = record.finish();

    assert!(span.span_context.is_valid());
    assert_eq!(span.parent_span_id, SpanId::INVALID);
}

#[test]
fn a_span_id_of_zero_is_replaced() {
    let span = SpanRecord::new("work", other(0), start(), start()).finish();

    assert_eq!(span.span_context.trace_id(), IDS.trace_id());
    assert_ne!(span.span_context.span_id(), SpanId::INVALID);
}
