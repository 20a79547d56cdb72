#![doc = include_str!("../README.md")]

#[cfg(feature = "http")]
mod http;

mod exporter;
mod ids;
mod install;
mod logs;
mod pipeline;
pub mod propagation;
mod record;
mod references;
mod registry;
mod reporter;
mod settings;
mod suppressed;
mod tags;
mod variables;

pub use ids::Ids;
pub use install::{InstallError, ReplayIds, ReplaySampler, install, is_installed, replay};
pub use record::SpanRecord;
pub use references::{Reference, ReferenceKind};
pub use registry::{counts, flush};
pub use reporter::{Counts, ReportError, Reporter};
pub use settings::{ConfigureError, Protocol, Settings, configure};

pub use opentelemetry;
pub use opentelemetry_sdk;
