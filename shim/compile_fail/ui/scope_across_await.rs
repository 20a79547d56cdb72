//! A scope belongs to its thread, so a future that holds one across an `.await` cannot move to another.

use std::future::{Future, ready};

use opentracing_shim::{Span, SpanFuture};

fn spawn(_task: impl Future + Send) {}

fn main() {
    let span = Span::noop();

    spawn(ready(()).in_span(&span));
    spawn(async move {
        let _scope = span.activate();
        ready(()).await;
    });
}
