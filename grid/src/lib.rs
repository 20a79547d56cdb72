//! The stages' source, read: what each adds to the bare text.
//!
//! The same reading serves the tests that hold a stage to adding only, the pages of `docs/compare`, and the view in the
//! browser, which has no source tree beside it. Read in this order:
//!
//! - [`sources`]: the files, from the disk or as they were when this was built
//! - [`stages`]: a folder is a stage, a file in it is a service
//! - [`flow`]: a file as tokens
//! - [`sameness`]: whether a stage only adds to the uninstrumented text
//! - [`summary`]: how much it adds
//! - [`side_by_side`]: what it adds, line beside line
//!
//! # Examples
//!
//! ```
//! # fn main() -> Result<(), grid::Error> {
//! use grid::{Sources, summary};
//!
//! for row in summary::rows(&Sources::embedded())? {
//!     println!("{}: {} lines more", row.stage, row.flow_lines);
//! }
//! # Ok(())
//! # }
//! ```

pub mod flow;
pub mod sameness;
pub mod side_by_side;
pub mod sources;
pub mod stages;
pub mod summary;

pub use side_by_side::Column;
pub use sources::Sources;
pub use stages::{BARE, SERVICES, Stage};

/// Why the stages cannot be read or compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder is there and cannot be read, or is not there.
    #[error("{path} cannot be read")]
    Read {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The sources lack a file.
    #[error("{path} is missing")]
    Missing {
        /// Its path below `services/stages`.
        path: String,
    },
    /// A file is not Rust.
    #[error("{path} is not Rust")]
    Syntax {
        /// Its path below `services/stages`.
        path: String,
        /// What the parser says.
        source: syn::Error,
    },
    /// A folder is a stage that nobody knows.
    #[error("{name} has no place in the order of stages")]
    Order {
        /// The folder.
        name: String,
    },
    /// The stage that all others are measured against is not there.
    #[error("the stage {BARE} is missing")]
    NoBare,
    /// A stage declares no such module.
    #[error("stage {stage} has no module `{module}`")]
    Module {
        /// The stage.
        stage: String,
        /// What it lacks.
        module: String,
    },
    /// A stage does more than add.
    #[error("stage {stage}, {service}")]
    Difference {
        /// The stage.
        stage: String,
        /// The service whose flow it is.
        service: String,
        /// What it does.
        source: sameness::Difference,
    },
    /// A text that is to be shown beside others lacks a function of bare, or a token of one.
    #[error("stage {stage} lacks {what} of bare, or has it elsewhere")]
    Lacks {
        /// The stage.
        stage: String,
        /// The function, or where the token is.
        what: String,
    },
}
