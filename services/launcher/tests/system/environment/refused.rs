//! What cannot be used is refused, in a sentence, before anything starts.

use launcher::Stage;

use super::api;

const NOWHERE: &str = "http://127.0.0.1:1";

#[test]
fn a_value_that_cannot_be_used_is_refused_by_name() {
    for (name, value) in [
        ("OTEL_PROPAGATORS", "tracecontext,carrier-pigeon"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_BSP_SCHEDULE_DELAY", "soon"),
        ("OTEL_BSP_SCHEDULE_DELAY", "0"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "-1"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "0"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "2s"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "0"),
        ("OTEL_SDK_DISABLED", "yes"),
        ("OTEL_TRACES_EXPORTER", "console"),
        ("OTEL_LOGS_EXPORTER", "console"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "0"),
        ("OTEL_BLRP_MAX_QUEUE_SIZE", "many"),
        ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "0"),
        ("OTEL_BLRP_EXPORT_TIMEOUT", "2s"),
        ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE", "/certificate.pem"),
        ("OTEL_METRICS_EXPORTER", "prometheus"),
        ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "0"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "0"),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/certificate.pem"),
    ] {
        let ended = api(Stage::Shim, NOWHERE).env(name, value).refused();

        let said = ended.lines.join("\n");
        assert_eq!(ended.status.code(), Some(1), "{name}={value}: {said}");
        let sentence = format!("launcher: {name}=\"{value}\" is not usable: expected ");
        assert!(said.starts_with(&sentence), "{name}={value}: {said}");
    }
}

#[test]
fn an_address_of_auth_that_cannot_be_called_is_refused_by_name() {
    let ended = api(Stage::Shim, NOWHERE)
        .env("API_AUTH_URL", "ftp://auth")
        .refused();

    let said = ended.lines.join("\n");
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("API_AUTH_URL: expected an address"), "{said}");
}

#[test]
fn headers_that_cannot_be_read_are_refused_and_not_quoted() {
    for name in [
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
        "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    ] {
        let ended = api(Stage::Shim, NOWHERE)
            .env(name, "authorization: s3cret")
            .refused();

        let said = ended.lines.join("\n");
        assert_eq!(ended.status.code(), Some(1), "{said}");
        assert!(said.contains(name) && !said.contains("s3cret"), "{said}");
    }
}

#[test]
fn a_ratio_out_of_range_is_refused() {
    for ratio in ["2", "-0.1", "half"] {
        let ended = api(Stage::Shim, NOWHERE)
            .env("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
            .env("OTEL_TRACES_SAMPLER_ARG", ratio)
            .refused();

        let said = ended.lines.join("\n");
        assert_eq!(ended.status.code(), Some(1), "{said}");
        assert!(
            said.contains("OTEL_TRACES_SAMPLER_ARG") && said.contains("between"),
            "{said}"
        );
    }
}

#[test]
fn an_address_that_is_none_is_refused() {
    for address in ["ftp://127.0.0.1:4317", "http://", "not an address"] {
        let ended = api(Stage::Native, address).refused();

        let said = ended.lines.join("\n");
        assert_eq!(ended.status.code(), Some(1), "{said}");
        assert!(
            said.contains("the OTLP endpoint") && said.contains(address),
            "{said}"
        );
    }
}

#[test]
fn a_stage_that_there_is_not_is_refused() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_launcher"))
        .env_clear()
        .args([
            "api",
            "--stage",
            "later",
            "--service-credential",
            super::CREDENTIAL,
        ])
        .output()
        .expect("the launcher can be run");

    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("bare, legacy, dropin, shim, mixed, native"),
        "{said}"
    );
}
