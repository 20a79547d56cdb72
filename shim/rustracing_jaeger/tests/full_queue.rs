//! A collector that is not there. The settings are for the process, so this one has a file of its own.

use std::time::{Duration, Instant};

use opentracing_shim_rustracing as rustracing;
use opentracing_shim_rustracing_jaeger as rustracing_jaeger;
use rustracing::sampler::AllSampler;
use rustracing_jaeger::reporter::JaegerCompactReporter;
use rustracing_jaeger::{ErrorKind, Tracer, otel};

const WAIT: Duration = Duration::from_secs(20);

#[test]
fn a_report_that_does_not_fit_is_an_error_without_a_wait_for_nobody() {
    let settings = otel::Settings::new()
        .endpoint("http://127.0.0.1:9")
        .queue_size(2)
        .schedule_delay(Duration::from_secs(3600))
        .report_wait(WAIT)
        .exit_wait(Duration::ZERO);
    otel::configure(settings).unwrap();
    let (tracer, span_rx) = Tracer::new(AllSampler);
    for _ in 0..100 {
        drop(tracer.span("lost").start());
    }
    let reporter = JaegerCompactReporter::new("shop").unwrap();
    let spans: Vec<_> = span_rx.try_iter().collect();

    let start = Instant::now();
    let error = reporter.report(&spans).unwrap_err();

    assert_eq!(*error.kind(), ErrorKind::Other);
    // As long as the first batch takes to fail; somebody who is silent would be waited for longer.
    assert!(start.elapsed() < WAIT, "{:?}", start.elapsed());
    assert!(otel::counts().dropped > 0);
}
