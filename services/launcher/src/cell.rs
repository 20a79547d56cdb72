//! Which service, in which stage.

use std::fmt;
use std::str::FromStr;

use crate::mistake::{self, Mistake, NoSuchMistake};

/// One of the three services.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Service {
    /// The public one.
    Api,
    /// Codes and sessions.
    Auth,
    /// The consumer of the queue.
    Sms,
}

/// A stage of the migration.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Stage {
    /// No instrumentation.
    Bare,
    /// `rustracing_jaeger`, as before the migration.
    Legacy,
    /// The same files over the drop-in packages.
    Dropin,
    /// OpenTracing calls, bridged to OpenTelemetry.
    Shim,
    /// OpenTracing calls and native spans in one process.
    Mixed,
    /// `tracing` and OpenTelemetry.
    Native,
    /// No stage: a cell in which something is done wrong, to see what comes of it.
    Mistake(Mistake),
}

/// A text that names no stage.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NoSuchStage {
    /// It has no name of a mistake in it, either.
    Stage(String),
    /// It is said to be one.
    Mistake(NoSuchMistake),
}

impl Service {
    /// All of them, in the order of a request.
    pub const ALL: [Self; 3] = [Self::Api, Self::Auth, Self::Sms];

    /// The name, as in a resource's `service.name`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Auth => "auth",
            Self::Sms => "sms",
        }
    }
}

impl Stage {
    /// All of them, in the order of a migration. Mistakes are none of them.
    pub const ALL: [Self; 6] = [
        Self::Bare,
        Self::Legacy,
        Self::Dropin,
        Self::Shim,
        Self::Mixed,
        Self::Native,
    ];

    /// The name, as on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Legacy => "legacy",
            Self::Dropin => "dropin",
            Self::Shim => "shim",
            Self::Mixed => "mixed",
            Self::Native => "native",
            Self::Mistake(mistake) => mistake.stage_name(),
        }
    }

    /// Whether a service in this stage knows the old headers alone, `uber-trace-id`, and no baggage, unless it is told more.
    #[must_use]
    pub fn is_old(self) -> bool {
        matches!(self, Self::Legacy | Self::Dropin)
    }

    /// The propagators for services in these stages, if they are to understand each other: the old headers are on as long
    /// as somebody needs them.
    #[must_use]
    pub fn propagators(fleet: &[Self]) -> &'static str {
        if fleet.iter().any(|stage| stage.is_old()) {
            "tracecontext,baggage,jaeger"
        } else {
            "tracecontext,baggage"
        }
    }

    /// Whether this service can be in this stage: a mistake is made by one service alone.
    #[must_use]
    pub fn has(self, service: Service) -> bool {
        match self {
            Self::Mistake(mistake) => mistake.service() == service,
            _ => true,
        }
    }

    /// Whether a service in this stage leaves spans.
    #[must_use]
    pub fn traces(self) -> bool {
        self != Self::Bare
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for NoSuchStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stage(text) => {
                let names = Stage::ALL.map(Stage::name).join(", ");
                write!(f, "{text:?} is no stage; expected one of {names}")
            }
            Self::Mistake(mistake) => mistake.fmt(f),
        }
    }
}

impl std::error::Error for NoSuchStage {}

impl FromStr for Stage {
    type Err = NoSuchStage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(name) = text.strip_prefix(mistake::PREFIX) {
            let mistake = name.parse().map_err(NoSuchStage::Mistake)?;
            return Ok(Self::Mistake(mistake));
        }
        Self::ALL
            .into_iter()
            .find(|stage| stage.name() == text)
            .ok_or_else(|| NoSuchStage::Stage(text.to_owned()))
    }
}
