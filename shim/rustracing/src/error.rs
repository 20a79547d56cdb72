//! The one error type.

use trackable::TrackableError;
use trackable::error::{ErrorKind as Kind, TrackableError};

/// An error of this crate, with the places it has come by.
#[derive(Debug, Clone, TrackableError)]
pub struct Error(TrackableError<ErrorKind>);

/// What kind of error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Something that came from outside is not what it should be.
    InvalidInput,

    /// Anything else, for example a failure of I/O.
    Other,
}

impl Kind for ErrorKind {}
