//! A collector that takes spans and never answers: who waits for room does so once, and no longer than was said.

#[path = "support/spans.rs"]
mod spans;

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use opentracing_shim_legacy::{ReportError, Reporter, Settings, configure};
use spans::span;

const WAIT: Duration = Duration::from_millis(300);

#[test]
fn a_wait_for_room_has_an_end_and_is_not_repeated() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = silent.local_addr().expect("it is bound");
    let settings = Settings::new()
        .endpoint(format!("http://{address}"))
        .timeout(Duration::from_secs(3600))
        .queue_size(10)
        .report_wait(WAIT)
        .exit_wait(Duration::ZERO);
    configure(settings).expect("nothing was configured before");
    let reporter = Reporter::new("unanswered");
    let report = || {
        let begun = Instant::now();
        let result = reporter.report_waiting((1..=100).map(|id| span("work", id)));
        (result, begun.elapsed())
    };

    let (first, waited) = report();
    let (second, not_waited) = report();

    // The queue takes ten, and as many more as the sender has taken out by then.
    let lost = |result| match result {
        Err(ReportError::QueueFull { lost }) => lost,
        other => panic!("{other:?}"),
    };
    assert!(lost(first) >= 80);
    assert_eq!(lost(second), 100);
    assert!((WAIT..WAIT * 10).contains(&waited), "{waited:?}");
    assert!(not_waited < WAIT, "{not_waited:?}");
}
