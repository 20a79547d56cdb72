//! One service's telemetry, whichever stage it is in.

use std::time::Duration;

use anyhow::ensure;
use pipeline::{Census, Counts};
use tracing::Dispatch;

use crate::mistake::Cell;
use crate::{Service, Settings, Stage, dropin};

/// What a stage's `telemetry::start` returned.
#[derive(Debug)]
pub(crate) enum Telemetry {
    Bare(Dispatch),
    Legacy(stage_legacy::Instrumentation),
    Dropin(stage_dropin::Instrumentation),
    Shim(stage_shim::Instrumentation),
    Mixed(stage_mixed::Instrumentation),
    Native(stage_native::Instrumentation),
    Mistake(Box<dyn Cell>),
}

impl Telemetry {
    pub(crate) fn start(
        service: Service,
        stage: Stage,
        settings: &Settings,
    ) -> anyhow::Result<Self> {
        if let Stage::Mistake(mistake) = stage {
            let makes_it = mistake.service();
            ensure!(
                stage.has(service),
                "{mistake} is a stage of {makes_it} alone"
            );
        }
        let name = service.name();
        Ok(match stage {
            Stage::Bare => Self::Bare(logging::dispatch(name, logging::no_ids)),
            Stage::Legacy => Self::Legacy(stage_legacy::telemetry::start(name, &settings.thrift)?),
            Stage::Dropin => {
                dropin::configure(&settings.exporter)?;
                Self::Dropin(stage_dropin::telemetry::start(name, &settings.dropin)?)
            }
            Stage::Shim => Self::Shim(stage_shim::telemetry::start(name, &settings.otlp)?),
            Stage::Mixed => Self::Mixed(stage_mixed::telemetry::start(name, &settings.otlp)?),
            Stage::Native => Self::Native(stage_native::telemetry::start(name, &settings.otlp)?),
            Stage::Mistake(mistake) => Self::Mistake(mistake.start(&settings.otlp)?),
        })
    }

    pub(crate) fn dispatch(&self) -> &Dispatch {
        match self {
            Self::Bare(dispatch) => dispatch,
            Self::Legacy(legacy) => &legacy.dispatch,
            Self::Dropin(dropin) => &dropin.dispatch,
            Self::Shim(shim) => &shim.dispatch,
            Self::Mixed(mixed) => &mixed.dispatch,
            Self::Native(native) => &native.dispatch,
            Self::Mistake(cell) => cell.dispatch(),
        }
    }

    /// `None` in a stage that reads no headers, or one kind alone.
    pub(crate) fn census(&self) -> Option<Census> {
        match self {
            Self::Bare(_) | Self::Legacy(_) | Self::Dropin(_) => None,
            Self::Shim(shim) => Some(shim.census()),
            Self::Mixed(mixed) => Some(mixed.census()),
            Self::Native(native) => Some(native.census()),
            Self::Mistake(cell) => Some(cell.census()),
        }
    }

    pub(crate) fn shutdown(&self, budget: Duration) -> Counts {
        match self {
            Self::Bare(_) => Counts::default(),
            Self::Legacy(legacy) => {
                let counts = legacy.shutdown(budget);
                Counts {
                    finished: counts.sent + counts.failed,
                    delivered: counts.sent,
                    failed: counts.failed,
                }
            }
            Self::Dropin(dropin) => dropin::end(dropin, budget),
            Self::Shim(shim) => shim.shutdown(budget),
            Self::Mixed(mixed) => mixed.shutdown(budget),
            Self::Native(native) => native.shutdown(budget),
            Self::Mistake(cell) => cell.shutdown(budget),
        }
    }
}
