//! A log record that belongs to a trace.

use opentelemetry::trace::SpanId;

use super::Tags;

/// What a service wrote to its log while it worked on a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRecord {
    /// When it was written, or else when it was first seen, in nanoseconds since 1970.
    pub unix_nanos: i64,
    /// How serious it is, by OpenTelemetry's numbers: 1 to 24, or 0 if it was not said.
    pub severity_number: i32,
    /// The word that its library has for that; may be empty.
    pub severity_text: String,
    /// The name of the event that it tells of; may be empty.
    pub event_name: String,
    /// What it says.
    pub body: String,
    /// Its attributes.
    pub tags: Tags,
    /// The service that wrote it.
    pub service: String,
    /// The instrumentation scope: the logger's name. May be empty.
    pub scope: String,
    /// The span during which it was written.
    pub span_id: Option<SpanId>,
}

/// The classes of OpenTelemetry's severities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It was not said.
    Unspecified,
    /// 1 to 4.
    Trace,
    /// 5 to 8.
    Debug,
    /// 9 to 12.
    Info,
    /// 13 to 16.
    Warn,
    /// 17 to 20.
    Error,
    /// 21 to 24.
    Fatal,
}

impl LogRecord {
    /// The class of its severity.
    pub fn severity(&self) -> Severity {
        match self.severity_number {
            1..=4 => Severity::Trace,
            5..=8 => Severity::Debug,
            9..=12 => Severity::Info,
            13..=16 => Severity::Warn,
            17..=20 => Severity::Error,
            21..=24 => Severity::Fatal,
            _ => Severity::Unspecified,
        }
    }
}

impl Severity {
    /// Its name; of none, an empty one.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "",
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}
