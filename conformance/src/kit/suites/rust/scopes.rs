//! Scopes of a thread where Rust has ways of its own to leave one.

use std::cell::RefCell;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use opentelemetry::trace::TraceContextExt;
use opentracing_shim::{Scope, SpanFuture};
use tokio::task::yield_now;

use super::{SCOPES, case};
use crate::kit::setting::{current_thread, on_thread};
use crate::kit::{Capability, Case, Subject};

pub(super) const CASES: &[Case] = &[
    case("rust.panic_in_scope", SCOPES, panic_in_scope),
    case("rust.block_on_in_scope", SCOPES, block_on_in_scope),
    case("rust.select_drops_a_scope", SCOPES, select_drops_a_scope),
    case("rust.nested_activations", SCOPES, nested_activations),
    case("rust.tls_destructor.younger_slot", SCOPES, |subject| {
        tls_destructor(subject, false);
    }),
    case(
        "rust.tls_destructor.older_slot",
        &[Capability::Scopes, Capability::Teardown],
        |subject| tls_destructor(subject, true),
    ),
    case(
        "rust.tracing_subscriber",
        &[Capability::Native, Capability::Identity, Capability::Scopes],
        tracing_subscriber,
    ),
];

fn panic_in_scope(subject: &Subject) {
    let outer = subject.tracer.build_span("outer").start_active();

    let left = catch_unwind(AssertUnwindSafe(|| {
        let _inner = subject.tracer.build_span("inner").start_active();
        let _none = subject.tracer.activate_none();
        // Unwinds without a word on stderr, since it is meant.
        resume_unwind(Box::new(()));
    }));

    assert!(left.is_err());
    subject.assert_active(outer.span());
    subject.assert_finished(&["inner"]);
    outer.close();
    subject.assert_none_active();
}

fn block_on_in_scope(subject: &Subject) {
    let outer = subject.tracer.build_span("outer").start_active();
    let parent = outer.span().clone();

    let inner = current_thread().block_on(async {
        subject.assert_active(&parent);
        yield_now().await;
        let inner = subject.tracer.build_span("inner").start();
        async {
            yield_now().await;
            subject.assert_active(&inner);
        }
        .in_span(&inner)
        .await;
        subject.assert_active(&parent);
        inner.finish();
        inner
    });

    subject.assert_active(&parent);
    outer.close();
    subject.assert_parent(&parent, &inner);
}

/// A future that never leaves its thread can hold a scope, though it should not. Dropping it closes the scope.
#[expect(
    clippy::await_holding_invalid_type,
    reason = "this is what somebody does who has not read the docs"
)]
fn select_drops_a_scope(subject: &Subject) {
    let span = subject.root("a");
    let careless = async {
        let _scope = subject.tracer.activate(&span);
        pending::<()>().await;
    };

    current_thread().block_on(async {
        tokio::select! {
            biased;
            () = careless => unreachable!("it is endless"),
            () = yield_now() => {}
        }
        subject.assert_none_active();
    });

    subject.assert_none_active();
    span.finish();
}

/// Closes the last scope first, also when a check fails: a vector would begin with the first.
struct LastFirst(Vec<Scope>);

impl Drop for LastFirst {
    fn drop(&mut self) {
        while let Some(scope) = self.0.pop() {
            scope.close();
        }
    }
}

/// More than the `u16` of OpenTelemetry's stack counts. What does not fit is ignored; nothing breaks or is left behind.
fn nested_activations(subject: &Subject) {
    const DEPTH: usize = 70_000;
    let span = subject.root("a");
    let mut scopes = LastFirst(Vec::with_capacity(DEPTH));
    for _ in 0..DEPTH {
        scopes.0.push(subject.tracer.activate(&span));
    }
    subject.assert_active(&span);

    let beyond = subject.tracer.build_span("beyond").start_active();
    beyond.close();
    subject.assert_finished(&["beyond"]);
    subject.assert_active(&span);
    drop(scopes);

    subject.assert_none_active();
    span.finish();
    subject.assert_finished(&["beyond", "a"]);
}

thread_local! {
    static HELD: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

/// A scope that is dropped with the data of its thread. Data that is older than the tracer's goes after it.
fn tls_destructor(subject: &Subject, is_older: bool) {
    let span = subject.root("a");
    let held = span.clone();
    on_thread(subject, move |subject| {
        if is_older {
            HELD.set(None);
        }
        let scope = subject.tracer.activate(&held).finish_on_close(true);
        subject.assert_active(&held);
        HELD.set(Some(scope));
    });

    subject.assert_finished(&["a"]);
    subject.assert_none_active();
    span.finish();
}

/// Spans of `tracing` and of OpenTracing inside each other, both as parents and as children.
fn tracing_subscriber(subject: &Subject) {
    let dispatch = subject.otel().dispatch();
    tracing::dispatcher::with_default(&dispatch, || {
        let outer = subject.tracer.build_span("1").start_active();
        tracing::info_span!("2").in_scope(|| {
            let middle = subject.tracer.build_span("3").start_active();
            tracing::info_span!("4").in_scope(|| {
                let inner = subject.tracer.build_span("5").start();
                assert_eq!(
                    inner.context().to_trace_id(),
                    outer.span().context().to_trace_id()
                );
                inner.finish();
            });
            subject.assert_active(middle.span());
        });
        subject.assert_active(outer.span());
    });

    assert!(!opentelemetry::Context::map_current(
        TraceContextExt::has_active_span
    ));
    subject.assert_finished(&["5", "4", "3", "2", "1"]);
    crate::kit::suites::otel::assert_chain(subject, &["1", "2", "3", "4", "5"]);
}
