//! G15: what the compiler lets through, a scope across an `.await` in a future that stays on its thread, clippy refuses.
//!
//! Clippy warns of an `expect` that nothing meets. So this file passes `cargo clippy -- -D warnings` only as long as the
//! ban in `clippy.toml` works.

use std::future::ready;

use futures::executor::block_on;
use opentracing_shim::api::mock::MockTracer;

#[test]
fn g15_a_scope_across_an_await_needs_an_exception() {
    let mock = MockTracer::new();
    let tracer = mock.tracer();

    #[expect(
        clippy::await_holding_invalid_type,
        reason = "this is what is banned; nothing else runs on this thread"
    )]
    let held = async {
        let _scope = tracer.build_span("held").start_active();
        ready(()).await;
        tracer.active_span().is_some()
    };

    assert!(block_on(held));
    assert_eq!(mock.finished_spans().len(), 1);
}
