//! Names of log fields, from OpenTracing's semantic conventions.

/// A stable name of a notable moment; it becomes the name of the event. The value `error` makes the record an exception.
pub const EVENT: &str = "event";
/// A concise, human-readable message about the event.
pub const MESSAGE: &str = "message";
/// A stack trace as text, with or without newlines.
pub const STACK: &str = "stack";
/// The type of an error, for records whose event is `error`.
pub const ERROR_KIND: &str = "error.kind";
/// The error itself, for records whose event is `error`. See [`FieldValue::error`](crate::FieldValue::error).
pub const ERROR_OBJECT: &str = "error.object";
