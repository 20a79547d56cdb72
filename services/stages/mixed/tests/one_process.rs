//! Two APIs in one process: spans nest in any order, each side reads the other's baggage, and one flush sends all.

use std::time::Duration;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::FutureExt as _;
use opentelemetry::{Context, KeyValue};
use opentracing_shim::{SpanFuture as _, Tracer};
use pipeline::Settings;
use stage_mixed::Instrumentation;
use tokio::runtime::Runtime;
use tracing::instrument;
use viewer::Viewer;
use viewer::model::Trace;
use viewer::store::Search;

const FLUSH: Duration = Duration::from_secs(10);

/// A service's telemetry with somewhere to go.
struct Bench {
    runtime: Runtime,
    viewer: Viewer,
    telemetry: Instrumentation,
}

impl Bench {
    fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime can be built");
        let viewer = runtime
            .block_on(
                Viewer::builder()
                    .grpc("127.0.0.1:0".parse().expect("an address"))
                    .start(),
            )
            .expect("the viewer starts");
        let settings = Settings::embedded("test", &format!("http://{}", viewer.grpc_addr()));
        Self {
            runtime,
            telemetry: stage_mixed::telemetry::start("test", &settings)
                .expect("settings are valid"),
            viewer,
        }
    }

    fn tracer(&self) -> Tracer {
        self.telemetry.telemetry.tracer().clone()
    }

    /// Runs this as a thread of the service does.
    fn run<T>(&self, work: impl Future<Output = T>) -> T {
        tracing::dispatcher::with_default(&self.telemetry.dispatch, || self.runtime.block_on(work))
    }

    /// The only trace, after one flush.
    fn flushed(&self, spans: u64) -> Trace {
        let counts = self.telemetry.shutdown(FLUSH);
        assert_eq!((counts.finished, counts.delivered), (spans, spans));
        let traces = self.viewer.store().find(&Search::default());
        let [trace] = &traces[..] else {
            panic!("one trace: {traces:#?}");
        };
        trace.clone()
    }
}

/// The item as native code reads it.
fn native_item() -> Option<String> {
    let context = Context::current();
    context
        .baggage()
        .get("item")
        .map(|value| value.as_str().to_owned())
}

/// The item as OpenTracing code reads it, in a span of its own.
async fn old_item(tracer: Tracer) -> Option<String> {
    let span = tracer.build_span("old inside").start();
    tokio::task::yield_now().await;
    let item = span.baggage_item("item").map(|item| item.to_string());
    span.finish();
    item
}

#[instrument(name = "new", target = "stage_mixed", skip_all)]
async fn new(tracer: Tracer) -> [Option<String>; 2] {
    tokio::task::yield_now().await;
    let native = native_item();
    [native, old_item(tracer).await]
}

#[test]
fn what_opentracing_sets_is_read_natively_and_further_down_by_opentracing_again() {
    let bench = Bench::start();
    let tracer = bench.tracer();

    let seen = bench.run(async {
        let span = tracer.build_span("old").start();
        span.set_baggage_item("item", "of old");
        let seen = new(tracer.clone()).in_span(&span).await;
        span.finish();
        seen
    });

    assert_eq!(seen, [Some("of old".to_owned()), Some("of old".to_owned())]);
    let tree = bench.flushed(3).tree().masked().to_string();
    assert_eq!(
        tree,
        "trace <id>: 3 spans, 1 service\ntest: old [internal]\n  test: new [internal]\n    test: old inside [internal]\n"
    );
}

#[test]
fn what_is_set_natively_is_read_by_opentracing() {
    let bench = Bench::start();
    let tracer = bench.tracer();

    let seen = bench.run(async {
        let context = Context::new().with_baggage([KeyValue::new("item", "of new")]);
        new(tracer).with_context(context).await
    });

    assert_eq!(seen, [Some("of new".to_owned()), Some("of new".to_owned())]);
    let tree = bench.flushed(2).tree().masked().to_string();
    assert_eq!(
        tree,
        "trace <id>: 2 spans, 1 service\ntest: new [internal]\n  test: old inside [internal]\n"
    );
}
