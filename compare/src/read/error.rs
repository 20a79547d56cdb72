//! Why something is no capture.

use std::io;

/// Input that cannot be used. The text names the place: a file, its line and column, and what was expected there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It cannot be read at all.
    #[error("{place}: {source}")]
    Io {
        /// The file.
        place: String,
        /// Why not.
        source: io::Error,
    },
    /// It is more than is read.
    #[error("{place}: more than {limit} bytes")]
    TooLarge {
        /// The file.
        place: String,
        /// The most that is read.
        limit: usize,
    },
    /// It is not what it has to be.
    #[error("{place}:{line}:{column}: {message}")]
    Content {
        /// The file.
        place: String,
        /// The line, from 1.
        line: usize,
        /// The column, in bytes from 1.
        column: usize,
        /// What was expected.
        message: String,
    },
    /// It is a document of a known format without any span. Nothing compared with nothing proves nothing.
    #[error("{place}: there is no span in it")]
    Empty {
        /// The file.
        place: String,
    },
    /// An address cannot be asked.
    #[cfg(feature = "query")]
    #[error("{place}: {message}")]
    Address {
        /// The address.
        place: String,
        /// What was expected, or what the other side said.
        message: String,
    },
}

/// What is wrong with a text, and where.
#[derive(Debug)]
pub(super) enum Fault {
    /// Found by the parser, which knows the line and the column.
    Json(serde_json::Error),
    /// Found afterwards, at a byte of the text.
    At { offset: usize, message: String },
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

impl ReadError {
    pub(super) fn content(place: &str, text: &[u8], fault: Fault) -> Self {
        let (line, column, message) = match fault {
            Fault::Json(error) => {
                let (line, column) = (error.line(), error.column());
                let message = error.to_string();
                let place = format!(" at line {line} column {column}");
                let message = message.strip_suffix(&place).unwrap_or(&message).to_owned();
                // A text that ends too early is told to end before its first column.
                (line.max(1), column.max(1), message)
            }
            Fault::At { offset, message } => {
                let before = &text[..offset.min(text.len())];
                let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                let column = before
                    .iter()
                    .rev()
                    .take_while(|byte| **byte != b'\n')
                    .count()
                    + 1;
                (line, column, message)
            }
        };
        Self::Content {
            place: place.to_owned(),
            line,
            column,
            message,
        }
    }
}
