//! An application that traces its HTTP client does not trace the exporter's: its own spans would then cause spans without end.

#[path = "support/collector.rs"]
mod collector;
#[path = "support/spans.rs"]
mod spans;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use collector::Collector;
use opentracing_shim_legacy::{Reporter, Settings, configure, flush};
use spans::span;
use tracing::Subscriber;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

/// The threads that said anything to the application's subscriber.
#[derive(Clone, Default)]
struct Threads(Arc<Mutex<BTreeSet<String>>>);

impl Threads {
    fn note(&self) {
        let name = std::thread::current().name().unwrap_or("").to_owned();
        self.0.lock().expect("nobody panics here").insert(name);
    }
}

impl<S: Subscriber> Layer<S> for Threads {
    fn on_event(&self, _: &tracing::Event<'_>, _: Context<'_, S>) {
        self.note();
    }

    fn on_new_span(
        &self,
        _: &tracing::span::Attributes<'_>,
        _: &tracing::span::Id,
        _: Context<'_, S>,
    ) {
        self.note();
    }
}

#[test]
fn the_exporters_transport_says_nothing_to_the_applications_subscriber() {
    let threads = Threads::default();
    let subscriber = tracing_subscriber::registry().with(threads.clone());
    tracing::subscriber::set_global_default(subscriber).expect("it is the only one");
    let collector = Collector::start();
    configure(Settings::new().endpoint(collector.grpc_url()))
        .expect("nothing was configured before");

    let reporter = Reporter::new("quiet");
    reporter.report([span("work", 1)]).expect("there is room");
    assert!(flush(Duration::from_secs(10)));
    tracing::info!("the subscriber listens");

    assert_eq!(collector.operations("quiet"), ["work"]);
    let threads = threads.0.lock().expect("nobody panics here");
    let test = std::thread::current()
        .name()
        .expect("tests have names")
        .to_owned();
    assert!(threads.contains(&test), "{threads:?}");
    // The collector of this test is in the same process, and does talk.
    assert!(
        threads.iter().any(|name| name.starts_with("tokio")),
        "{threads:?}"
    );
    assert!(!threads.contains("otlp"), "{threads:?}");
}
