//! Other errors as those of this crate.

use std::error::Error as StdError;

use trackable::error::ErrorKindExt as _;

use crate::{Error, ErrorKind};

pub(crate) fn invalid(cause: impl StdError + Send + Sync + 'static) -> Error {
    ErrorKind::InvalidInput.cause(cause).into()
}

pub(crate) fn other(cause: impl StdError + Send + Sync + 'static) -> Error {
    ErrorKind::Other.cause(cause).into()
}
