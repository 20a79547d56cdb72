//! Spans, tags, logs, and what happens to an error: `cargo run --example basic`.

mod support;

use std::io;

use opentracing_shim::{FieldValue, Fields, Tracer, fields, tags};
use support::{Outcome, Recorded};

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    print!("{}", run()?);
    Ok(())
}

pub(crate) fn run() -> Outcome {
    let recorded = Recorded::new();
    buy(&recorded.tracer);
    recorded.tree()
}

fn buy(tracer: &Tracer) {
    let request = tracer
        .build_span("buy")
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
        .start();
    request.set_tag("items", 2);

    let charge = tracer.build_span("charge").child_of(&request).start();
    charge.log_event("card accepted");
    charge.finish();

    let mail = tracer.build_span("mail").follows_from(&request).start();
    let refused = io::Error::other("the mailbox is full");
    mail.set_tag(tags::ERROR, true).log(
        Fields::new()
            .with(fields::EVENT, "error")
            .with(fields::ERROR_OBJECT, FieldValue::error(&refused)),
    );
    mail.finish();

    request.finish();
}
