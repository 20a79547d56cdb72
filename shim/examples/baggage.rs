//! Items that travel with a trace, also through code that speaks OpenTelemetry: `cargo run --example baggage`.

mod support;

use std::collections::HashMap;
use std::fmt::Write;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentracing_shim::propagation::BaggagePropagator;
use support::{Outcome, Recorded};

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    print!("{}", run()?);
    Ok(())
}

pub(crate) fn run() -> Outcome {
    let recorded = Recorded::new();
    let tracer = &recorded.tracer;
    let mut text = String::new();

    let request = tracer.build_span("request").start();
    request.set_baggage_item("tenant", "t1");

    let child = tracer.build_span("child").child_of(&request).start();
    writeln!(text, "child has {:?}", child.baggage_item("tenant"))?;

    let scope = request.activate();
    writeln!(text, "native code sees {:?}", native("tenant"))?;

    // Late: the span is active already. Our propagators have it at once, other code after the next activation.
    request.set_baggage_item("attempt", "2");
    let mut headers = HashMap::new();
    BaggagePropagator::new().inject_context(&Context::current(), &mut headers);
    writeln!(text, "on the wire is {:?}", headers["baggage"])?;
    writeln!(text, "native code sees {:?}", native("attempt"))?;
    scope.close();
    let seen = request.in_scope(|| native("attempt"));
    writeln!(text, "then it sees {seen:?}")?;

    // Baggage is not part of a span, so nothing of it is exported.
    child.finish();
    request.finish();
    Ok(text + &recorded.tree()?)
}

/// An item as OpenTelemetry's API has it.
fn native(key: &str) -> Option<String> {
    Context::map_current(|cx| cx.baggage().get(key).map(ToString::to_string))
}
