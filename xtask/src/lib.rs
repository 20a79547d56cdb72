//! Developer commands, and the measures that they and the tests share.
//!
//! - [`check`]: what continuous integration asks besides the tests
//! - [`stages`]: the grid of stages on disk
//! - [`flow`]: a stage's file as tokens
//! - [`sameness`]: whether a stage only adds to the uninstrumented text
//! - [`summary`]: how much it adds
//! - [`includes`], [`diff`]: code and its changes, as the documentation shows them
//! - [`pages`]: the documentation that all of this is written into

pub mod check;
pub mod diff;
pub mod flow;
pub mod includes;
pub mod pages;
pub mod sameness;
pub mod stages;
pub mod summary;
pub mod workspace;
