//! The work that is measured: a scenario is a piece of work, a subject a way to do it.

mod jaeger;
mod scale;
mod span;
mod wire;

use std::fmt;

pub(crate) use scale::SIZES;
pub(crate) use span::{direct, direct_tracer, shim, tracer};

/// The reference: OpenTelemetry called by hand, so that the same data comes out.
pub(crate) const DIRECT: &str = "OpenTelemetry API";
/// The least that OpenTelemetry can do: a span that is no parent of others, and does not say what it refers to.
pub(crate) const BARE: &str = "OpenTelemetry API, bare";
/// What is judged.
pub(crate) const SHIM: &str = "shim";
pub(crate) const RUSTRACING: &str = "rustracing_jaeger";
pub(crate) const TRACING: &str = "tracing-opentelemetry";

pub(crate) const RECORDED: &str = "recorded span";
/// The same with the tags set on the open span, which the shim holds until the end, so that each key is there once.
pub(crate) const RECORDED_LATER: &str = "recorded, tags later";
pub(crate) const UNSAMPLED: &str = "unsampled span";
pub(crate) const UNSAMPLED_LATER: &str = "unsampled, tags later";
pub(crate) const NOOP: &str = "no-op span";
pub(crate) const INJECT_W3C: &str = "inject W3C";
pub(crate) const EXTRACT_W3C: &str = "extract W3C";
pub(crate) const INJECT_FLEET: &str = "inject two dialects";
pub(crate) const EXTRACT_FLEET: &str = "extract two dialects";
pub(crate) const TAGS: &str = "tags";
pub(crate) const BAGGAGE: &str = "baggage";
pub(crate) const LINKS: &str = "links";

/// One round of the work.
pub(crate) type Work = Box<dyn FnMut()>;

/// A subject in a scenario.
pub(crate) struct Case {
    pub(crate) key: Key,
    /// Whether it is worth a measurement of time. That costs would show in the counts of a hundred tags as well.
    pub(crate) is_timed: bool,
    /// Makes the tracers and all. They are made for one measurement, for some are of the thread and exclude each other.
    pub(crate) prepare: Box<dyn Fn() -> Work>,
}

/// The name of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) scenario: &'static str,
    /// How many tags, items or links; 0 where that is no question.
    pub(crate) size: usize,
    pub(crate) subject: &'static str,
}

impl Key {
    pub(crate) fn new(scenario: &'static str, subject: &'static str) -> Self {
        Self::sized(scenario, 0, subject)
    }

    pub(crate) fn sized(scenario: &'static str, size: usize, subject: &'static str) -> Self {
        Self {
            scenario,
            size,
            subject,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.size {
            0 => write!(f, "{}, {}", self.scenario, self.subject),
            size => write!(f, "{size} {}, {}", self.scenario, self.subject),
        }
    }
}

/// All cases; the first one of a scenario is the reference of the others.
pub(crate) struct Cases(Vec<Case>);

pub(crate) fn all() -> Cases {
    let mut cases = Cases(Vec::new());
    span::add(&mut cases);
    wire::add(&mut cases);
    scale::add(&mut cases);
    cases
}

impl Cases {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Case> {
        self.0.iter()
    }

    /// Shows that all of it runs.
    pub(crate) fn run_once(&self) {
        for case in self.iter() {
            (case.prepare)()();
        }
    }

    fn add(&mut self, scenario: &'static str, subject: &'static str, prepare: fn() -> Work) {
        self.0.push(Case {
            key: Key::new(scenario, subject),
            is_timed: true,
            prepare: Box::new(prepare),
        });
    }

    fn add_sized(
        &mut self,
        scenario: &'static str,
        subject: &'static str,
        prepare: fn(usize) -> Work,
    ) {
        for size in SIZES {
            self.0.push(Case {
                key: Key::sized(scenario, size, subject),
                is_timed: false,
                prepare: Box::new(move || prepare(size)),
            });
        }
    }
}
