//! A trace that crosses processes by hand: `cargo run --example inject_extract`.

mod support;

use std::collections::HashMap;

use opentracing_shim::{Format, Tracer, tags};
use support::{Outcome, Recorded};

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    print!("{}", run()?);
    Ok(())
}

pub(crate) fn run() -> Outcome {
    let recorded = Recorded::new();
    let headers = send(&recorded.tracer)?;
    let mut names: Vec<_> = headers.keys().map(String::as_str).collect();
    names.sort_unstable();
    let sent = format!("headers: {}\n", names.join(", "));
    receive(&recorded.tracer, &headers);
    Ok(sent + &recorded.tree()?)
}

fn send(tracer: &Tracer) -> Result<HashMap<String, String>, opentracing_shim::InjectError> {
    let call = tracer
        .build_span("call")
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_CLIENT)
        .start();
    call.set_baggage_item("tenant", "t1");
    let mut headers = HashMap::new();
    tracer.inject(&call, Format::HttpHeaders, &mut headers)?;
    call.finish();
    Ok(headers)
}

fn receive(tracer: &Tracer, headers: &HashMap<String, String>) {
    // Headers come from outside. A context that cannot be read is no reason to refuse the request.
    let caller = tracer
        .extract(Format::HttpHeaders, headers)
        .unwrap_or_else(|error| {
            eprintln!("The caller's context could not be read: {error}");
            None
        });
    let serve = tracer
        .build_span("serve")
        .child_of(caller)
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
        .start();
    if let Some(tenant) = serve.baggage_item("tenant") {
        serve.set_tag("tenant", tenant);
    }
    serve.finish();
}
