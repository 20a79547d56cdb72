//! A tracer under test with all that is known about it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use opentracing_shim::Tracer;

use super::probe::ByIds;
use super::report::Question;
use super::{Capabilities, Capability, Native, Probe};

/// What a factory makes anew for each case: a tracer, and what looks behind it.
#[derive(Clone)]
pub struct Subject {
    pub(super) tracer: Tracer,
    pub(super) probe: Arc<dyn Probe>,
    pub(super) capabilities: Capabilities,
    native: Option<Native>,
    /// The questions that the probe had no answer to.
    unanswered: Arc<Mutex<BTreeSet<Question>>>,
}

impl Subject {
    /// A tracer of which nothing is known but what its contexts tell.
    pub fn new(tracer: Tracer) -> Self {
        Self {
            tracer,
            probe: Arc::new(ByIds),
            capabilities: Capabilities::all(),
            native: None,
            unanswered: Arc::default(),
        }
    }

    /// Looks behind this very tracer, not at what other tracers of its kind did.
    #[must_use]
    pub fn probe(mut self, probe: impl Probe + 'static) -> Self {
        self.probe = Arc::new(probe);
        self
    }

    /// OpenTelemetry spans that the probe sees too.
    #[must_use]
    pub fn native(mut self, native: Native) -> Self {
        self.native = Some(native);
        self
    }

    pub(super) fn claiming(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    pub(super) fn has(&self, capability: Capability) -> bool {
        self.capabilities.has(capability)
            && (capability != Capability::Native || self.native.is_some())
    }

    /// For cases that need it alone.
    pub(super) fn otel(&self) -> &Native {
        self.native.as_ref().expect("the case needs `native`")
    }

    /// The answer to a question, noted if there is none.
    pub(super) fn ask<T>(&self, question: Question, answer: Option<T>) -> Option<T> {
        if answer.is_none() {
            self.lock().insert(question);
        }
        answer
    }

    pub(super) fn unanswered(&self) -> BTreeSet<Question> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<Question>> {
        self.unanswered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<Tracer> for Subject {
    fn from(tracer: Tracer) -> Self {
        Self::new(tracer)
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("tracer", &self.tracer)
            .field("native", &self.native)
            .finish_non_exhaustive()
    }
}
