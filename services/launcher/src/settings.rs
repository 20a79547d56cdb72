//! How a service's telemetry is to be, whichever stage it is in.

use std::net::SocketAddr;
use std::time::Duration;

use opentelemetry_sdk::trace::{IdGenerator, Sampler};

use crate::Stage;
use crate::dropin::Exporter;

/// For one service. Each stage takes from it what it has a use for: the old one knows no OTLP, the others no agent.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) otlp: pipeline::Settings,
    pub(crate) thrift: stage_legacy::Settings,
    pub(crate) dropin: stage_dropin::Settings,
    /// For stage dropin, whose own settings know of none.
    pub(crate) exporter: Exporter,
}

impl Settings {
    /// For a service that shares its process: reads no variable. Spans and log records go to `endpoint` by OTLP over gRPC,
    /// which has to be the same for all services in stage dropin of a process.
    #[must_use]
    pub fn embedded(service: &str, endpoint: &str) -> Self {
        Self {
            otlp: pipeline::Settings::embedded(service, endpoint),
            thrift: stage_legacy::Settings::embedded(service),
            dropin: stage_dropin::Settings::embedded(service),
            exporter: Exporter {
                endpoint: Some(endpoint.to_owned()),
                schedule_delay: None,
            },
        }
    }

    /// For a service that has its process to itself: the variables decide that this stage reads.
    ///
    /// # Errors
    ///
    /// If a variable has a value that would be ignored or misread, naming it.
    pub fn from_env(service: &str, stage: Stage) -> anyhow::Result<Self> {
        // What a stage does not read cannot be wrong.
        let mut settings = Self::embedded(service, "");
        match stage {
            Stage::Bare => {}
            Stage::Legacy => settings.thrift = stage_legacy::Settings::from_env(service)?,
            Stage::Dropin => {
                settings.dropin = stage_dropin::Settings::from_env(service)?;
                settings.exporter = Exporter::default();
            }
            _ => settings.otlp = pipeline::Settings::from_env(service)?,
        }
        Ok(settings.resource_attribute("migration.stage", stage.name()))
    }

    /// Where a legacy service finds the agent, by UDP, with Thrift in its compact form.
    #[must_use]
    pub fn agent(mut self, address: SocketAddr) -> Self {
        self.thrift = self.thrift.agent(address);
        self
    }

    /// The time a finished span or a log record waits for company at most. A legacy service does not wait.
    #[must_use]
    pub fn schedule_delay(mut self, delay: Duration) -> Self {
        self.otlp = self.otlp.schedule_delay(delay);
        self.exporter.schedule_delay = Some(delay);
        self
    }

    /// The propagators, in place of the default ones. Services in stages legacy and dropin know one alone.
    ///
    /// # Errors
    ///
    /// For a name that no propagator has.
    pub fn propagators(mut self, names: &str) -> anyhow::Result<Self> {
        self.otlp = self.otlp.propagators(names)?;
        Ok(self)
    }

    /// Keeps this share of the traces that begin here, and of the others those that the caller keeps. The old samplers of
    /// stages legacy and dropin draw anew, and take any caller's word for a yes.
    #[must_use]
    pub fn keep(mut self, share: f64) -> Self {
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share)));
        self.otlp = self.otlp.sampler(sampler);
        let sampling = stage_legacy::settings::Sampling::ContinuedOrShare(share);
        self.thrift = self.thrift.sampling(sampling);
        let sampling = stage_dropin::settings::Sampling::ContinuedOrShare(share);
        self.dropin = self.dropin.sampling(sampling);
        self
    }

    /// The ids of spans and traces, in place of random ones. Stages legacy and dropin make their own.
    #[must_use]
    pub fn ids(mut self, generator: impl IdGenerator + 'static) -> Self {
        self.otlp = self.otlp.ids(generator);
        self
    }

    /// A further attribute of the resource, such as the stage that a service is in.
    #[must_use]
    pub fn resource_attribute(mut self, key: &'static str, value: &str) -> Self {
        self.otlp = self.otlp.resource_attribute(key, value);
        self.thrift = self.thrift.tag(key, value);
        self.dropin = self.dropin.tag(key, value);
        self
    }
}
