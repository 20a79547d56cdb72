//! Reporters, their services and what arrives. The settings are the process's, so all tests have one collector.

#[path = "support/collector.rs"]
mod collector;
#[path = "support/spans.rs"]
mod spans;

use std::sync::LazyLock;
use std::time::Duration;

use collector::Collector;
use opentelemetry::Context;
use opentracing_shim_legacy::{ConfigureError, Reporter, Settings, configure, flush};
use spans::span;
use viewer::model::Value;

const DEADLINE: Duration = Duration::from_secs(10);

static COLLECTOR: LazyLock<Collector> = LazyLock::new(|| {
    let collector = Collector::start();
    let settings = Settings::new()
        .endpoint(collector.grpc_url())
        .schedule_delay(Duration::from_secs(60));
    configure(settings).expect("nothing was configured before");
    collector
});

#[test]
fn what_was_reported_arrives_under_the_name_and_the_tags_of_its_reporter() {
    let collector = &*COLLECTOR;
    let mut reporter = Reporter::new("billing");
    reporter.add_tag("region", "us");
    reporter.add_tag("region", "eu");
    reporter.add_tag("replicas", 3);

    reporter.report([span("charge", 1)]).expect("there is room");
    assert!(flush(DEADLINE));

    let spans = collector.spans("billing");
    let [charge] = &spans[..] else {
        panic!("one span: {spans:?}");
    };
    assert_eq!(charge.operation, "charge");
    let tags = &charge.process.tags;
    assert_eq!(tags.str("region"), Some("eu"));
    assert_eq!(tags.get("replicas"), Some(&Value::Int64(3)));
    assert!(tags.str("host.name").is_some());
    assert_eq!(tags.str("telemetry.sdk.language"), Some("rust"));
}

#[test]
fn services_stay_apart_and_reporters_of_one_share() {
    let collector = &*COLLECTOR;
    let (first, second) = (Reporter::new("shared"), Reporter::new("shared"));
    let other = Reporter::new("other");

    first.report([span("one", 11)]).expect("there is room");
    second.report([span("two", 12)]).expect("there is room");
    other.report([span("three", 13)]).expect("there is room");
    assert!(flush(DEADLINE));

    let mut shared = collector.operations("shared");
    shared.sort();
    assert_eq!(shared, ["one", "two"]);
    assert_eq!(collector.operations("other"), ["three"]);
    assert_eq!(first.counts(), second.counts());
    assert_eq!((first.counts().queued, first.counts().delivered), (2, 2));
    assert_eq!(other.counts().delivered, 1);
}

#[test]
fn a_tag_that_is_added_later_counts_from_then_on() {
    let collector = &*COLLECTOR;
    let mut reporter = Reporter::new("late tag");

    reporter
        .report([span("before", 21)])
        .expect("there is room");
    reporter.add_tag("phase", "after");
    reporter.report([span("after", 22)]).expect("there is room");
    assert!(flush(DEADLINE));

    let mut seen: Vec<_> = collector
        .spans("late tag")
        .into_iter()
        .map(|span| {
            let phase = span.process.tags.str("phase").map(str::to_owned);
            (span.operation, phase)
        })
        .collect();
    seen.sort();
    let expected = [("after", Some("after")), ("before", None)];
    assert_eq!(
        seen,
        expected.map(|(name, phase)| (name.to_owned(), phase.map(str::to_owned)))
    );
}

#[test]
fn settings_come_too_late_once_they_are_in_use() {
    let _ = &*COLLECTOR;

    let again = configure(Settings::new().endpoint("http://elsewhere:4317"));

    assert_eq!(again, Err(ConfigureError::TooLate));
}

#[test]
fn a_reporter_works_on_a_thread_of_a_runtime() {
    let collector = &*COLLECTOR;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");

    let flushed = runtime.block_on(async {
        let reporter = Reporter::new("on a runtime");
        reporter.report([span("work", 31)]).expect("there is room");
        flush(DEADLINE)
    });

    assert!(flushed);
    assert_eq!(collector.operations("on a runtime"), ["work"]);
}

#[test]
fn a_burst_that_waits_for_room_loses_nothing() {
    let collector = &*COLLECTOR;
    let reporter = Reporter::new("burst");

    // The queue takes 2048.
    let reported = reporter.report_waiting((1..=6000).map(|id| span("one of many", id)));
    assert!(flush(DEADLINE));

    assert_eq!(reported, Ok(()));
    assert_eq!(collector.spans("burst").len(), 6000);
    assert_eq!(reporter.counts().dropped, 0);
}

#[test]
fn what_an_exporter_itself_reports_is_not_sent() {
    let collector = &*COLLECTOR;
    let reporter = Reporter::new("exporter");

    {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        reporter
            .report([span("of an exporter", 41)])
            .expect("it is passed over");
    }
    reporter
        .report([span("of the application", 42)])
        .expect("there is room");
    assert!(flush(DEADLINE));

    assert_eq!(collector.operations("exporter"), ["of the application"]);
}
