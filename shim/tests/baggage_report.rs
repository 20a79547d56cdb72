//! E11: baggage that cannot leave the process is told in the log, once. The logger belongs to the whole process, so this
//! file has one test.

mod support;

use std::collections::HashMap;
use std::sync::Mutex;

use log::{Level, LevelFilter, Log, Metadata, Record};
use opentracing_shim::{Format, InjectError};
use support::Recorder;

/// The lines that the crate has logged.
struct Lines(Mutex<Vec<(Level, String)>>);

impl Log for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("opentracing_shim")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let line = (record.level(), record.args().to_string());
            self.0.lock().expect("no test panics inside").push(line);
        }
    }

    fn flush(&self) {}
}

static LINES: Lines = Lines(Mutex::new(Vec::new()));

fn lines() -> Vec<(Level, String)> {
    LINES.0.lock().expect("no test panics inside").clone()
}

#[test]
fn e11_what_cannot_leave_is_reported_once() {
    log::set_logger(&LINES).expect("the first logger of this process");
    log::set_max_level(LevelFilter::Trace);
    let recorder = Recorder::new();
    let inject = |span| {
        recorder
            .tracer
            .inject(span, Format::TextMap, &mut HashMap::new())
    };

    let span = recorder.tracer.build_span("a").start();
    span.set_baggage_item("plain-key", "any value: ü, %, =")
        .set_baggage_item("odd!#$but*allowed", "1");
    let fine = inject(&span);
    let before = lines();
    span.set_baggage_item("two words", "kept");
    let after = lines();
    for key in ["", "größe", "two words", "a=b"] {
        span.set_baggage_item(key, "kept");
        let refused = inject(&span);
        assert!(matches!(refused, Err(InjectError::Baggage { .. })), "{key}");
    }

    assert!(fine.is_ok());
    assert!(before.is_empty(), "{before:?}");
    assert_eq!(after.len(), 1);
    assert_eq!(after[0].0, Level::Warn);
    assert!(!after[0].1.contains("two words"), "a key may be anything");
    assert_eq!(lines(), after, "it is said once");
    assert_eq!(span.baggage_item("two words").as_deref(), Some("kept"));
    assert_eq!(span.baggage_item("").as_deref(), Some("kept"));
}
