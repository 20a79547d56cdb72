//! Are two captures of traces the same? And if not, in what do they differ, and what explains it?
//!
//! Spans are matched by structure and never by id; ids, times and ports are passed over. Each difference is one of a few
//! kinds, and [`Rules`] say which are what a migration is about: `http.status_code` that has become
//! `http.response.status_code`, a log that has become an event. Differences without a rule are the ones to look at.
//!
//! - [`Capture`]: spans that were recorded, read from OTLP JSON, Jaeger JSON or the address of a Jaeger;
//! - [`Rules`]: the built-in ones, and one's own;
//! - [`compare()`]: two captures side by side, as a [`Report`];
//! - [`doctor()`]: what is wrong within one capture, as [`Finding`]s;
//! - [`output`]: both as text and as a page.
//!
//! The command `trace-compare` does the same for files.

mod capture;
mod compare;
mod differ;
mod doctor;
mod forest;
mod lines;
mod matching;
mod model;
mod nodes;
pub mod output;
mod pages;
#[cfg(feature = "query")]
mod query;
mod read;
mod report;
mod rules;

pub use capture::Capture;
pub use compare::compare;
pub use doctor::{Edge, Finding, Problem, doctor};
pub use read::ReadError;
pub use report::{Change, Difference, Group, Ids, Report, Row, Summary};
pub use rules::{BUILTIN as BUILTIN_RULES, Rules, RulesError};
