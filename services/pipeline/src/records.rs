//! One event as one log record.
//!
//! OpenTelemetry's own bridge from `tracing` knows nothing of the `log` facade, through which all of the business logs: each
//! of its records would be named `log event`, come from the scope `log`, and tell files and lines.

use std::fmt;
use std::time::SystemTime;

use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, Severity};
use opentelemetry_sdk::logs::{SdkLogRecord, SdkLogger};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_log::NormalizeEvent as _;
use tracing_subscriber::layer::{Context, Layer};

/// The queue is bounded in records; this bounds it in bytes.
const LONGEST_TEXT: usize = 4096;

/// Makes log records. The SDK adds the ids of the span that is active in the OpenTelemetry context, where lines on standard
/// error have theirs from, too.
#[derive(Debug)]
pub(crate) struct Records {
    logger: SdkLogger,
}

impl Records {
    pub(crate) fn new(logger: SdkLogger) -> Self {
        Self { logger }
    }
}

impl<S: Subscriber> Layer<S> for Records {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // What came through the `log` facade carries its real target and level in fields.
        let normalized = event.normalized_metadata();
        let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
        let severity = severity(*metadata.level());
        let target = metadata.target();
        if !self.logger.event_enabled(severity, target, None) {
            return;
        }
        let mut record = self.logger.create_log_record();
        record.set_timestamp(SystemTime::now());
        record.set_target(target.to_owned());
        record.set_severity_number(severity);
        record.set_severity_text(metadata.level().as_str());
        event.record(&mut Fields(&mut record));
        self.logger.emit(record);
    }
}

fn severity(level: Level) -> Severity {
    match level {
        Level::TRACE => Severity::Trace,
        Level::DEBUG => Severity::Debug,
        Level::INFO => Severity::Info,
        Level::WARN => Severity::Warn,
        Level::ERROR => Severity::Error,
    }
}

/// The message is the body, all else an attribute.
struct Fields<'a>(&'a mut SdkLogRecord);

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: impl Into<AnyValue>) {
        match field.name() {
            "message" => self.0.set_body(value.into()),
            name if name.starts_with("log.") => {}
            name => self.0.add_attribute(name, value),
        }
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, shortened(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, shortened(value.to_owned()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match i64::try_from(value) {
            Ok(value) => self.put(field, value),
            // OTLP has no other whole numbers.
            Err(_) => self.put(field, value.to_string()),
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }
}

/// The beginning of what is too long.
fn shortened(mut text: String) -> String {
    if text.len() > LONGEST_TEXT {
        let end = (0..=LONGEST_TEXT).rfind(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_keeps_its_beginning() {
        let short = "é".repeat(LONGEST_TEXT / 2);
        assert_eq!(shortened(short.clone()), short);

        // A character of two bytes would be cut in half.
        let long = format!("x{short}");
        let kept = shortened(long);

        assert_eq!(kept, format!("x{}…", "é".repeat(LONGEST_TEXT / 2 - 1)));
    }
}
