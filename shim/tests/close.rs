//! F13 to F16: closing the tracer.

mod support;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use opentracing_shim::{CloseError, Tracer, TracerShim};
use support::Recorder;

#[test]
fn f13_f15_the_hook_is_called_once_and_flushes() {
    let recorder = Recorder::new();
    let calls = Arc::new(AtomicU32::new(0));
    let tracer = TracerShim::builder(recorder.provider.clone())
        .on_close({
            let (calls, provider) = (calls.clone(), recorder.provider.clone());
            move || {
                calls.fetch_add(1, Ordering::Relaxed);
                provider.force_flush()
            }
        })
        .build();
    tracer.build_span("a").start().finish();

    tracer.close().expect("the hook succeeds");
    tracer.clone().close().expect("nothing to do");

    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert_eq!(recorder.spans().len(), 1);
}

#[test]
fn f13_without_a_hook_there_is_nothing_to_close() {
    let recorder = Recorder::new();

    recorder.tracer.close().expect("nothing can fail");
    Tracer::noop().close().expect("nothing can fail");
}

#[test]
fn f14_failures_and_panics_of_the_hook_come_back_as_errors() {
    let recorder = Recorder::new();
    let build = || TracerShim::builder(recorder.provider.clone());
    let failing = build().on_close(|| Err(io::Error::other("no"))).build();
    let panicking = build()
        .on_close(|| -> Result<(), io::Error> { panic!("on purpose") })
        .build();

    assert!(matches!(failing.close(), Err(CloseError::Failed(error)) if error.to_string() == "no"));
    assert!(matches!(panicking.close(), Err(CloseError::Panicked)));
    assert!(panicking.close().is_ok());
}

#[test]
fn f16_later_spans_record_nothing_and_pass_the_parent_on() {
    let recorder = Recorder::new();
    let parent = recorder.tracer.build_span("parent").start();
    parent.set_baggage_item("k", "v");
    let scope = recorder.tracer.activate(&parent);
    recorder.tracer.close().expect("nothing can fail");

    let inferred = recorder.tracer.build_span("late").start();
    let referring = recorder
        .tracer
        .build_span("late")
        .child_of(&parent)
        .tag("t", 1)
        .start();
    let root = recorder
        .tracer
        .build_span("late")
        .ignore_active_span()
        .start();
    for span in [&inferred, &referring, &root] {
        span.set_tag("late", 1)
            .log_event("late")
            .set_operation_name("late")
            .finish();
    }

    assert_eq!(
        inferred.context().to_span_id(),
        parent.context().to_span_id()
    );
    assert_eq!(
        referring.context().to_span_id(),
        parent.context().to_span_id()
    );
    assert_eq!(referring.baggage_item("k").as_deref(), Some("v"));
    assert_eq!(root.context().to_span_id(), "");
    drop(scope);
    parent.finish();
    assert_eq!(recorder.span().name, "parent");
    assert!(
        recorder.span().attributes.is_empty(),
        "nothing of the late spans"
    );
}
