//! The tracers of this workspace as kits, each with honest claims. They are examples of [`Probe`](super::Probe)s too.

mod by_hand;
mod mock;
mod shim;

use opentracing_shim::Tracer;

use super::{Capabilities, Kit};

pub use by_hand::by_hand;
pub use mock::mock;
pub use shim::{always_off, api_noop, sdk};

/// The tracer that does nothing, and so claims nothing: no case may make it panic.
pub fn noop() -> Kit {
    Kit::new(Tracer::noop).capabilities(Capabilities::none())
}
