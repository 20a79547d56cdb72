//! Developer commands, and the measures that they and the tests share.
//!
//! - [`check`]: what continuous integration asks besides the tests
//! - [`conformance`]: which test shows which requirement
//! - [`summary`]: how much each stage adds to the uninstrumented text, which [`grid`] measures
//! - [`side_by_side`]: what it adds, on a page for each service
//! - [`includes`], [`diff`]: code and its changes, as the documentation shows them
//! - [`mapping`]: what old tags are called today, as `compare` knows it
//! - [`mistakes`]: every mistake that is made on purpose, made by the demo
//! - [`fleets`]: every combination of stages, run by the demo
//! - [`public_api`]: what of the crate to publish can be named from outside
//! - [`semver`]: whether it keeps what the last release promised
//! - [`package`]: whether what others would get builds
//! - [`fuzz`]: whatever reads, with inputs that nobody thought of
//! - [`pages`]: the documentation that all of this is written into

pub mod check;
pub mod conformance;
pub mod diff;
pub mod fleets;
pub mod fuzz;
pub mod includes;
pub mod mapping;
pub mod mistakes;
pub mod package;
pub mod pages;
pub mod public_api;
pub mod semver;
pub mod side_by_side;
pub mod summary;
pub mod workspace;
