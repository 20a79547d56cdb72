//! Reporting from a destructor at the end of a thread, when OpenTelemetry's context of that thread is gone: its own API
//! panics there, and that would end the process.

#[path = "support/collector.rs"]
mod collector;
#[path = "support/spans.rs"]
mod spans;

use std::cell::RefCell;
use std::thread;
use std::time::Duration;

use collector::Collector;
use opentelemetry::Context;
use opentracing_shim_legacy::{Reporter, Settings, configure, flush};
use spans::span;

const DEADLINE: Duration = Duration::from_secs(10);

struct ReportsAtTheEnd(Reporter, u64);

impl Drop for ReportsAtTheEnd {
    fn drop(&mut self) {
        let reported = self.0.report([span("last", self.1)]);
        reported.expect("there is room");
    }
}

thread_local! {
    static KEPT: RefCell<Option<ReportsAtTheEnd>> = const { RefCell::new(None) };
}

#[test]
fn a_thread_may_report_when_its_current_context_is_gone() {
    let collector = Collector::start();
    configure(Settings::new().endpoint(collector.grpc_url()))
        .expect("nothing was configured before");
    let reporter = Reporter::new("threads");

    for (id, has_reported) in [(10, true), (20, false)] {
        let reporter = reporter.clone();
        thread::spawn(move || {
            KEPT.set(Some(ReportsAtTheEnd(reporter.clone(), id)));
            // Made after what is kept, the context goes before it.
            drop(Context::current());
            if has_reported {
                reporter
                    .report([span("first", id + 1)])
                    .expect("there is room");
            }
        })
        .join()
        .expect("the destructor does not panic");
    }

    assert!(flush(DEADLINE));
    let mut operations = collector.operations("threads");
    operations.sort();
    assert_eq!(operations, ["first", "last", "last"]);
}
