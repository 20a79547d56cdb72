//! What counts: what was set by code, and for the rest the environment.

use std::time::Duration;

use crate::propagation::Formats;
use crate::settings::{Headers, Protocol, Settings};

/// What counts, once it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) is_disabled: bool,
    pub(crate) protocol: Protocol,
    /// `None`: HTTP's is left to the exporter, which reads the same variables.
    pub(crate) endpoint: Option<String>,
    pub(crate) headers: Headers,
    pub(crate) timeout: Duration,
    pub(crate) schedule_delay: Duration,
    pub(crate) queue_size: usize,
    pub(crate) batch_size: usize,
    pub(crate) report_wait: Duration,
    pub(crate) exit_wait: Duration,
    pub(crate) formats: Formats,
}

pub(crate) fn from_environment(name: &str) -> Option<String> {
    std::env::var(name)
        .ok()
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

type Get<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Resolved {
    /// Without a look at the environment.
    #[cfg(test)]
    pub(crate) fn by_code(settings: Settings) -> Self {
        Self::new(settings, None, &|_| None)
    }

    pub(crate) fn new(settings: Settings, formats: Option<Formats>, get: Get<'_>) -> Self {
        let is = |name, word: &str| {
            get(name).is_some_and(|value: String| value.eq_ignore_ascii_case(word))
        };
        let protocol = settings.protocol.unwrap_or_else(|| protocol(get));
        let queue_size = settings
            .queue_size
            .or_else(|| number("OTEL_BSP_MAX_QUEUE_SIZE", get))
            .unwrap_or(2048)
            .max(1);
        Self {
            is_disabled: is("OTEL_SDK_DISABLED", "true") || is("OTEL_TRACES_EXPORTER", "none"),
            protocol,
            endpoint: endpoint(settings.endpoint, protocol, get),
            headers: settings.headers,
            timeout: settings
                .timeout
                .or_else(|| milliseconds("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", get))
                .or_else(|| milliseconds("OTEL_EXPORTER_OTLP_TIMEOUT", get))
                .unwrap_or(Duration::from_secs(10)),
            schedule_delay: settings
                .schedule_delay
                .or_else(|| milliseconds("OTEL_BSP_SCHEDULE_DELAY", get))
                .unwrap_or(Duration::from_millis(500)),
            queue_size,
            batch_size: number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", get)
                .unwrap_or(512)
                .min(queue_size),
            report_wait: settings.report_wait.unwrap_or(Duration::from_secs(5)),
            exit_wait: settings.exit_wait.unwrap_or(Duration::from_secs(5)),
            formats: formats.unwrap_or_else(|| self::formats(get)),
        }
    }
}

fn protocol(get: Get<'_>) -> Protocol {
    for name in [
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ] {
        match get(name).as_deref() {
            None => {}
            Some("grpc") => return Protocol::Grpc,
            Some("http/protobuf") => return Protocol::HttpProtobuf,
            Some(value) => passed_over(name, value, "grpc or http/protobuf"),
        }
    }
    Protocol::Grpc
}

fn endpoint(by_code: Option<String>, protocol: Protocol, get: Get<'_>) -> Option<String> {
    match (protocol, by_code) {
        (Protocol::HttpProtobuf, by_code) => {
            by_code.map(|base| format!("{}/v1/traces", base.trim_end_matches('/')))
        }
        (Protocol::Grpc, Some(url)) => Some(url),
        (Protocol::Grpc, None) => Some(grpc_endpoint(get)),
    }
}

/// As the exporter itself would have it, which is not asked because it sets no limit to connecting.
fn grpc_endpoint(get: Get<'_>) -> String {
    let either = |signal, general| get(signal).or_else(|| get(general));
    let url = either(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    )
    .unwrap_or_else(|| "http://localhost:4317".to_owned());
    if url.contains("://") {
        return url;
    }
    let insecure = either(
        "OTEL_EXPORTER_OTLP_TRACES_INSECURE",
        "OTEL_EXPORTER_OTLP_INSECURE",
    );
    let is_insecure = insecure.is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let scheme = if is_insecure { "http" } else { "https" };
    format!("{scheme}://{url}")
}

fn formats(get: Get<'_>) -> Formats {
    let name = "OTEL_PROPAGATORS";
    let Some(names) = get(name) else {
        return Formats::legacy();
    };
    Formats::parse(&names).unwrap_or_else(|error| {
        passed_over(name, &names, &error.to_string());
        Formats::legacy()
    })
}

fn milliseconds(name: &str, get: Get<'_>) -> Option<Duration> {
    number(name, get).map(|number| Duration::from_millis(number as u64))
}

/// A whole number above zero: with zero, the SDK's processor would hold nothing or never rest.
fn number(name: &str, get: Get<'_>) -> Option<usize> {
    let value = get(name)?;
    let number = value.parse().ok().filter(|number| *number > 0);
    if number.is_none() {
        passed_over(name, &value, "a whole number above zero");
    }
    number
}

fn passed_over(name: &str, value: &str, expected: &str) {
    tracing::warn!(name, value, expected, "a variable was passed over");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(settings: Settings, variables: &[(&str, &str)]) -> Resolved {
        Resolved::new(settings, None, &|name| {
            let variable = variables.iter().find(|(known, _)| *known == name);
            variable.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_set_means_the_local_collector_and_a_short_delay() {
        let resolved = resolved(Settings::new(), &[]);

        assert_eq!(resolved.endpoint.as_deref(), Some("http://localhost:4317"));
        assert_eq!(resolved.protocol, Protocol::Grpc);
        assert_eq!(resolved.schedule_delay, Duration::from_millis(500));
        assert_eq!(resolved.report_wait, Duration::from_secs(5));
        assert_eq!(resolved.exit_wait, Duration::from_secs(5));
        assert_eq!((resolved.queue_size, resolved.batch_size), (2048, 512));
        assert!(!resolved.is_disabled);
    }

    #[test]
    fn the_variable_of_the_signal_wins_and_code_beats_both() {
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://general:4317"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:4317"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "3000"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2000"),
        ];

        let read = resolved(Settings::new(), &variables);
        let set = resolved(Settings::new().endpoint("http://code:4317"), &variables);

        assert_eq!(read.endpoint.as_deref(), Some("http://traces:4317"));
        assert_eq!(read.timeout, Duration::from_secs(2));
        assert_eq!(set.endpoint.as_deref(), Some("http://code:4317"));
    }

    #[test]
    fn an_endpoint_without_scheme_is_https_unless_told() {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317");
        let insecure = ("OTEL_EXPORTER_OTLP_INSECURE", "true");

        let secure = resolved(Settings::new(), &[endpoint]);
        let plain = resolved(Settings::new(), &[endpoint, insecure]);

        assert_eq!(secure.endpoint.as_deref(), Some("https://collector:4317"));
        assert_eq!(plain.endpoint.as_deref(), Some("http://collector:4317"));
    }

    #[test]
    fn http_leaves_its_variables_to_the_exporter() {
        let variables = [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
        ];

        let read = resolved(Settings::new(), &variables);
        let set = resolved(Settings::new().endpoint("http://code:4318/"), &variables);

        assert_eq!(
            (read.protocol, read.endpoint),
            (Protocol::HttpProtobuf, None)
        );
        let expected = "http://code:4318/v1/traces";
        assert_eq!(set.endpoint.as_deref(), Some(expected));
    }

    #[test]
    fn values_that_cannot_be_used_are_passed_over() {
        let variables = [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier pigeon"),
            ("OTEL_BSP_SCHEDULE_DELAY", "soon"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
            ("OTEL_PROPAGATORS", "xray"),
        ];

        let resolved = resolved(Settings::new(), &variables);

        assert_eq!(resolved.protocol, Protocol::Grpc);
        assert_eq!(resolved.schedule_delay, Duration::from_millis(500));
        assert_eq!(resolved.queue_size, 2048);
        assert!(resolved.formats.is_legacy());
    }

    #[test]
    fn either_variable_turns_the_exporter_off() {
        let disabled = resolved(Settings::new(), &[("OTEL_SDK_DISABLED", "TRUE")]);
        let none = resolved(Settings::new(), &[("OTEL_TRACES_EXPORTER", "none")]);

        assert!(disabled.is_disabled && none.is_disabled);
    }

    #[test]
    fn a_batch_is_never_larger_than_the_queue() {
        let resolved = resolved(Settings::new().queue_size(10), &[]);

        assert_eq!(resolved.batch_size, 10);
    }
}
