//! A kit of cases that any OpenTracing tracer can be held to.
//!
//! The OpenTracing projects left suites behind: harnesses in Go, Python and JavaScript, and a testbed of scenarios in Java
//! and Python. Here they are, in Rust and for any tracer behind [`opentracing_shim::Tracer`], with cases for what only Rust
//! can get wrong.
//!
//! A [`Kit`] takes a factory, which makes a new tracer for each case. What the API does not tell, such as who the parent of
//! a span is, a [`Probe`] tells. What a tracer does not do, it does not claim among its [`Capabilities`].
//!
//! ```
//! use conformance::kit::{Capability, Capabilities, Kit};
//! use opentracing_shim::api::mock::MockTracer;
//!
//! let report = Kit::new(|| MockTracer::new().tracer())
//!     .capabilities(Capabilities::all().without([Capability::Binary]))
//!     .run_where(|case| case.id().starts_with("go."));
//!
//! report.assert();
//! ```
//!
//! That tracer has no probe, and the report says for each case what could therefore not be seen. The
//! [`subjects`] have one. [`main`] makes a test harness out of kits, so that `cargo test` names each case.
//!
//! Read in this order: `case.rs` and `subject.rs` for the two sides of a check, `ask.rs` for the questions, then `suites/`.

mod ask;
mod capability;
mod carrier;
mod case;
mod harness;
mod native;
mod probe;
mod report;
mod run;
mod setting;
mod subject;
pub mod subjects;
mod suites;

pub use capability::{Capabilities, Capability};
pub use case::{Case, Suite};
pub use harness::main;
pub use native::Native;
pub use probe::{ByIds, FinishedSpan, Probe};
pub use report::{Outcome, Question, Report};
pub use run::Kit;
pub use subject::Subject;
