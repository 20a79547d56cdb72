//! Conformance of an OpenTracing bridge, executed.
//!
//! A [vector](vector::Vector) is a small program of OpenTracing calls together with what a correct bridge makes of it: the
//! spans that it exports and what the program read on its way. This crate reads vectors, [runs](run::run) them against
//! `opentracing-shim` over the OpenTelemetry SDK, and [compares](compare::compare). The vectors of this repository were
//! recorded on the reference bridge, see `README.md` beside `Cargo.toml`.
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
