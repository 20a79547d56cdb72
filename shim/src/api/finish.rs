//! What a span may be given when it finishes.

use std::time::SystemTime;

use super::LogRecord;

/// Options of [`Span::finish_with`](super::Span::finish_with).
///
/// ```
/// use std::time::SystemTime;
/// use opentracing_shim::{FinishOptions, LogRecord, Tracer};
///
/// let span = Tracer::noop().build_span("import").start();
/// let end = SystemTime::now();
/// span.finish_with(FinishOptions::new().at(end).log(LogRecord::new([("event", "flushed")]).at(end)));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FinishOptions {
    pub(crate) time: Option<SystemTime>,
    pub(crate) logs: Vec<LogRecord>,
}

impl FinishOptions {
    /// Finish now, without further records.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finish at the given time.
    #[must_use]
    pub fn at(self, time: SystemTime) -> Self {
        Self {
            time: Some(time),
            ..self
        }
    }

    /// Add one more record before the span ends.
    #[must_use]
    pub fn log(mut self, record: LogRecord) -> Self {
        self.logs.push(record);
        self
    }

    /// The time to finish at, if one was given.
    pub fn time(&self) -> Option<SystemTime> {
        self.time
    }

    /// The records to add.
    pub fn logs(&self) -> &[LogRecord] {
        &self.logs
    }
}
