//! The standard variables, one by one: what each may be, and what is refused.

use std::time::Duration;

use opentelemetry_sdk::Resource;

use super::{DEFAULT_EXPORT_TIMEOUT, Destination, SettingsError};

const DEFAULT_ENDPOINT: &str = "http://localhost:4317";
const COMPRESSION: [&str; 4] = [
    "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
    "OTEL_EXPORTER_OTLP_LOGS_COMPRESSION",
    "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION",
    "OTEL_EXPORTER_OTLP_COMPRESSION",
];
const HEADERS: [&str; 4] = [
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
    "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    "OTEL_EXPORTER_OTLP_HEADERS",
];
const NOT_BUILT_IN: [&str; 12] = [
    "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
];

/// The variables of one signal.
#[derive(Debug)]
pub(super) struct Names {
    exporter: &'static str,
    /// In `OTEL_EXPORTER_OTLP_*`.
    infix: &'static str,
    protocol: &'static str,
    timeout: &'static str,
    /// The SDK's processor does not look at this one.
    processor_timeout: Option<&'static str>,
}

pub(super) const SPANS: Names = Names {
    exporter: "OTEL_TRACES_EXPORTER",
    infix: "TRACES",
    protocol: "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    timeout: "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    processor_timeout: Some("OTEL_BSP_EXPORT_TIMEOUT"),
};

pub(super) const LOGS: Names = Names {
    exporter: "OTEL_LOGS_EXPORTER",
    infix: "LOGS",
    protocol: "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL",
    timeout: "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT",
    processor_timeout: Some("OTEL_BLRP_EXPORT_TIMEOUT"),
};

pub(super) const METRICS: Names = Names {
    exporter: "OTEL_METRICS_EXPORTER",
    infix: "METRICS",
    protocol: "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
    timeout: "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
    processor_timeout: None,
};

impl Names {
    /// Where the signal goes, unless it stays.
    pub(super) fn destination(
        &self,
        get: &impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Destination>, SettingsError> {
        let exporter = one_of(self.exporter, &["otlp", "none"], get)?;
        let processor = self.processor_timeout;
        let processor = processor.map(|name| positive(name, get)).transpose()?;
        if exporter.as_deref() == Some("none") {
            return Ok(None);
        }
        self.only_grpc(get)?;
        let timeout = match positive(self.timeout, get)? {
            Some(ms) => Some(ms),
            None => positive("OTEL_EXPORTER_OTLP_TIMEOUT", get)?,
        };
        let timeout = timeout.map_or(DEFAULT_EXPORT_TIMEOUT, Duration::from_millis);
        let processor = processor.flatten().map(Duration::from_millis);
        Ok(Some(Destination {
            endpoint: self.endpoint(get),
            timeout: processor.map_or(timeout, |processor| processor.min(timeout)),
        }))
    }

    fn only_grpc(&self, get: &impl Fn(&str) -> Option<String>) -> Result<(), SettingsError> {
        for name in [self.protocol, "OTEL_EXPORTER_OTLP_PROTOCOL"] {
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

    fn endpoint(&self, get: &impl Fn(&str) -> Option<String>) -> String {
        let infix = self.infix;
        let endpoint = get(&format!("OTEL_EXPORTER_OTLP_{infix}_ENDPOINT"))
            .or_else(|| get("OTEL_EXPORTER_OTLP_ENDPOINT"))
            .map_or_else(
                || DEFAULT_ENDPOINT.to_owned(),
                |value| value.trim().to_owned(),
            );
        if endpoint.contains("://") {
            return endpoint;
        }
        let insecure = get(&format!("OTEL_EXPORTER_OTLP_{infix}_INSECURE"))
            .or_else(|| get("OTEL_EXPORTER_OTLP_INSECURE"));
        let scheme = if insecure.is_some_and(|value| value.trim().eq_ignore_ascii_case("true")) {
            "http"
        } else {
            "https"
        };
        format!("{scheme}://{endpoint}")
    }
}

/// Refuses what the exporter would leave out without a word.
pub(super) fn refuse_what_would_be_passed_over(
    get: &impl Fn(&str) -> Option<String>,
) -> Result<(), SettingsError> {
    for name in COMPRESSION {
        one_of(name, &["gzip", "none"], get)?;
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
        headers(name, get)?;
    }
    Ok(())
}

/// One of a few words, in any case.
pub(super) fn one_of(
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

/// A number that means nothing when it is zero.
pub(super) fn positive(
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

/// The SDK falls back to keeping everything when it does not understand the name or the ratio: a hundred times the traces
/// that somebody asked for. So a name that it does not know is refused here; one that it knows is left to it.
pub(super) fn check_sampler(get: &impl Fn(&str) -> Option<String>) -> Result<(), SettingsError> {
    let name = "OTEL_TRACES_SAMPLER";
    let Some(value) = get(name) else {
        return Ok(());
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
    Ok(())
}

pub(super) fn resource(service: &str, get: &impl Fn(&str) -> Option<String>) -> Resource {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// How long an export of spans and one of log records may take, in milliseconds.
    fn timeouts(variables: &[(&str, &str)]) -> [u128; 2] {
        let get = |name: &str| {
            let mut set = variables.iter();
            let (_, value) = set.find(|(set, _)| *set == name)?;
            Some((*value).to_owned())
        };
        [SPANS, LOGS].map(|names| {
            let destination = names.destination(&get).expect("they are numbers");
            let timeout = destination.expect("it is sent").timeout;
            timeout.as_millis()
        })
    }

    #[test]
    fn a_timeout_holds_for_all_signals_that_have_none_of_their_own() {
        let general = ("OTEL_EXPORTER_OTLP_TIMEOUT", "150");
        let of_logs = ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "3600000");
        let of_processor = ("OTEL_BSP_EXPORT_TIMEOUT", "100");

        assert_eq!(timeouts(&[]), [2_000, 2_000]);
        assert_eq!(timeouts(&[general]), [150, 150]);
        assert_eq!(timeouts(&[general, of_logs]), [150, 3_600_000]);
        assert_eq!(timeouts(&[general, of_processor]), [100, 150]);
    }
}
