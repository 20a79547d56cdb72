//! What can be set, and which variables are read.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use opentelemetry_sdk::trace::Sampler;

use crate::{Census, Propagator};

const DEFAULT_ENDPOINT: &str = "http://localhost:4317";
const DEFAULT_PROPAGATORS: &str = "tracecontext,baggage";
const PROPAGATORS: &str = "tracecontext, baggage, jaeger, b3, b3multi or fleet, or none alone";
const COMPRESSION: [&str; 3] = [
    "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
    "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION",
    "OTEL_EXPORTER_OTLP_COMPRESSION",
];
const HEADERS: [&str; 3] = [
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    "OTEL_EXPORTER_OTLP_HEADERS",
];
const NOT_BUILT_IN: [&str; 9] = [
    "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
];
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

/// How one service's [`Pipeline`](crate::Pipeline) is to be.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) resource: Resource,
    pub(crate) disabled: bool,
    /// Whether spans leave the process. Without, they still have ids, in headers and log lines.
    pub(crate) exports: bool,
    /// Whether the SDK is kept from reading variables as well.
    pub(crate) ignores_environment: bool,
    pub(crate) endpoint: String,
    /// `None` if metrics do not leave the process.
    pub(crate) metrics_endpoint: Option<String>,
    pub(crate) export_timeout: Duration,
    pub(crate) schedule_delay: Option<Duration>,
    /// Names that have been tried.
    pub(crate) propagators: String,
    pub(crate) sampler: Option<Sampler>,
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
        Self {
            resource,
            disabled: false,
            exports: true,
            ignores_environment: true,
            endpoint: endpoint.to_owned(),
            metrics_endpoint: Some(endpoint.to_owned()),
            export_timeout: DEFAULT_EXPORT_TIMEOUT,
            schedule_delay: None,
            propagators: DEFAULT_PROPAGATORS.to_owned(),
            sampler: Some(Sampler::ParentBased(Box::new(Sampler::AlwaysOn))),
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
    /// | `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, `OTEL_EXPORTER_OTLP_ENDPOINT` | `http://localhost:4317` | without a scheme: https, or http with `OTEL_EXPORTER_OTLP_INSECURE=true` |
    /// | `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT`, `OTEL_EXPORTER_OTLP_TIMEOUT` | 2000 ms | for one batch, its retries included |
    /// | `OTEL_BSP_EXPORT_TIMEOUT` | none | the shorter of the two holds |
    /// | `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_EXPORTER_OTLP_COMPRESSION` (`gzip`) | none | read by the exporter, after what it would pass over was refused here |
    /// | `OTEL_EXPORTER_OTLP_CERTIFICATE` and the like | | refused: not built in |
    /// | `OTEL_TRACES_EXPORTER` | `otlp` | `none`: spans have ids and go nowhere |
    /// | `OTEL_METRICS_EXPORTER` | `otlp` | `none`: the census is on the readiness page alone |
    /// | `OTEL_METRIC_EXPORT_INTERVAL` | 60000 ms | read by the SDK |
    /// | the variants with `METRICS_` of the variables for OTLP | | as those with `TRACES_`, but for the timeout, which is one for both |
    /// | `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL`, `OTEL_EXPORTER_OTLP_PROTOCOL` | `grpc` | nothing else is built in |
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
        let exporter = one_of("OTEL_TRACES_EXPORTER", &["otlp", "none"], &get)?;
        let metrics = one_of("OTEL_METRICS_EXPORTER", &["otlp", "none"], &get)?;
        for name in COMPRESSION {
            one_of(name, &["gzip", "none"], &get)?;
        }
        for name in NOT_BUILT_IN {
            if let Some(value) = get(name) {
                let expected = "nothing: certificates of one's own are not built in".to_owned();
                return Err(SettingsError {
                    name,
                    value,
                    expected,
                });
            }
        }
        for name in HEADERS {
            headers(name, &get)?;
        }
        for name in [
            "OTEL_BSP_SCHEDULE_DELAY",
            "OTEL_BSP_MAX_QUEUE_SIZE",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
            "OTEL_METRIC_EXPORT_INTERVAL",
        ] {
            positive(name, &get)?;
        }
        only_grpc("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", &get)?;
        if metrics.as_deref() != Some("none") {
            only_grpc("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", &get)?;
        }
        let sampler = sampler(&get)?;
        let timeout = match positive("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", &get)? {
            Some(ms) => Some(ms),
            None => positive("OTEL_EXPORTER_OTLP_TIMEOUT", &get)?,
        };
        let timeout = timeout.map_or(DEFAULT_EXPORT_TIMEOUT, Duration::from_millis);
        // The SDK's processor does not look at this one.
        let processor = positive("OTEL_BSP_EXPORT_TIMEOUT", &get)?.map(Duration::from_millis);
        Ok(Self {
            resource: resource(service, &get),
            disabled: disabled.as_deref() == Some("true"),
            exports: exporter.as_deref() != Some("none"),
            ignores_environment: false,
            endpoint: endpoint("TRACES", &get),
            metrics_endpoint: (metrics.as_deref() != Some("none"))
                .then(|| endpoint("METRICS", &get)),
            export_timeout: processor.map_or(timeout, |processor| processor.min(timeout)),
            schedule_delay: None,
            propagators,
            sampler,
        })
    }

    /// The time a finished span waits for company at most. Without it, `OTEL_BSP_SCHEDULE_DELAY` decides.
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

