//! What can be set, and which variables are read.

mod variables;

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use opentelemetry_sdk::trace::{IdGenerator, Sampler};

use crate::ids::Ids;
use crate::settings::variables::{one_of, positive};
use crate::{Census, Propagator};

const DEFAULT_PROPAGATORS: &str = "tracecontext,baggage";
const PROPAGATORS: &str = "tracecontext, baggage, jaeger, b3, b3multi or fleet, or none alone";
/// Shorter than the specification's ten seconds: the time to shut down has to hold at least two exports.
const DEFAULT_EXPORT_TIMEOUT: Duration = Duration::from_secs(2);

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{name}={value:?} is not usable: expected {expected}")]
pub struct SettingsError {
    /// The variable or setting.
    pub name: &'static str,
    /// What it was set to.
    pub value: String,
    /// What would have been right.
    pub expected: String,
}

/// Where a signal goes.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    pub(crate) endpoint: String,
    /// For a batch, its retries included.
    pub(crate) timeout: Duration,
}

impl Destination {
    /// The endpoint, for people to read: what stands before its host may be a token, so it is not quoted.
    pub(crate) fn shown(&self) -> String {
        // To the last `@`, wherever it is: a URL that cannot be used may have its token anywhere before.
        match self.endpoint.rsplit_once('@') {
            Some((before, host)) => {
                let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
                format!("{scheme}://...@{host}")
            }
            None => self.endpoint.clone(),
        }
    }
}

/// How one service's [`Pipeline`](crate::Pipeline) is to be.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) resource: Resource,
    pub(crate) disabled: bool,
    /// Whether the SDK is kept from reading variables as well.
    pub(crate) ignores_environment: bool,
    /// `None` if spans do not leave the process. They still have ids then, in headers and log lines.
    pub(crate) spans: Option<Destination>,
    /// `None` if log records do not leave the process.
    pub(crate) logs: Option<Destination>,
    /// `None` if metrics do not leave the process.
    pub(crate) metrics: Option<Destination>,
    pub(crate) schedule_delay: Option<Duration>,
    /// Names that have been tried.
    pub(crate) propagators: String,
    pub(crate) sampler: Option<Sampler>,
    /// `None` for random ones.
    pub(crate) ids: Option<Ids>,
}

impl Settings {
    /// For a service that shares its process: reads no variable for what is set here. The name is the service's; every
    /// trace is kept unless its parent was not sampled.
    #[must_use]
    pub fn embedded(service: &str, endpoint: &str) -> Self {
        let resource = Resource::builder_empty()
            .with_detector(Box::new(TelemetryResourceDetector))
            .with_service_name(service.to_owned())
            .build();
        let to = Destination {
            endpoint: endpoint.to_owned(),
            timeout: DEFAULT_EXPORT_TIMEOUT,
        };
        Self {
            resource,
            disabled: false,
            ignores_environment: true,
            spans: Some(to.clone()),
            logs: Some(to.clone()),
            metrics: Some(to),
            schedule_delay: None,
            propagators: DEFAULT_PROPAGATORS.to_owned(),
            sampler: Some(Sampler::ParentBased(Box::new(Sampler::AlwaysOn))),
            ids: None,
        }
    }

    /// For a service that has its process to itself: the standard variables decide.
    ///
    /// | variable | default | |
    /// |---|---|---|
    /// | `OTEL_SDK_DISABLED` | `false` | `true`: no exporter, no connection; headers pass through |
    /// | `OTEL_SERVICE_NAME` | `service` | wins over `service.name` in the next |
    /// | `OTEL_RESOURCE_ATTRIBUTES` | none | |
    /// | `OTEL_PROPAGATORS` | `tracecontext,baggage` | also `jaeger`, `b3`, `b3multi`, `none`; `fleet`, which is `tracecontext,baggage,jaeger` |
    /// | `OTEL_TRACES_SAMPLER`, `_ARG` | `parentbased_always_on` | read by the SDK |
    /// | `OTEL_BSP_SCHEDULE_DELAY`, `_MAX_QUEUE_SIZE`, `_MAX_EXPORT_BATCH_SIZE` | 5000, 2048, 512 | read by the SDK, after zero and words were refused here |
    /// | `OTEL_BLRP_SCHEDULE_DELAY`, `_MAX_QUEUE_SIZE`, `_MAX_EXPORT_BATCH_SIZE` | 1000, 2048, 512 | the same for log records |
    /// | `OTEL_EXPORTER_OTLP_ENDPOINT` | `http://localhost:4317` | without a scheme: https, or http with `OTEL_EXPORTER_OTLP_INSECURE=true` |
    /// | `OTEL_EXPORTER_OTLP_TIMEOUT` | 2000 ms | for one batch, its retries included |
    /// | `OTEL_BSP_EXPORT_TIMEOUT`, `OTEL_BLRP_EXPORT_TIMEOUT` | none | the shorter of the two holds |
    /// | `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_EXPORTER_OTLP_COMPRESSION` (`gzip`) | none | read by the exporter, after what it would pass over was refused here |
    /// | `OTEL_EXPORTER_OTLP_PROTOCOL` | `grpc` | nothing else is built in |
    /// | `OTEL_EXPORTER_OTLP_CERTIFICATE` and the like | | refused: not built in |
    /// | any `OTEL_EXPORTER_OTLP_*` with `TRACES_`, `LOGS_` or `METRICS_` before the last part | | for that signal, and wins |
    /// | `OTEL_TRACES_EXPORTER` | `otlp` | `none`: spans have ids and go nowhere |
    /// | `OTEL_LOGS_EXPORTER` | `otlp` | `none`: what is logged is on standard error alone |
    /// | `OTEL_METRICS_EXPORTER` | `otlp` | `none`: the census is on the readiness page alone |
    /// | `OTEL_METRIC_EXPORT_INTERVAL` | 60000 ms | read by the SDK |
    ///
    /// # Errors
    ///
    /// [`SettingsError`], naming the variable, for a value that would otherwise be ignored or misread.
    pub fn from_env(service: &str) -> Result<Self, SettingsError> {
        Self::from_variables(service, |name| {
            std::env::var(name)
                .ok()
                .filter(|value| !value.trim().is_empty())
        })
    }

