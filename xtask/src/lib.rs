//! Developer commands, and the measures that they and the tests share.
//!
//! - [`check`]: what continuous integration asks besides the tests
//! - [`stages`]: the grid of stages on disk
//! - [`flow`]: a stage's file as tokens
//! - [`sameness`]: whether a stage only adds to the uninstrumented text
//! - [`summary`], [`pages`]: how much it adds, as a table in the documentation

pub mod check;
pub mod flow;
pub mod pages;
pub mod sameness;
pub mod stages;
pub mod summary;
pub mod workspace;
