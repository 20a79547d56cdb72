//! Somebody's library, written for the original crates.

use std::collections::HashMap;
use std::thread;

use rustracing::sampler::AllSampler;
use rustracing::tag::{StdTag, Tag};
use rustracing_jaeger::reporter::JaegerCompactReporter;
use rustracing_jaeger::span::SpanContextState;
use rustracing_jaeger::{Result, Tracer};

/// Handles a request, and returns the header that a call to another service would have.
pub fn handle() -> Result<String> {
    let (span_tx, span_rx) = crossbeam_channel::bounded(100);
    let tracer = Tracer::with_sender(AllSampler, span_tx);
    let reporter = thread::spawn(move || -> Result<()> {
        let mut reporter = JaegerCompactReporter::new("library")?;
        reporter.add_service_tag(Tag::new("region", "eu"));
        for span in span_rx {
            reporter.report(&[span])?;
        }
        Ok(())
    });

    let mut headers = HashMap::new();
    {
        let request = tracer
            .span("request")
            .tag(StdTag::http_method("GET"))
            .start();
        if let Some(context) = request.context() {
            context.inject_to_text_map(&mut headers)?;
        }
        query(&request);
    }
    drop(tracer);
    reporter.join().expect("the reporter does not panic")?;
    Ok(headers.remove("uber-trace-id").unwrap_or_default())
}

fn query(request: &rustracing::span::Span<SpanContextState>) {
    let mut span = request.child("query", |options| options.start());
    span.log(|log| {
        log.std().event("first row");
    });
}
