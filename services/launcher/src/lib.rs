//! Runs any service in any stage, each on a runtime of its own.
//!
//! A stage is chosen at run time, for each service alone, so a fleet can be moved service by service and one binary is
//! every cell of the grid. Nothing that is started here is global: a [`Running`] service owns its runtime, its store
//! connection, its tracer provider and its subscriber, and several of them live in one process, which is what the demo and
//! the tests do. Only the binary, which has its process to itself, installs a global subscriber.

mod cell;
mod census;
mod dropin;
mod mistake;
mod running;
mod settings;
mod socket;
mod start;
mod telemetry;

pub use cell::{NoSuchStage, Service, Stage};
pub use mistake::{Mistake, NoSuchMistake};
pub use pipeline::Counts;
pub use running::Running;
pub use settings::Settings;
pub use socket::Socket;
pub use start::{api, auth, auth_on, sms};
