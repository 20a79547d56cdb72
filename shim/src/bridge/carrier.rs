//! Our carriers as OpenTelemetry's injector and extractor, and the propagators that work on them.

use std::cell::OnceCell;
use std::sync::Arc;

use opentelemetry::global;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};

use crate::api::{ExtractCarrier, InjectCarrier, RefusedEntry};

/// The propagator of one format.
#[derive(Default)]
pub(super) enum Propagator {
    /// OpenTelemetry's global one, looked up at each call so that it may be installed after the tracer.
    #[default]
    Global,
    /// One that was given at creation.
    Given(Arc<dyn TextMapPropagator + Send + Sync>),
}

impl Propagator {
    pub(super) fn with<R>(&self, mut work: impl FnMut(&dyn TextMapPropagator) -> R) -> R {
        match self {
            Self::Global => global::get_text_map_propagator(|propagator| work(propagator)),
            Self::Given(propagator) => work(propagator.as_ref()),
        }
    }
}

/// Writes to a carrier and remembers the first entry that it refused, since an injector cannot fail.
pub(super) struct CarrierInjector<'a> {
    carrier: &'a mut dyn InjectCarrier,
    refused: Option<RefusedEntry>,
}

impl<'a> CarrierInjector<'a> {
    pub(super) fn new(carrier: &'a mut dyn InjectCarrier) -> Self {
        Self {
            carrier,
            refused: None,
        }
    }

    pub(super) fn finish(self) -> Result<(), RefusedEntry> {
        self.refused.map_or(Ok(()), Err)
    }
}

impl Injector for CarrierInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let Err(refused) = self.carrier.set(key, value) {
            self.refused.get_or_insert(refused);
        }
    }
}

/// Headers that HTTP allows to be split over several lines; a propagator that asks for one value gets them joined.
const LIST_HEADERS: [&str; 2] = ["baggage", "tracestate"];

/// Reads from a carrier; keys have no case.
pub(super) struct CarrierExtractor<'a> {
    carrier: &'a dyn ExtractCarrier,
    joined: [OnceCell<Option<String>>; LIST_HEADERS.len()],
}

impl<'a> CarrierExtractor<'a> {
    pub(super) fn new(carrier: &'a dyn ExtractCarrier) -> Self {
        Self {
            carrier,
            joined: Default::default(),
        }
    }
}

impl Extractor for CarrierExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match LIST_HEADERS
            .iter()
            .position(|name| name.eq_ignore_ascii_case(key))
        {
            Some(list) => {
                let join = || {
                    Some(self.carrier.get_all(key))
                        .filter(|values| !values.is_empty())
                        .map(|values| values.join(","))
                };
                self.joined[list].get_or_init(join).as_deref()
            }
            None => self.carrier.get(key),
        }
    }

    fn keys(&self) -> Vec<&str> {
        let mut keys = Vec::new();
        self.carrier.visit(&mut |name, _| keys.push(name));
        keys
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        Some(self.carrier.get_all(key)).filter(|values| !values.is_empty())
    }
}
