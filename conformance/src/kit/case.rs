//! One case of a suite.

use std::fmt;

use super::{Capability, Subject};

/// Where a case comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Suite {
    /// opentracing-go, `harness/api_checkers.go`.
    Go,
    /// opentracing-python, `harness/api_check.py`.
    Python,
    /// opentracing-python, `harness/scope_check.py`.
    PythonScope,
    /// opentracing-javascript, `src/test/api_compatibility.ts`.
    JavaScript,
    /// The testbed of opentracing-java and opentracing-python: scenarios of real programs.
    Testbed,
    /// The tests of the OpenTracing shims of opentelemetry-java and opentelemetry-go.
    OpenTelemetry,
    /// What only Rust can get wrong.
    Rust,
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Go => "opentracing-go harness",
            Self::Python => "opentracing-python harness",
            Self::PythonScope => "opentracing-python scope harness",
            Self::JavaScript => "opentracing-javascript harness",
            Self::Testbed => "opentracing testbed",
            Self::OpenTelemetry => "opentelemetry shims",
            Self::Rust => "rust",
        })
    }
}

/// One case: calls to a tracer, and what has to come of them.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    id: &'static str,
    suite: Suite,
    origin: &'static str,
    needs: &'static [Capability],
    run: fn(&Subject),
}

impl Case {
    /// A check panics with a sentence when it does not hold.
    pub(super) const fn new(
        suite: Suite,
        id: &'static str,
        origin: &'static str,
        needs: &'static [Capability],
        run: fn(&Subject),
    ) -> Self {
        Self {
            id,
            suite,
            origin,
            needs,
            run,
        }
    }

    /// A stable name, such as `testbed.actor_propagation.ask.tokio`.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// Where it comes from.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// What it is called there; empty for a case of our own.
    pub fn origin(&self) -> &'static str {
        self.origin
    }

    /// What a tracer has to claim for it.
    pub fn needs(&self) -> &'static [Capability] {
        self.needs
    }

    pub(super) fn check(&self, subject: &Subject) {
        (self.run)(subject);
    }
}
