//! Codes and sessions: what auth keeps, compares and answers, without the flow that ties these together.
//!
//! The flow is in the stages, one text for each: `services/stages/bare/src/auth.rs` is the plain one. In reading order:
//!
//! - [`requests`], [`answers`], [`error`]: what api asks and is told.
//! - [`mac`]: how a code is kept so that whoever has the store does not have the code.
//! - [`challenge`]: a code from its draft to the attempt at it.
//! - [`session`]: a token and what is stored of it.
//! - [`Store`]: the calls on the store, open until they are sent.
//! - [`App`] is what the handlers share, [`Config`] what an operator sets.

pub mod answers;
pub mod app;
pub mod challenge;
pub mod config;
pub mod error;
pub mod mac;
pub mod requests;
pub mod session;
mod store_calls;

pub use answers::{CodeIssued, SessionCreated, SessionFound, SessionRevoked};
pub use app::App;
pub use challenge::{Attempt, Draft, Proof};
pub use config::{Config, Keys};
pub use error::Error;
pub use platform::{Bearer, Body};
pub use requests::{IssueCode, LogIn};
pub use session::NewSession;
pub use store::{Attempt as Counted, Issued, Message, SessionRecord};
pub use store_calls::Store;
