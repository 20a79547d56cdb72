//! What is current: guards out of order, and the depth at which attaching ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use opentelemetry::Context;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

#[derive(Debug, PartialEq)]
struct Mark(u32);

fn current() -> Option<u32> {
    Context::map_current(|context| context.get::<Mark>().map(|mark| mark.0))
}

fn attach(mark: u32) -> opentelemetry::ContextGuard {
    Context::current_with_value(Mark(mark)).attach()
}

#[test]
fn guards_dropped_in_the_wrong_order_keep_the_inner_current_and_end_clean() {
    let outer = attach(1);
    let inner = attach(2);

    drop(outer);
    assert_eq!(current(), Some(2), "the inner context stays current");

    drop(inner);
    assert_eq!(current(), None, "nothing of either is left");
}

#[test]
fn attaching_beyond_the_depth_of_u16_is_ignored_with_a_warning() {
    let warnings = Warnings::default();
    tracing::subscriber::with_default(warnings.clone(), || {
        // The bottom of the stack and one position that means "refused" cannot be attached.
        let deepest = u32::from(u16::MAX) - 1;
        let mut guards: Vec<_> = (1..=deepest).map(attach).collect();
        assert_eq!(current(), Some(deepest));
        assert_eq!(warnings.attach_failed(), 0);

        let refused = attach(deepest + 1);
        assert_eq!(current(), Some(deepest), "the attach had no effect");
        assert_eq!(warnings.attach_failed(), 1);

        drop(refused);
        assert_eq!(current(), Some(deepest), "nor has dropping its guard");
        while let Some(guard) = guards.pop() {
            drop(guard);
        }
    });
    assert_eq!(current(), None);
}

/// Counts the warnings of a refused attach, which the crates send through `tracing`.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl Warnings {
    fn attach_failed(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        if event.metadata().name() == "Context.AttachFailed" {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
