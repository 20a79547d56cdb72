//! Classic mistakes of a migration, each a cell of its own.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use pipeline::{Census, Counts, PipelineError, Settings};
use tracing::Dispatch;

use crate::{Service, Stage};

/// A cell of the grid with one file replaced, in which something is done wrong.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Mistake {
    /// The path stands in a span's name.
    NamesWithIds,
    /// The tag `span.kind` is not mapped.
    KindLeftInternal,
    /// The tag `error` became an attribute.
    ErrorTagUnmapped,
    /// A request has an old server span and a new one.
    BothMiddlewares,
    /// A span is active when a future is made, and not when it runs.
    ParentLostAcrossAwait,
    /// A task begins without a span.
    SpawnedWithoutContext,
    /// Headers are neither written nor read.
    PropagatorNotInstalled,
    /// Baggage is neither written nor read.
    BaggageDropped,
    /// What follows from a span begins a trace.
    FollowsFromMadeARoot,
    /// Ids in headers have no leading zeros.
    UnpaddedIds,
    /// Traces are kept that the caller does not keep.
    SampledFlagIgnored,
    /// What was not sent when the service ends never is.
    ExitWithoutFlush,
}

/// A text that names no mistake.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoSuchMistake(String);

impl Mistake {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::NamesWithIds,
        Self::KindLeftInternal,
        Self::ErrorTagUnmapped,
        Self::BothMiddlewares,
        Self::ParentLostAcrossAwait,
        Self::SpawnedWithoutContext,
        Self::PropagatorNotInstalled,
        Self::BaggageDropped,
        Self::FollowsFromMadeARoot,
        Self::UnpaddedIds,
        Self::SampledFlagIgnored,
        Self::ExitWithoutFlush,
    ];

    /// The name as a stage, on the command line.
    #[must_use]
    pub fn stage_name(self) -> &'static str {
        match self {
            Self::NamesWithIds => "mistake:names-with-ids",
            Self::KindLeftInternal => "mistake:kind-left-internal",
            Self::ErrorTagUnmapped => "mistake:error-tag-unmapped",
            Self::BothMiddlewares => "mistake:both-middlewares",
            Self::ParentLostAcrossAwait => "mistake:parent-lost-across-await",
            Self::SpawnedWithoutContext => "mistake:spawned-without-context",
            Self::PropagatorNotInstalled => "mistake:propagator-not-installed",
            Self::BaggageDropped => "mistake:baggage-dropped",
            Self::FollowsFromMadeARoot => "mistake:follows-from-made-a-root",
            Self::UnpaddedIds => "mistake:unpadded-ids",
            Self::SampledFlagIgnored => "mistake:sampled-flag-ignored",
            Self::ExitWithoutFlush => "mistake:exit-without-flush",
        }
    }

    /// The name, which is also its folder's.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.stage_name().trim_start_matches(PREFIX)
    }

    /// The one service that makes it.
    #[must_use]
    pub fn service(self) -> Service {
        match self {
            Self::NamesWithIds | Self::SpawnedWithoutContext | Self::FollowsFromMadeARoot => {
                Service::Sms
            }
            Self::UnpaddedIds => Service::Api,
            _ => Service::Auth,
        }
    }

    /// The stage that does it right, from which all files are but one.
    #[must_use]
    pub fn right(self) -> Stage {
        match self {
            Self::ErrorTagUnmapped | Self::FollowsFromMadeARoot | Self::UnpaddedIds => {
                Stage::Native
            }
            Self::BothMiddlewares => Stage::Mixed,
            _ => Stage::Shim,
        }
    }

    /// Starts the telemetry of its cell.
    pub(crate) fn start(self, settings: &Settings) -> Result<Box<dyn Cell>, PipelineError> {
        let service = self.service().name();
        Ok(match self {
            Self::NamesWithIds => {
                Box::new(mistake_names_with_ids::telemetry::start(service, settings)?)
            }
            Self::KindLeftInternal => Box::new(mistake_kind_left_internal::telemetry::start(
                service, settings,
            )?),
            Self::ErrorTagUnmapped => Box::new(mistake_error_tag_unmapped::telemetry::start(
                service, settings,
            )?),
            Self::BothMiddlewares => Box::new(mistake_both_middlewares::telemetry::start(
                service, settings,
            )?),
            Self::ParentLostAcrossAwait => Box::new(
                mistake_parent_lost_across_await::telemetry::start(service, settings)?,
            ),
            Self::SpawnedWithoutContext => Box::new(
                mistake_spawned_without_context::telemetry::start(service, settings)?,
            ),
            Self::PropagatorNotInstalled => Box::new(
                mistake_propagator_not_installed::telemetry::start(service, settings)?,
            ),
            Self::BaggageDropped => Box::new(mistake_baggage_dropped::telemetry::start(
                service, settings,
            )?),
            Self::FollowsFromMadeARoot => Box::new(
                mistake_follows_from_made_a_root::telemetry::start(service, settings)?,
            ),
            Self::UnpaddedIds => {
                Box::new(mistake_unpadded_ids::telemetry::start(service, settings)?)
            }
            Self::SampledFlagIgnored => Box::new(mistake_sampled_flag_ignored::telemetry::start(
                service, settings,
            )?),
            Self::ExitWithoutFlush => Box::new(mistake_exit_without_flush::telemetry::start(
                service, settings,
            )?),
        })
    }
}

/// How a mistake is told from a stage where either may be named.
pub(crate) const PREFIX: &str = "mistake:";

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.stage_name())
    }
}

