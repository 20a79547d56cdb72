//! The public HTTP service: what it asks, answers and refuses, without the flow that ties these together.
//!
//! The flow is in the stages, one text for each: `services/stages/bare/src/api.rs` is the plain one. It reads a request
//! ([`SendCode`], [`LogIn`]), calls auth ([`Auth`]) and answers ([`CodeSent`], [`LoggedIn`], [`Session`], [`LoggedOut`])
//! or fails ([`Error`]). [`App`] is what the handlers share, [`Config`] what an operator sets.

pub mod answers;
pub mod app;
pub mod auth;
pub mod config;
pub mod error;
pub mod requests;

pub use answers::{CodeSent, LoggedIn, LoggedOut, Session};
pub use app::App;
pub use auth::Auth;
pub use config::Config;
pub use error::Error;
pub use platform::{Bearer, Body, Phone};
pub use requests::{Attempt, LogIn, SendCode};
