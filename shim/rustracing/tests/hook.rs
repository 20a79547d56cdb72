//! The hook for spans that finish.

use std::cell::RefCell;

use opentracing_shim_rustracing as rustracing;
use rustracing::sampler::{AllSampler, PassiveSampler};
use rustracing::span::FinishedSpan;
use rustracing::{Tracer, otel};

thread_local! {
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Notes the name, and takes care of those with a short one.
fn note(span: &FinishedSpan<u8>) -> bool {
    let name = span.operation_name();
    SEEN.with_borrow_mut(|seen| seen.push(name.to_owned()));
    name.len() == 1
}

#[test]
fn it_sees_all_spans_that_stem_from_the_tracer_and_the_channel_gets_them_too() {
    let (tracer, span_rx) = Tracer::new(AllSampler);
    let tracer = otel::on_finish(tracer, note);

    let parent = tracer.clone().span("a").start_with_state(1);
    let handle = parent.handle();
    drop(parent.child("b", |options| options.start_with_state(2)));
    drop(handle.follower("long", |options| options.start_with_state(3)));
    let other = tracer.clone_with_sampler(PassiveSampler);
    drop(other.span("c").child_of(&parent).start_with_state(4));
    drop(parent);

    let spans: Vec<_> = span_rx.try_iter().collect();
    let names: Vec<_> = spans.iter().map(FinishedSpan::operation_name).collect();
    assert_eq!(names, ["b", "long", "c", "a"]);
    assert_eq!(SEEN.with_borrow(Clone::clone), names);
    let taken: Vec<_> = spans.iter().map(otel::is_taken).collect();
    assert_eq!(taken, [true, false, true, true]);
}

#[test]
fn without_one_nothing_is_taken() {
    let (tracer, span_rx) = Tracer::new(AllSampler);

    drop(tracer.span("a").start_with_state(1));

    assert!(!otel::is_taken(&span_rx.recv().unwrap()));
}