    fn from_variables(
        service: &str,
        get: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let names = get("OTEL_PROPAGATORS").unwrap_or_else(|| DEFAULT_PROPAGATORS.to_owned());
        let propagators = known("OTEL_PROPAGATORS", names)?;
        let disabled = one_of("OTEL_SDK_DISABLED", &["true", "false"], &get)?;
        variables::refuse_what_would_be_passed_over(&get)?;
        for name in [
            "OTEL_BSP_SCHEDULE_DELAY",
            "OTEL_BSP_MAX_QUEUE_SIZE",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
            "OTEL_BLRP_SCHEDULE_DELAY",
            "OTEL_BLRP_MAX_QUEUE_SIZE",
            "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
            "OTEL_METRIC_EXPORT_INTERVAL",
        ] {
            positive(name, &get)?;
        }
        variables::check_sampler(&get)?;
        Ok(Self {
            resource: variables::resource(service, &get),
            disabled: disabled.as_deref() == Some("true"),
            ignores_environment: false,
            spans: variables::SPANS.destination(&get)?,
            logs: variables::LOGS.destination(&get)?,
            metrics: variables::METRICS.destination(&get)?,
            schedule_delay: None,
            propagators,
            sampler: None,
            ids: None,
        })
    }

    /// Whether anything leaves the process.
    pub(crate) fn exports(&self) -> bool {
        self.spans.is_some() || self.logs.is_some() || self.metrics.is_some()
    }

    /// The time a finished span or a log record waits for company at most. Without it, `OTEL_BSP_SCHEDULE_DELAY` and
    /// `OTEL_BLRP_SCHEDULE_DELAY` decide.
    #[must_use]
    pub fn schedule_delay(mut self, delay: Duration) -> Self {
        self.schedule_delay = Some(delay);
        self
    }

    /// The propagators, in place of the default ones.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] for a name that no propagator has.
    pub fn propagators(mut self, names: &str) -> Result<Self, SettingsError> {
        self.propagators = known("propagators", names.to_owned())?;
        Ok(self)
    }

    /// The propagators, which count in this census.
    pub(crate) fn propagator(&self, census: Census) -> Propagator {
        Propagator::new(&self.propagators, census).expect("the names were tried when they were set")
    }

    /// The sampler, in place of the default one.
    #[must_use]
    pub fn sampler(mut self, sampler: Sampler) -> Self {
        self.sampler = Some(sampler);
        self
    }

    /// The ids of spans and traces, in place of random ones. Settings that were cloned share the generator.
    #[must_use]
    pub fn ids(mut self, generator: impl IdGenerator + 'static) -> Self {
        self.ids = Some(Ids::of(generator));
        self
    }

    /// No exporter and no connection; headers pass through.
    #[must_use]
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }

    /// A further attribute of the resource, such as the stage that a service is in.
    #[must_use]
    pub fn resource_attribute(mut self, key: &'static str, value: &str) -> Self {
        let known = self
            .resource
            .iter()
            .map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        self.resource = Resource::builder_empty()
            .with_attributes(known)
            .with_attribute(KeyValue::new(key, value.to_owned()))
            .build();
        self
    }
}

/// Names of propagators, once it is known that each of them is one.
fn known(name: &'static str, value: String) -> Result<String, SettingsError> {
    match Propagator::new(&value, Census::new()) {
        Ok(_) => Ok(value),
        Err(_) => Err(SettingsError {
            name,
            value,
            expected: PROPAGATORS.to_owned(),
        }),
    }
}
