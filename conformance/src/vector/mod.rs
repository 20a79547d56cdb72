//! Vectors: small programs of OpenTracing calls with what a correct bridge makes of them.
//!
//! [`Vector`] is one file. Its program is a list of [`Step`]s, its expectation an [`Expect`]. Reading is strict: a step,
//! field, propagator, sampler or status that this crate does not know is an error that names the file and the place, as a
//! vector that is only half understood would pass for the wrong reason.

mod expect;
mod scalar;
mod step;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

pub use expect::{
    ActiveRead, BaggageRead, ContextRecord, CurrentBaggageRead, EventRecord, Expect, ExtractedRead,
    InjectedRead, ItemsRead, Kind, LinkRecord, Read, SpanRecord, Status,
};
pub use scalar::Scalar;
pub use step::{Format, NativeBaggage, Reference, ReferenceKind, Step};

/// One vector: a program, and what it leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector {
    /// What the vector is called; its file's name without `.json`.
    pub name: String,
    /// One sentence saying what it shows.
    pub about: String,
    /// Ids of the requirements that it shows.
    pub clauses: Vec<String>,
    /// The tracer that the program runs on.
    pub setup: Setup,
    /// The program.
    pub steps: Vec<Step>,
    /// What it leaves behind.
    pub expect: Expect,
}

/// The tracer that a program runs on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Setup {
    /// Who is recorded.
    pub sampler: SamplerName,
    /// The propagators of the HTTP headers format.
    pub http_headers: Vec<PropagatorName>,
    /// The propagators of the text map format.
    pub text_map: Vec<PropagatorName>,
}

impl Default for Setup {
    fn default() -> Self {
        let w3c = vec![PropagatorName::Tracecontext, PropagatorName::Baggage];
        Self {
            sampler: SamplerName::ParentbasedAlwaysOn,
            http_headers: w3c.clone(),
            text_map: w3c,
        }
    }
}

/// A sampler, by the name that `OTEL_TRACES_SAMPLER` has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SamplerName {
    /// The parent's decision; roots are recorded.
    ParentbasedAlwaysOn,
    /// The parent's decision; roots are not recorded.
    ParentbasedAlwaysOff,
    /// Everything.
    AlwaysOn,
    /// Nothing.
    AlwaysOff,
}

/// A propagator, by the name that `OTEL_PROPAGATORS` has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PropagatorName {
    /// W3C trace context.
    Tracecontext,
    /// W3C baggage.
    Baggage,
    /// Jaeger's `uber-trace-id` and `uberctx-*`.
    Jaeger,
    /// B3 in one header.
    B3,
    /// B3 in several headers.
    B3multi,
}

impl PropagatorName {
    /// The name as it is written in a vector.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tracecontext => "tracecontext",
            Self::Baggage => "baggage",
            Self::Jaeger => "jaeger",
            Self::B3 => "b3",
            Self::B3multi => "b3multi",
        }
    }

    /// Whether the propagator looks at a carrier's field of that name.
    pub fn reads(self, field: &str) -> bool {
        let field = field.to_ascii_lowercase();
        match self {
            Self::Tracecontext => ["traceparent", "tracestate"].contains(&field.as_str()),
            Self::Baggage => field == "baggage",
            Self::Jaeger => {
                ["uber-trace-id", "jaeger-baggage", "jaeger-debug-id"].contains(&field.as_str())
                    || field.starts_with("uberctx-")
            }
            // Each of the two reads what the other one writes.
            Self::B3 | Self::B3multi => field == "b3" || field.starts_with("x-b3-"),
        }
    }
}

/// Why a vector could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file could not be read at all.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The text is no JSON, or not of a vector's shape.
    #[error("{}: is no vector: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// One step or one expected read is not understood.
    #[error("{}: {place}[{index}] `{label}`: {source}", path.display())]
    NotUnderstood {
        /// The file.
        path: PathBuf,
        /// The list, `steps` or `expect.reads`.
        place: &'static str,
        /// The position in the list, from 0.
        index: usize,
        /// The name of the step, or the text of the read.
        label: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl Vector {
    /// Reads the vector in a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, and as [`Vector::parse`].
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        let text = fs::read_to_string(path).map_err(|source| LoadError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text, path)
    }

    /// Reads a vector from its text; `path` is what errors call it.
    ///
    /// # Errors
    ///
    /// When the text is not JSON, and when it holds a step, read, field or name that is not known or lacks one.
    pub fn parse(text: &str, path: &Path) -> Result<Self, LoadError> {
        let raw: RawVector = serde_json::from_str(text).map_err(|source| LoadError::Malformed {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            name: raw.name,
            about: raw.about,
            clauses: raw.clauses,
            setup: raw.setup,
            steps: each(path, "steps", raw.steps, |step| {
                serde_json::from_value(step)
            })?,
            expect: Expect {
                spans: raw.expect.spans,
                reads: each(path, "expect.reads", raw.expect.reads, Read::from_json)?,
            },
        })
    }
}

/// The file's outer shape. Steps and reads are taken apart one by one, so that an error can say which one it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVector {
    name: String,
    about: String,
    clauses: Vec<String>,
    setup: Setup,
    steps: Vec<Value>,
    expect: RawExpect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExpect {
    spans: Vec<SpanRecord>,
    reads: Vec<Value>,
}

fn each<T>(
    path: &Path,
    place: &'static str,
    items: Vec<Value>,
    read: impl Fn(Value) -> Result<T, serde_json::Error>,
) -> Result<Vec<T>, LoadError> {
    items
        .into_iter()
        .enumerate()
        .map(|(index, item)| {
            let label = match item.get("do").and_then(Value::as_str) {
                Some(name) => name.to_owned(),
                None => item.to_string(),
            };
            read(item).map_err(|source| LoadError::NotUnderstood {
                path: path.to_owned(),
                place,
                index,
                label,
                source,
            })
        })
        .collect()
}

/// Text by text, in the order of the keys: items of baggage, entries of a carrier.
pub type TextMap = BTreeMap<String, String>;
