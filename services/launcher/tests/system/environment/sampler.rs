//! `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`: which traces are kept.

use launcher::{Service, Stage};

use super::{CREDENTIAL, api, ask, ask_auth};
use crate::support::{Launch, Receiver, Reserved};

/// How many spans two requests to api leave.
async fn kept(stage: Stage, variables: &[(&str, &str)]) -> u64 {
    let receiver = Receiver::start();
    let launch = variables
        .iter()
        .fold(api(stage, &receiver.url()), |launch, (name, value)| {
            launch.env(name, value)
        });
    let launch = launch.agent(receiver.agent());
    let api = launch.start();
    let ids = [ask(&api).await, ask(&api).await];
    assert_ne!(ids[0], ids[1], "a trace that is not kept has an id too");
    // The end sends what there is, so nothing comes later.
    assert!(api.terminate().status.success());
    receiver.store().stats().received_spans
}

#[tokio::test]
async fn without_a_word_everything_is_kept() {
    for stage in [
        Stage::Legacy,
        Stage::Dropin,
        Stage::Shim,
        Stage::Mixed,
        Stage::Native,
    ] {
        assert_eq!(kept(stage, &[]).await, 4, "{stage}");
    }
}

#[tokio::test]
async fn always_off_keeps_nothing() {
    for stage in [Stage::Shim, Stage::Mixed, Stage::Native] {
        let variables = [("OTEL_TRACES_SAMPLER", "always_off")];
        assert_eq!(kept(stage, &variables).await, 0, "{stage}");
    }
}

#[tokio::test]
async fn a_ratio_is_obeyed() {
    for (name, ratio, spans) in [
        ("traceidratio", "0", 0),
        ("parentbased_traceidratio", "1.0", 4),
    ] {
        let variables = [
            ("OTEL_TRACES_SAMPLER", name),
            ("OTEL_TRACES_SAMPLER_ARG", ratio),
        ];
        assert_eq!(kept(Stage::Native, &variables).await, spans, "{name}");
    }
}

#[tokio::test]
async fn a_parent_decides_for_a_sampler_that_asks_it() {
    for (stage, sampler, [if_sampled, if_not]) in [
        (Stage::Shim, "parentbased_always_off", [true, false]),
        (Stage::Native, "parentbased_always_on", [true, false]),
        (Stage::Shim, "always_on", [true, true]),
        (Stage::Native, "always_off", [false, false]),
    ] {
        let receiver = Receiver::start();
        let away = Reserved::new();
        let auth = Launch::new(Service::Auth, stage)
            .env("SERVICE_CREDENTIAL", CREDENTIAL)
            .env("DEMO", "true")
            .env("REDIS_URL", format!("redis://{}", away.address()))
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url())
            .env("OTEL_TRACES_SAMPLER", sampler)
            .start();
        let (sampled, not) = (
            "0af7651916cd43dd8448eb211c80319c",
            "1af7651916cd43dd8448eb211c80319c",
        );

        for (id, flags) in [(sampled, "01"), (not, "00")] {
            let parent = format!("00-{id}-b7ad6b7169203331-{flags}");
            ask_auth(&auth, &[("traceparent", &parent)]).await.is(422);
        }
        assert!(auth.terminate().status.success());

        for (id, kept) in [(sampled, if_sampled), (not, if_not)] {
            let spans = receiver.trace(id).map_or(0, |trace| trace.spans.len());
            assert_eq!(spans, usize::from(kept), "{stage} {sampler} {id}");
        }
    }
}
