//! The choices of a fleet.

use std::fmt;
use std::sync::Arc;

use opentelemetry::propagation::TextMapPropagator;

use super::{Dialect, Fleet, Hook, Seen};
use crate::propagation::{BaggagePropagator, JaegerPropagator, TraceContextPropagator, tracestate};

/// One of the dialects, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialects {
    /// W3C alone.
    W3c,
    /// Jaeger alone.
    Jaeger,
    /// Both.
    #[default]
    Both,
}

impl Dialects {
    pub(super) fn w3c(self) -> bool {
        self != Self::Jaeger
    }

    pub(super) fn jaeger(self) -> bool {
        self != Self::W3c
    }
}

/// Collects the choices of a [`Fleet`].
///
/// ```
/// use opentracing_shim::propagation::{Dialects, Fleet};
///
/// // The second step of the roll-out: no old service is left, but requests of theirs may be under way.
/// let fleet = Fleet::builder()
///     .inject(Dialects::W3c)
///     .on_extract(|seen| println!("{}", seen.verdict.as_str()))
///     .build();
/// # assert!(format!("{fleet:?}").contains("W3c"));
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until it builds"]
pub struct FleetBuilder {
    jaeger: JaegerPropagator,
    injected: Dialects,
    extracted: Dialects,
    preferred: Dialect,
    marker: Option<Arc<str>>,
    on_extract: Option<Hook>,
}

impl FleetBuilder {
    pub(super) fn new() -> Self {
        Self {
            jaeger: JaegerPropagator::new(),
            injected: Dialects::Both,
            extracted: Dialects::Both,
            preferred: Dialect::W3c,
            marker: Some(Fleet::MARKER.into()),
            on_extract: None,
        }
    }

    /// The dialects to write; both by default.
    pub fn inject(mut self, dialects: Dialects) -> Self {
        self.injected = dialects;
        self
    }

    /// The dialects to read; both by default.
    pub fn extract(mut self, dialects: Dialects) -> Self {
        self.extracted = dialects;
        self
    }

    /// The dialect to believe when nobody can tell; W3C by default.
    pub fn prefer(mut self, dialect: Dialect) -> Self {
        self.preferred = dialect;
        self
    }

    /// Writes the marker, which is the default, under the key `key` of tracestate. All services of a fleet need the same.
    ///
    /// # Panics
    /// If OpenTelemetry cannot hold a tracestate member of that key.
    pub fn marker(mut self, key: &str) -> Self {
        assert!(tracestate::can_hold(key), "{key:?} is no key of tracestate");
        self.marker = Some(key.into());
        self
    }

    /// Writes no marker. One that comes in under the usual key is still read.
    pub fn without_marker(mut self) -> Self {
        self.marker = None;
        self
    }

    /// Speaks Jaeger in this way, with other names of headers for example.
    pub fn jaeger(mut self, propagator: JaegerPropagator) -> Self {
        self.jaeger = propagator;
        self
    }

    /// Calls `hook` at each extraction, in the thread of the request: it should do no more than count. If it panics, so
    /// does the extraction.
    pub fn on_extract(mut self, hook: impl Fn(&Seen) + Send + Sync + 'static) -> Self {
        self.on_extract = Some(Arc::new(hook));
        self
    }

    /// Makes the propagator.
    pub fn build(self) -> Fleet {
        let mut fields: Vec<String> = Vec::new();
        if self.injected.w3c() || self.extracted.w3c() {
            fields.extend(TraceContextPropagator::new().fields().map(str::to_owned));
            fields.extend(BaggagePropagator::new().fields().map(str::to_owned));
        }
        if self.injected.jaeger() || self.extracted.jaeger() {
            fields.extend(self.jaeger.fields().map(str::to_owned));
        }
        Fleet {
            jaeger: self.jaeger,
            injected: self.injected,
            extracted: self.extracted,
            preferred: self.preferred,
            marker: self.marker,
            on_extract: self.on_extract,
            fields: fields.into(),
        }
    }
}

impl fmt::Debug for FleetBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clone().build().fmt(f)
    }
}
