//! Captures from text: OTLP JSON and Jaeger JSON, told apart by their keys.
//!
//! - `document`: one JSON value of a file, of either format;
//! - `otlp`, `jaeger`: the formats, and what their spans are in our terms;
//! - `scalars`: ids, numbers and values, each of which says what it expected;
//! - `error`: why something is no capture.

mod document;
mod error;
mod jaeger;
mod otlp;
mod scalars;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use error::ReadError;

use crate::Capture;
use crate::model::Span;

/// The largest input that is read. What is made of it takes a few times as much memory.
pub(crate) const MAX_BYTES: usize = 1 << 30;

impl Capture {
    /// Reads a capture from text; `source` names it in errors and reports.
    ///
    /// It may be OTLP JSON: one export request, or one a line, as the Collector's file exporter writes them; its lines of
    /// logs and metrics are passed over. Or Jaeger JSON: an answer of its HTTP API, a download of its page, a trace by itself
    /// or a list of traces.
    ///
    /// # Errors
    /// The text is neither, is not complete, contradicts itself, or holds no span.
    pub fn from_slice(source: &str, text: &[u8]) -> Result<Self, ReadError> {
        Self::of_spans(source, spans(source, text)?)
    }

    /// Reads a capture from a stream, to its end.
    ///
    /// # Errors
    /// As [`Self::from_slice`]; also if reading fails, or there is more than a gibibyte.
    pub fn from_reader(source: &str, reader: impl Read) -> Result<Self, ReadError> {
        let mut text = Vec::new();
        let failed = |error| ReadError::Io {
            place: source.to_owned(),
            source: error,
        };
        let limit = u64::try_from(MAX_BYTES).expect("a gibibyte fits into 64 bits");
        reader
            .take(limit + 1)
            .read_to_end(&mut text)
            .map_err(failed)?;
        if text.len() > MAX_BYTES {
            return Err(ReadError::TooLarge {
                place: source.to_owned(),
                limit: MAX_BYTES,
            });
        }
        Self::from_slice(source, &text)
    }

    /// Reads a capture from a file.
    ///
    /// # Errors
    /// As [`Self::from_reader`].
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        let source = path.as_ref().display().to_string();
        let file = File::open(&path).map_err(|error| ReadError::Io {
            place: source.clone(),
            source: error,
        })?;
        Self::from_reader(&source, file)
    }

    pub(crate) fn of_spans(source: &str, spans: Vec<Span>) -> Result<Self, ReadError> {
        if spans.is_empty() {
            return Err(ReadError::Empty {
                place: source.to_owned(),
            });
        }
        Ok(Self::new(source.to_owned(), spans))
    }
}

/// All spans of a text, in its order.
pub(crate) fn spans(source: &str, text: &[u8]) -> Result<Vec<Span>, ReadError> {
    document::spans(text).map_err(|fault| ReadError::content(source, text, fault))
}
