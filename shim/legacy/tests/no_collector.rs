//! A collector that never answers: `report` waits for nothing, and what is lost is counted and said.

#[path = "support/spans.rs"]
mod spans;

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use opentracing_shim_legacy::{ReportError, Reporter, Settings, configure, counts, flush};
use spans::span;

const QUEUE: usize = 100;

#[test]
fn a_full_queue_is_an_error_and_no_wait() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = silent.local_addr().expect("it is bound");
    let settings = Settings::new()
        .endpoint(format!("http://{address}"))
        .timeout(Duration::from_millis(300))
        .queue_size(QUEUE)
        .schedule_delay(Duration::from_secs(60))
        .exit_wait(Duration::ZERO);
    configure(settings).expect("nothing was configured before");
    let reporter = Reporter::new("unheard");

    // The queue takes its number, and as many more as the sender has taken out by then.
    let begun = Instant::now();
    let lost = (1..=20 * QUEUE as u64)
        .filter(|id| match reporter.report([span("work", *id)]) {
            Ok(()) => false,
            Err(error) => {
                assert_eq!(error, ReportError::QueueFull { lost: 1 });
                true
            }
        })
        .count();
    let took = begun.elapsed();
    let several = reporter.report([span("work", 1), span("work", 2)]);

    assert!(lost >= 18 * QUEUE, "{lost} were lost");
    assert!(took < Duration::from_millis(500), "it took {took:?}");
    assert_eq!(several, Err(ReportError::QueueFull { lost: 2 }));

    // What was queued fails, and is counted.
    assert!(!flush(Duration::from_secs(10)));
    let counts = counts();
    assert_eq!(counts.queued + counts.dropped, 20 * QUEUE as u64 + 2);
    assert_eq!(counts.dropped, lost as u64 + 2);
    assert_eq!((counts.failed, counts.delivered), (counts.queued, 0));

    // Who would wait for room does not: the last batch has failed.
    let begun = Instant::now();
    let waited = reporter.report_waiting((1..=20 * QUEUE as u64).map(|id| span("work", id)));
    let took = begun.elapsed();
    assert!(matches!(waited, Err(ReportError::QueueFull { .. })));
    assert!(took < Duration::from_millis(500), "it took {took:?}");
    assert!(!flush(Duration::from_secs(10)));

    // There is room again.
    assert_eq!(reporter.report([span("work", 1)]), Ok(()));
}
