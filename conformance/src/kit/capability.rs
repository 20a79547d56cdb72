//! What a tracer can be asked.

use std::collections::BTreeSet;
use std::fmt;

/// Something that not every tracer does. A case that needs what is not claimed is skipped, and the report says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// Each span has ids of its own, and descendants stay in the trace of their ancestor.
    Identity,
    /// Spans keep baggage and hand it on to their descendants.
    Baggage,
    /// There is an active span, and scopes change it.
    Scopes,
    /// Contexts are written in the formats `TextMap` and `HttpHeaders`.
    Inject,
    /// Contexts are read in the formats `TextMap` and `HttpHeaders`.
    Extract,
    /// The format `Binary` is offered too. A tracer that does not offer it has to refuse it.
    Binary,
    /// A scope may be dropped when the thread is about to end and the tracer's own data of the thread is gone. A tracer
    /// that panics there takes the process with it, so this is asked of those alone that claim it.
    Teardown,
    /// OpenTelemetry code records into the same place. Counts only if the subject has a [`Native`](super::Native) part.
    Native,
}

impl Capability {
    const ALL: [Self; 8] = [
        Self::Identity,
        Self::Baggage,
        Self::Scopes,
        Self::Inject,
        Self::Extract,
        Self::Binary,
        Self::Teardown,
        Self::Native,
    ];
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "identity",
            Self::Baggage => "baggage",
            Self::Scopes => "scopes",
            Self::Inject => "inject",
            Self::Extract => "extract",
            Self::Binary => "binary",
            Self::Teardown => "teardown",
            Self::Native => "native",
        })
    }
}

/// The capabilities that a tracer claims.
///
/// ```
/// use conformance::kit::{Capabilities, Capability};
///
/// let claimed = Capabilities::all().without([Capability::Binary]);
/// assert!(claimed.has(Capability::Baggage));
/// assert!(!claimed.has(Capability::Binary));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities(BTreeSet<Capability>);

impl Capabilities {
    /// Everything.
    pub fn all() -> Self {
        Self(Capability::ALL.into())
    }

    /// Nothing, as the no-op tracer.
    pub fn none() -> Self {
        Self(BTreeSet::new())
    }

    /// These besides.
    #[must_use]
    pub fn with(mut self, more: impl IntoIterator<Item = Capability>) -> Self {
        self.0.extend(more);
        self
    }

    /// All but these.
    #[must_use]
    pub fn without(mut self, fewer: impl IntoIterator<Item = Capability>) -> Self {
        for capability in fewer {
            self.0.remove(&capability);
        }
        self
    }

    /// Whether it is claimed.
    pub fn has(&self, capability: Capability) -> bool {
        self.0.contains(&capability)
    }
}