impl fmt::Display for NoSuchMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Mistake::ALL.map(Mistake::name).join(", ");
        write!(f, "{:?} is no mistake; expected one of {names}", self.0)
    }
}

impl std::error::Error for NoSuchMistake {}

impl FromStr for Mistake {
    type Err = NoSuchMistake;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|mistake| mistake.name() == name)
            .ok_or_else(|| NoSuchMistake(name.to_owned()))
    }
}

/// The telemetry of a cell with a mistake, and the service that is made with it.
pub(crate) trait Cell: fmt::Debug + Send + Sync {
    fn dispatch(&self) -> &Dispatch;
    fn census(&self) -> Census;
    fn shutdown(&self, budget: Duration) -> Counts;
    fn flow(&self) -> Flow;
}

/// The flow of the service that makes the mistake.
pub(crate) enum Flow {
    Api(ApiFlow),
    Auth(AuthFlow),
    Sms(SmsFlow),
}

pub(crate) type ApiFlow = Box<dyn FnOnce(api::App) -> axum::Router + Send>;
pub(crate) type AuthFlow = Box<dyn FnOnce(auth::App) -> axum::Router + Send>;
pub(crate) type SmsFlow =
    Box<dyn FnOnce(sms::App) -> (axum::Router, BoxFuture<'static, ()>) + Send>;

impl Flow {
    /// Of a cell that `Telemetry::start` let through as api's.
    pub(crate) fn api(self) -> ApiFlow {
        match self {
            Self::Api(flow) => flow,
            Self::Auth(_) | Self::Sms(_) => unreachable!("{NOT_ITS_SERVICE}"),
        }
    }

    /// Of a cell that `Telemetry::start` let through as auth's.
    pub(crate) fn auth(self) -> AuthFlow {
        match self {
            Self::Auth(flow) => flow,
            Self::Api(_) | Self::Sms(_) => unreachable!("{NOT_ITS_SERVICE}"),
        }
    }

    /// Of a cell that `Telemetry::start` let through as sms's.
    pub(crate) fn sms(self) -> SmsFlow {
        match self {
            Self::Sms(flow) => flow,
            Self::Api(_) | Self::Auth(_) => unreachable!("{NOT_ITS_SERVICE}"),
        }
    }
}

/// Why a flow is never asked to be another service's.
const NOT_ITS_SERVICE: &str = "a mistake is started in its own service alone";

/// The modules of a stage have the same names in all of them, and no type in common.
macro_rules! cell {
    ($flow:expr, $cell:ident) => {
        impl Cell for $cell::Instrumentation {
            fn dispatch(&self) -> &Dispatch {
                &self.dispatch
            }

            fn census(&self) -> Census {
                self.census()
            }

            fn shutdown(&self, budget: Duration) -> Counts {
                self.shutdown(budget)
            }

            fn flow(&self) -> Flow {
                let telemetry = self.telemetry.clone();
                $flow(telemetry)
            }
        }
    };
}

macro_rules! api {
    ($cell:ident) => {
        cell!(
            |telemetry| Flow::Api(Box::new(move |app| $cell::api::router(app, telemetry))),
            $cell
        );
    };
}

macro_rules! auth {
    ($cell:ident) => {
        cell!(
            |telemetry| Flow::Auth(Box::new(move |app| $cell::auth::router(app, telemetry))),
            $cell
        );
    };
}

macro_rules! sms {
    ($cell:ident) => {
        cell!(
            |telemetry: $cell::Telemetry| Flow::Sms(Box::new(move |app| {
                let routes = $cell::sms::router(app.clone(), telemetry.clone());
                (routes, $cell::sms::run(app, telemetry).boxed())
            })),
            $cell
        );
    };
}

sms!(mistake_names_with_ids);
auth!(mistake_kind_left_internal);
auth!(mistake_error_tag_unmapped);
auth!(mistake_both_middlewares);
auth!(mistake_parent_lost_across_await);
sms!(mistake_spawned_without_context);
auth!(mistake_propagator_not_installed);
auth!(mistake_baggage_dropped);
sms!(mistake_follows_from_made_a_root);
api!(mistake_unpadded_ids);
auth!(mistake_sampled_flag_ignored);
auth!(mistake_exit_without_flush);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_named_like_a_stage_and_is_none() {
        for mistake in Mistake::ALL {
            let stage: Stage = mistake.stage_name().parse().expect("a mistake");

            assert_eq!(stage, Stage::Mistake(mistake));
            assert_eq!(mistake.name().parse(), Ok(mistake));
            assert!(!Stage::ALL.contains(&stage) && Stage::ALL.contains(&mistake.right()));
        }
    }

    #[test]
    fn a_mistake_that_nobody_makes_is_refused_with_those_that_there_are() {
        let error = "mistake:none".parse::<Stage>().expect_err("no mistake");

        assert!(
            error
                .to_string()
                .contains("expected one of names-with-ids, ")
        );
    }

    #[test]
    fn a_mistake_starts_in_its_own_service_alone() {
        let settings = crate::Settings::embedded("sms", "http://127.0.0.1:9");
        let stage = Stage::Mistake(Mistake::BaggageDropped);

        let started = crate::telemetry::Telemetry::start(Service::Sms, stage, &settings);

        let error = started.expect_err("it is auth's").to_string();
        assert_eq!(error, "mistake:baggage-dropped is a stage of auth alone");
    }
}
