//! What is logged in a span.

use std::borrow::Cow;
use std::time::SystemTime;

#[cfg(feature = "stacktrace")]
use backtrace::Backtrace;

use crate::order;

/// Collects the fields of one [`Log`].
#[derive(Debug)]
pub struct LogBuilder {
    fields: Vec<LogField>,
    time: Option<SystemTime>,
}

impl LogBuilder {
    pub(crate) fn new() -> Self {
        Self {
            fields: Vec::new(),
            time: None,
        }
    }

    /// Adds a field. Of several with one name, the last counts.
    pub fn field<T: Into<LogField>>(&mut self, field: T) -> &mut Self {
        self.fields.push(field.into());
        self
    }

    /// Sets when it happened, which is now by default.
    pub fn time(&mut self, time: SystemTime) -> &mut Self {
        self.time = Some(time);
        self
    }

    /// Goes on with the fields that OpenTracing has names for.
    pub fn std(&mut self) -> StdLogFieldsBuilder<'_> {
        StdLogFieldsBuilder(self)
    }

    /// Adds `event` = `error`, and goes on with the fields that OpenTracing has names for in an error.
    ///
    /// It does not mark the span as failed; [`Span::error_log`](crate::span::Span::error_log) does.
    pub fn error(&mut self) -> StdErrorLogFieldsBuilder<'_> {
        self.field(("event", "error"));
        StdErrorLogFieldsBuilder(self)
    }

    /// The log, or nothing if there are no fields.
    pub(crate) fn finish(mut self) -> Option<Log> {
        if self.fields.is_empty() {
            return None;
        }
        order::by_name(&mut self.fields, LogField::name);
        Some(Log {
            fields: self.fields,
            time: self.time.unwrap_or_else(SystemTime::now),
        })
    }
}

/// A moment in the life of a span.
#[derive(Debug, Clone)]
pub struct Log {
    fields: Vec<LogField>,
    time: SystemTime,
}

impl Log {
    /// The fields, sorted by name.
    pub fn fields(&self) -> &[LogField] {
        &self.fields
    }

    /// When it happened.
    pub fn time(&self) -> SystemTime {
        self.time
    }
}

/// A field of a log: a name and a text.
#[derive(Debug, Clone)]
pub struct LogField {
    name: Cow<'static, str>,
    value: Cow<'static, str>,
}

impl LogField {
    /// Makes a field. A pair of two texts is one as well.
    pub fn new<N, V>(name: N, value: V) -> Self
    where
        N: Into<Cow<'static, str>>,
        V: Into<Cow<'static, str>>,
    {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl<N, V> From<(N, V)> for LogField
where
    N: Into<Cow<'static, str>>,
    V: Into<Cow<'static, str>>,
{
    fn from((name, value): (N, V)) -> Self {
        Self::new(name, value)
    }
}

/// The fields that OpenTracing has names for.
#[derive(Debug)]
pub struct StdLogFieldsBuilder<'a>(&'a mut LogBuilder);

impl StdLogFieldsBuilder<'_> {
    /// Adds `event`, which names the moment, for example `connected`.
    pub fn event<T>(&mut self, event: T) -> &mut Self
    where
        T: Into<Cow<'static, str>>,
    {
        self.0.field(("event", event));
        self
    }

    /// Adds `message`, a line for people.
    pub fn message<T>(&mut self, message: T) -> &mut Self
    where
        T: Into<Cow<'static, str>>,
    {
        self.0.field(("message", message));
        self
    }

    /// Adds `stack`, the stack of this call.
    #[cfg(feature = "stacktrace")]
    pub fn stack(&mut self) -> &mut Self {
        self.0.field(("stack", stack_trace()));
        self
    }
}

/// The fields that OpenTracing has names for in an error.
#[derive(Debug)]
pub struct StdErrorLogFieldsBuilder<'a>(&'a mut LogBuilder);

impl StdErrorLogFieldsBuilder<'_> {
    /// Adds `error.kind`, the type of the error.
    pub fn kind<T>(&mut self, kind: T) -> &mut Self
    where
        T: Into<Cow<'static, str>>,
    {
        self.0.field(("error.kind", kind));
        self
    }

    /// Adds `message`, a line for people.
    pub fn message<T>(&mut self, message: T) -> &mut Self
    where
        T: Into<Cow<'static, str>>,
    {
        self.0.field(("message", message));
        self
    }

    /// Adds `stack`, the stack of this call.
    #[cfg(feature = "stacktrace")]
    pub fn stack(&mut self) -> &mut Self {
        self.0.field(("stack", stack_trace()));
        self
    }
}

#[cfg(feature = "stacktrace")]
fn stack_trace() -> String {
    format!("{:?}", Backtrace::new())
}