/// One of a few words, in any case.
fn one_of(
    name: &'static str,
    words: &[&str],
    get: &impl Fn(&str) -> Option<String>,
) -> Result<Option<String>, SettingsError> {
    let Some(value) = get(name) else {
        return Ok(None);
    };
    let word = value.trim().to_ascii_lowercase();
    if words.contains(&word.as_str()) {
        Ok(Some(word))
    } else {
        let expected = words.join(" or ");
        Err(SettingsError {
            name,
            value,
            expected,
        })
    }
}

/// The exporter passes over what it cannot read here, and a receiver that wants a token then refuses every batch. The
/// value may be such a token, so it is not quoted.
fn headers(name: &'static str, get: &impl Fn(&str) -> Option<String>) -> Result<(), SettingsError> {
    let is_readable = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or_default();
        !key.trim().is_empty() && !value.trim().is_empty()
    };
    match get(name) {
        Some(list) if !list.split(',').all(is_readable) => Err(SettingsError {
            name,
            value: "...".to_owned(),
            expected: "key=value pairs with commas between them".to_owned(),
        }),
        _ => Ok(()),
    }
}

fn positive(
    name: &'static str,
    get: &impl Fn(&str) -> Option<String>,
) -> Result<Option<u64>, SettingsError> {
    let Some(value) = get(name) else {
        return Ok(None);
    };
    match value.trim().parse::<u64>() {
        Ok(number) if number > 0 => Ok(Some(number)),
        _ => Err(SettingsError {
            name,
            value,
            expected: "a whole number above zero".to_owned(),
        }),
    }
}

fn only_grpc(
    specific: &'static str,
    get: &impl Fn(&str) -> Option<String>,
) -> Result<(), SettingsError> {
    for name in [specific, "OTEL_EXPORTER_OTLP_PROTOCOL"] {
        if let Some(value) = get(name) {
            if value.trim() == "grpc" {
                return Ok(());
            }
            return Err(SettingsError {
                name,
                value,
                expected: "grpc".to_owned(),
            });
        }
    }
    Ok(())
}

/// The SDK falls back to keeping everything when it does not understand the name or the ratio: a hundred times the traces
/// that somebody asked for. So a name that it does not know is refused here; one that it knows is left to it.
fn sampler(get: &impl Fn(&str) -> Option<String>) -> Result<Option<Sampler>, SettingsError> {
    let name = "OTEL_TRACES_SAMPLER";
    let Some(value) = get(name) else {
        return Ok(None);
    };
    let takes_ratio = match value.as_str() {
        "always_on" | "always_off" | "parentbased_always_on" | "parentbased_always_off" => false,
        "traceidratio" | "parentbased_traceidratio" => true,
        _ => {
            let expected = "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or \
                            parentbased_traceidratio";
            return Err(SettingsError {
                name,
                value,
                expected: expected.to_owned(),
            });
        }
    };
    if takes_ratio {
        let name = "OTEL_TRACES_SAMPLER_ARG";
        if let Some(value) = get(name) {
            let in_range = value
                .trim()
                .parse::<f64>()
                .is_ok_and(|ratio| (0.0..=1.0).contains(&ratio));
            if !in_range {
                return Err(SettingsError {
                    name,
                    value,
                    expected: "a ratio between 0.0 and 1.0".to_owned(),
                });
            }
        }
    }
    Ok(None)
}

/// Where a signal goes.
fn endpoint(signal: &str, get: &impl Fn(&str) -> Option<String>) -> String {
    let endpoint = get(&format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"))
        .or_else(|| get("OTEL_EXPORTER_OTLP_ENDPOINT"))
        .map_or_else(
            || DEFAULT_ENDPOINT.to_owned(),
            |value| value.trim().to_owned(),
        );
    if endpoint.contains("://") {
        return endpoint;
    }
    let insecure = get(&format!("OTEL_EXPORTER_OTLP_{signal}_INSECURE"))
        .or_else(|| get("OTEL_EXPORTER_OTLP_INSECURE"));
    let scheme = if insecure.is_some_and(|value| value.trim().eq_ignore_ascii_case("true")) {
        "http"
    } else {
        "https"
    };
    format!("{scheme}://{endpoint}")
}

fn resource(service: &str, get: &impl Fn(&str) -> Option<String>) -> Resource {
    let named_among_attributes = get("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|list| {
        list.split(',')
            .any(|pair| pair.trim_start().starts_with("service.name="))
    });
    let builder = Resource::builder();
    match get("OTEL_SERVICE_NAME") {
        // The SDK reads it too, and lets a `service.name` among the attributes win.
        Some(name) => builder.with_service_name(name).build(),
        None if named_among_attributes => builder.build(),
        None => builder.with_service_name(service.to_owned()).build(),
    }
}
