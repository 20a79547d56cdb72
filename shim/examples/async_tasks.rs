//! Spans that go with futures: `cargo run --example async_tasks`.

mod support;

use std::time::Duration;

use opentracing_shim::{SpanFuture, Tracer, tags};
use support::{Outcome, Recorded};
use tokio::task::{spawn_blocking, yield_now};
use tokio::time::timeout;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    print!("{}", run().await?);
    Ok(())
}

pub(crate) async fn run() -> Outcome {
    let recorded = Recorded::new();
    let request = recorded.tracer.build_span("request").start();
    handle(&recorded.tracer).in_span(&request).await?;
    request.finish();
    recorded.tree()
}

async fn handle(tracer: &Tracer) -> Result<(), tokio::task::JoinError> {
    // Awaited here, so the active span is the parent, before and after each interruption.
    step(tracer, "look up").await;

    // A spawned task is given its span by name.
    let prefetch = tracer.build_span("prefetch").start();
    let task = {
        let tracer = tracer.clone();
        async move { step(&tracer, "fetch").await }.in_span(&prefetch)
    };
    tokio::spawn(task).await?;
    prefetch.finish();

    // A thread for blocking work has no future to go with, so there the span is active by scope.
    let compress = tracer.build_span("compress").start();
    spawn_blocking(move || compress.in_scope(|| compress.log_event("done").finish())).await?;

    // A future that is given up on is dropped inside its span.
    let slow = tracer.build_span("slow").start();
    let never = std::future::pending::<()>().in_span(&slow);
    if timeout(Duration::ZERO, never).await.is_err() {
        slow.set_tag(tags::ERROR, true);
    }
    slow.finish();
    Ok(())
}

async fn step(tracer: &Tracer, name: &'static str) {
    yield_now().await;
    tracer.build_span(name).start().finish();
}
