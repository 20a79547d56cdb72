//! A program for `rustracing_jaeger`, as it always was. Its spans go to a collector at `localhost:4317`.
//!
//! ```text
//! cargo run -p viewer                                                    somewhere to look at them
//! cargo run -p opentracing-shim-rustracing-jaeger --example report
//! ```

// In a program whose manifest has the two lines, these two are not needed.
use opentracing_shim_rustracing as rustracing;
use opentracing_shim_rustracing_jaeger as rustracing_jaeger;

use std::thread;

use rustracing::sampler::AllSampler;
use rustracing::tag::{StdTag, Tag};
use rustracing_jaeger::reporter::JaegerCompactReporter;
use rustracing_jaeger::{Result, Span, Tracer};

fn main() -> Result<()> {
    let (span_tx, span_rx) = crossbeam_channel::bounded(100);
    let tracer = Tracer::with_sender(AllSampler, span_tx);
    let mut reporter = JaegerCompactReporter::new("shop")?;
    reporter.add_service_tag(Tag::new("region", "north"));
    let reporting = thread::spawn(move || {
        for span in span_rx {
            match reporter.report(&[span]) {
                Ok(()) => {}
                Err(error) => eprintln!("a span is lost: {error}"),
            }
        }
    });

    let order = tracer
        .span("order")
        .tag(StdTag::span_kind("server"))
        .start();
    if let Some(context) = order.context() {
        println!("trace {}", context.state().trace_id());
    }
    pay(&order);
    drop(order);

    // The reporter's loop ends when nobody can finish a span any more. What it has reported is sent before the process ends.
    drop(tracer);
    reporting.join().expect("it does not panic");
    Ok(())
}

fn pay(order: &Span) {
    let mut payment = order.child("payment", |options| {
        options.tag(StdTag::span_kind("client")).start()
    });
    payment.error_log(|log| {
        log.kind("Declined").message("the card has expired");
    });
}
