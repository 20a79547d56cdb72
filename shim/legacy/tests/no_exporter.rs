//! Settings that no exporter can be made of.

#[path = "support/spans.rs"]
mod spans;

use opentracing_shim_legacy::{ReportError, Reporter, Settings, configure, flush};
use spans::span;
use std::time::Duration;

#[test]
fn an_endpoint_that_is_none_is_an_error_of_each_report() {
    configure(Settings::new().endpoint("carrier pigeon")).expect("nothing was configured before");
    let reporter = Reporter::new("unheard");

    for _ in 0..2 {
        let error = reporter
            .report([span("work", 1)])
            .expect_err("there is no such place");
        let ReportError::NoExporter(reason) = &error else {
            panic!("{error:?}");
        };
        assert!(reason.contains("carrier pigeon"), "{reason}");
    }
    assert!(flush(Duration::ZERO), "there is nothing to send");
}
