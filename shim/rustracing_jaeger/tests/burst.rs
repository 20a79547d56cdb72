//! More spans at once than the queue holds. A program may take an error of `report` for a reason to stop, since the original
//! gives none here.

use std::time::Duration;

use opentracing_shim_rustracing as rustracing;
use opentracing_shim_rustracing_jaeger as rustracing_jaeger;
use rustracing::sampler::AllSampler;
use rustracing_jaeger::reporter::{JaegerBinaryReporter, JaegerCompactReporter};
use rustracing_jaeger::{Tracer, otel};
use viewer::Viewer;

const BURST: u64 = 3000;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_burst_is_reported_whole_one_by_one_and_in_one_call() {
    let viewer = Viewer::builder().start().await.expect("the viewer starts");
    let settings = otel::Settings::new()
        .endpoint(viewer.grpc_url())
        .queue_size(500);
    otel::configure(settings).unwrap();
    let (tracer, span_rx) = Tracer::new(AllSampler);
    for _ in 0..2 * BURST {
        drop(tracer.span("one of many").start());
    }
    drop(tracer);

    let reporting = tokio::task::spawn_blocking(move || {
        let reporter = JaegerCompactReporter::new("one by one").unwrap();
        for span in span_rx.iter().take(BURST as usize) {
            reporter.report(&[span]).unwrap();
        }
        let reporter = JaegerBinaryReporter::new("in one call").unwrap();
        let rest: Vec<_> = span_rx.iter().collect();
        reporter.report(&rest).unwrap();
        otel::flush(Duration::from_secs(10))
    });

    assert!(reporting.await.expect("no report gives an error"));
    let counts = otel::counts();
    assert_eq!((counts.delivered, counts.dropped), (2 * BURST, 0));
}
