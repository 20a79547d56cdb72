//! Spans that are active on a thread: `cargo run --example scopes`.

mod support;

use std::thread;

use opentracing_shim::Tracer;
use support::{Outcome, Recorded};

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    print!("{}", run()?);
    Ok(())
}

pub(crate) fn run() -> Outcome {
    let recorded = Recorded::new();
    report(&recorded.tracer);
    recorded.tree()
}

fn report(tracer: &Tracer) {
    // Active until the scope is closed, which also finishes the span.
    let scope = tracer.build_span("report").start_active();

    // No reference: the active span is the parent.
    read(tracer);

    // Another thread knows nothing of it, unless it is given the span.
    thread::scope(|threads| {
        let report = scope.span();
        threads.spawn(move || report.in_scope(|| read(tracer)));
    });

    // What does not belong here begins a trace of its own.
    tracer
        .build_span("clean up")
        .ignore_active_span()
        .start()
        .finish();

    scope.close();
}

fn read(tracer: &Tracer) {
    let _scope = tracer.build_span("read").start_active();
    if let Some(active) = tracer.active_span() {
        active.set_tag("rows", 3);
    }
}
