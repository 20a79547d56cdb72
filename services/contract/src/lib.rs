//! What the services promise over HTTP, as cases that run against every stage.
//!
//! A case is an async function over a [`Target`]: it speaks HTTP and knows nothing of what is behind it, so the same cases
//! run against services in one process ([`Fleet`]) and against processes elsewhere. A case that fails panics, and says
//! what was expected.
//!
//! - [`login`]: codes, from sending to every way of being refused.
//! - [`sessions`]: tokens, from the login to the end.
//! - [`requests`]: what is refused before anything happens.
//! - [`doors`]: who may call what, and the probes.
//! - [`outage`]: what is answered while a part is missing.
//!
//! [`suite!`] makes a test of every case, [`every_case`] runs those that need no special numbers one after another.

pub mod answer;
pub mod doors;
pub mod fleet;
pub mod login;
pub mod outage;
pub mod requests;
pub mod sessions;
mod suite;
pub mod target;

pub use answer::Answer;
pub use fleet::{Apps, Fleet, Services};
pub use suite::every_case;
pub use target::{Numbers, Target};
