//! What the stages with the old libraries read: where the agent is and what is kept, and over the drop-in packages
//! OpenTelemetry's own variables.

use http::HeaderMap;
use launcher::Stage;

use super::{api, ask, request};
use crate::support::{BlackHole, Peer, Receiver};

#[tokio::test]
async fn a_legacy_service_finds_its_agent_and_has_its_name() {
    let (receiver, otlp) = (Receiver::start(), BlackHole::start());
    let api = api(Stage::Legacy, &otlp.url())
        .agent(receiver.agent())
        .env("OTEL_SERVICE_NAME", "front-door")
        .start();

    let id = ask(&api).await;

    let trace = receiver.wait_for(&id, |trace| trace.spans.len() == 2).await;
    assert_eq!(trace.services(), ["front-door"]);
    let process = &trace.spans[0].process.tags;
    assert_eq!(process.str("migration.stage"), Some("legacy"));
    assert!(!otlp.was_connected(), "it knows of no OTLP");
}

#[tokio::test]
async fn over_the_drop_in_packages_the_collector_counts_and_the_agent_is_passed_over() {
    let (receiver, agent) = (Receiver::start(), Receiver::start());
    let api = api(Stage::Dropin, &receiver.url())
        .agent(agent.agent())
        .env("OTEL_RESOURCE_ATTRIBUTES", "team=login")
        .start();

    let id = ask(&api).await;

    let trace = receiver.wait_for(&id, |trace| trace.spans.len() == 2).await;
    assert_eq!(trace.services(), ["api"]);
    let resource = &trace.spans[0].process.tags;
    assert_eq!(resource.str("migration.stage"), Some("dropin"));
    assert_eq!(resource.str("team"), Some("login"));
    assert_eq!(agent.store().stats().received_spans, 0);
    let lines = api.lines().join("\n");
    assert!(lines.contains("set_agent_addr"), "it is said: {lines}");
}

#[tokio::test]
async fn what_is_not_kept_has_no_id_to_tell() {
    for stage in [Stage::Legacy, Stage::Dropin] {
        for (name, value) in [
            ("OTEL_SDK_DISABLED", "true"),
            ("OTEL_TRACES_SAMPLER", "always_off"),
            ("OTEL_TRACES_SAMPLER", "parentbased_always_off"),
        ] {
            let receiver = Receiver::start();
            let (url, agent) = (receiver.url(), receiver.agent());
            let api = api(stage, &url).agent(agent).env(name, value).start();

            request(&api.url(), false).await;

            assert!(api.terminate().status.success());
            assert_eq!(receiver.store().stats().received_spans, 0, "{stage} {name}");
        }
    }
}

#[tokio::test]
async fn without_an_exporter_there_are_ids_and_nothing_is_sent() {
    for stage in [Stage::Legacy, Stage::Dropin] {
        let receiver = Receiver::start();
        let api = api(stage, &receiver.url())
            .agent(receiver.agent())
            .env("OTEL_TRACES_EXPORTER", "none")
            .start();

        let id = ask(&api).await;

        assert!(api.terminate().status.success());
        assert_eq!(receiver.trace(&id), None, "{stage}");
    }
}

#[tokio::test]
async fn a_call_carries_the_old_header_and_over_the_drop_in_packages_what_is_asked_for() {
    let all = "jaeger,tracecontext,baggage";
    let cases: [(Stage, Option<&str>, &[&str]); 5] = [
        (Stage::Legacy, None, &["uber-trace-id"]),
        (Stage::Legacy, Some(all), &["uber-trace-id"]),
        (Stage::Dropin, None, &["uber-trace-id"]),
        (
            Stage::Dropin,
            Some(all),
            &["baggage", "traceparent", "uber-trace-id"],
        ),
        (Stage::Dropin, Some("tracecontext"), &["traceparent"]),
    ];
    for (stage, propagators, names) in cases {
        let (receiver, auth) = (Receiver::start(), Peer::start().await);
        let mut launch = api(stage, &receiver.url())
            .agent(receiver.agent())
            .env("API_AUTH_URL", auth.url());
        if let Some(names) = propagators {
            launch = launch.env("OTEL_PROPAGATORS", names);
        }
        let api = launch.start();

        let id = ask(&api).await;

        let calls = auth.calls();
        assert_eq!(calls.len(), 1);
        assert_eq!(of_traces(&calls[0]), names, "{stage} {propagators:?}");
        let id = id.trim_start_matches('0');
        for name in ["traceparent", "uber-trace-id"] {
            if let Some(value) = calls[0].get(name) {
                let value = value.to_str().expect("ids are ASCII");
                assert!(value.contains(id), "{name}: {value} is not of {id}");
            }
        }
    }
}

/// The names of headers that a trace goes on in.
fn of_traces(headers: &HeaderMap) -> Vec<&str> {
    let known = [
        "baggage",
        "traceparent",
        "tracestate",
        "uber-trace-id",
        "b3",
    ];
    let is_known =
        |name: &&str| known.contains(name) || name.starts_with("uberctx") || name.contains("b3-");
    let mut names: Vec<&str> = headers
        .keys()
        .map(http::HeaderName::as_str)
        .filter(is_known)
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn a_value_that_cannot_be_used_is_refused_by_name() {
    for stage in [Stage::Legacy, Stage::Dropin] {
        for (name, value) in [
            ("JAEGER_AGENT_PORT", "agent"),
            ("OTEL_SDK_DISABLED", "yes"),
            ("OTEL_TRACES_EXPORTER", "console"),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
        ] {
            let ended = api(stage, "http://127.0.0.1:1").env(name, value).refused();

            let said = ended.lines.join("\n");
            assert_eq!(ended.status.code(), Some(1), "{name}={value}: {said}");
            let sentence = format!("launcher: {name}=\"{value}\" is not usable: expected ");
            assert!(said.starts_with(&sentence), "{name}={value}: {said}");
        }
    }
}
