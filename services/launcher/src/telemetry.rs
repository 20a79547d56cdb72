//! One service's telemetry, whichever stage it is in.

use std::time::Duration;

use pipeline::{Counts, PipelineError, Settings};
use tracing::Dispatch;

use crate::{Service, Stage};

/// What a stage's `telemetry::start` returned.
#[derive(Debug)]
pub(crate) enum Telemetry {
    Bare(Dispatch),
    Shim(stage_shim::Instrumentation),
    Native(stage_native::Instrumentation),
}

impl Telemetry {
    pub(crate) fn start(
        service: Service,
        stage: Stage,
        settings: &Settings,
    ) -> Result<Self, PipelineError> {
        let name = service.name();
        Ok(match stage {
            Stage::Bare => Self::Bare(logging::dispatch(name, logging::no_ids)),
            Stage::Shim => Self::Shim(stage_shim::telemetry::start(name, settings)?),
            Stage::Native => Self::Native(stage_native::telemetry::start(name, settings)?),
        })
    }

    pub(crate) fn dispatch(&self) -> &Dispatch {
        match self {
            Self::Bare(dispatch) => dispatch,
            Self::Shim(shim) => &shim.dispatch,
            Self::Native(native) => &native.dispatch,
        }
    }

    pub(crate) fn shutdown(&self, budget: Duration) -> Counts {
        match self {
            Self::Bare(_) => Counts::default(),
            Self::Shim(shim) => shim.shutdown(budget),
            Self::Native(native) => native.shutdown(budget),
        }
    }
}
