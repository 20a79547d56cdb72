//! What an OpenTracing tracer has to pass, executed.
//!
//! [`kit`] is for any tracer: cases from the harnesses and testbeds of the OpenTracing projects, and for what only Rust can
//! get wrong.
//!
//! The other modules are for a bridge. A [vector](vector::Vector) is a small program of OpenTracing calls together with
//! what a correct bridge makes of it: the spans that it exports and what the program read on its way. They are read,
//! [run](run::run) against `opentracing-shim` over the OpenTelemetry SDK, and [compared](compare::compare). The vectors of
//! this repository were recorded on the reference bridge, see `README.md` beside `Cargo.toml`.
//!
//! Read in this order: [`vector`] is the shape of a file, [`run`] does the calls, [`compare`] holds the rules by which two
//! spans count as equal, [`suite`] goes through folders and prints.
//!
//! ```
//! use std::path::Path;
//!
//! use conformance::compare::compare;
//! use conformance::run::run;
//! use conformance::vector::Vector;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/child_of.json");
//! let vector = Vector::read(&path)?;
//! let outcome = run(&vector)?;
//!
//! assert_eq!(compare(&vector.expect, &outcome).mismatches, []);
//! # Ok(())
//! # }
//! ```

pub mod compare;
pub mod kit;
pub mod run;
pub mod suite;
pub mod vector;

/// The Rust blocks of `README.md` are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
