//! What a login leaves behind: four requests, four traces, in any mix of stages.

mod expected;

use contract::Answer;
use contract::target::Sent;
use futures::stream::{self, StreamExt as _};
use http::Method;
use launcher::{Service, Stage};
use testbed::redis::RedisServer;
use viewer::model::{Kind, Span, Trace, Value};

use crate::support::{Fleet, Receiver, Secrets, Setup, Stages, eventually, text_of};

const STAGES: [Stage; 4] = [Stage::Legacy, Stage::Shim, Stage::Mixed, Stage::Native];

/// How many fleets run at the same time.
const AT_ONCE: usize = 6;

/// What api sends to sms through auth.
const BAGGAGE: &str = " login.channel=web";

/// The traces of a login as text, in the order of its requests.
async fn log_in(stages: Stages) -> String {
    let (fleet, receiver) = Fleet::start(stages).await;
    let target = fleet.target();
    let mut secrets = Secrets::of(target);

    let phone = target.phone();
    let code_sent = target.send_code(&phone).await.is(202);
    let challenge_id = code_sent.text("challenge_id");
    let code = target.inbox(&challenge_id).await.is(200).text("code");
    let sent = Sent {
        phone,
        challenge_id,
        code,
    };
    let logged_in = target.redeem(&sent).await.is(200);
    let token = logged_in.text("token");
    let session = target.session(Method::GET, &token).await.is(200);
    let logged_out = target.session(Method::DELETE, &token).await.is(204);
    secrets.add(&sent);
    secrets.add_text(&token);
    fleet.finish().await;

    // The inbox was read as well, which is a request to sms like any other.
    if !stages.contains(&Stage::Dropin) {
        assert_eq!(receiver.store().stats().traces, 5);
    }
    let text = |answer: Answer| {
        let id = answer.header("x-trace-id").expect("api tells the trace");
        let trace = receiver.trace(id).expect("the trace has arrived");
        secrets.assert_absent_from(&trace);
        assert_recorded_by(stages, &trace);
        text_of(&trace)
    };
    [code_sent, logged_in, session, logged_out]
        .map(text)
        .join("\n")
}

/// Each service's spans were recorded by the library of its stage.
fn assert_recorded_by(stages: Stages, trace: &Trace) {
    for span in &trace.spans {
        let place = Service::ALL
            .iter()
            .position(|service| service.name() == span.service());
        let recorder = match stages[place.expect("it is a service of ours")] {
            // Thrift does not say.
            Stage::Legacy => None,
            Stage::Dropin => Some("opentracing-shim-legacy"),
            Stage::Shim => Some("opentracing-shim"),
            Stage::Mixed if has_moved(span) => Some("stage-mixed"),
            Stage::Mixed => Some("opentracing-shim"),
            _ => Some("stage-native"),
        };
        assert_eq!(
            span.tags.str("otel.scope.name"),
            recorder,
            "{}",
            span.operation
        );
    }
}

/// Whether a span is native in stage mixed: the public edge, and what auth and sms do inside a request or a message.
fn has_moved(span: &Span) -> bool {
    match span.service() {
        "api" => span.kind() == Kind::Server,
        _ => !matches!(span.kind(), Kind::Server | Kind::Consumer),
    }
}

/// The lines that each service has in the stage that it is in. Their places are the same in all stages. A legacy service
/// tells what one in stage shim does, and is the end of baggage.
fn expected(stages: Stages) -> String {
    let lines = expected::SHIM.lines().zip(expected::NATIVE.lines());
    let lines = lines.zip(expected::MIXED.lines());
    let chosen = lines.map(|((shim, native), mixed)| {
        let service = Service::ALL
            .iter()
            .position(|service| shim.trim_start().starts_with(&format!("{service}: ")));
        match service.map(|place| stages[place]) {
            Some(Stage::Native) => native,
            Some(Stage::Mixed) => mixed,
            Some(_) => shim,
            None => {
                assert_eq!([shim; 2], [native, mixed], "traces have one size");
                shim
            }
        }
    });
    let whole: String = chosen.map(|line| format!("{line}\n")).collect();
    if stages.iter().any(|stage| stage.is_old()) {
        return whole.replace(BAGGAGE, "");
    }
    whole
}

#[tokio::test]
async fn in_stage_shim_a_login_is_told_in_the_words_of_opentracing() {
    let left = log_in([Stage::Shim; 3]).await;

    assert_eq!(left, expected::SHIM, "\n{left}");
}

#[tokio::test]
async fn in_stages_legacy_and_dropin_a_login_is_told_in_the_same_words_and_baggage_is_lost() {
    for stage in [Stage::Legacy, Stage::Dropin] {
        let left = log_in([stage; 3]).await;

        assert_eq!(
            left,
            expected::SHIM.replace(BAGGAGE, ""),
            "{stage}:\n{left}"
        );
    }
}

#[tokio::test]
async fn in_stage_native_a_login_is_told_in_the_semantic_conventions() {
    let left = log_in([Stage::Native; 3]).await;

    assert_eq!(left, expected::NATIVE, "\n{left}");
}

#[tokio::test]
async fn in_stage_mixed_each_span_is_told_in_the_words_of_its_api() {
    let left = log_in([Stage::Mixed; 3]).await;

    assert_eq!(left, expected::MIXED, "\n{left}");
}

#[tokio::test]
async fn any_mix_of_stages_leaves_the_same_traces() {
    let mixes = STAGES.into_iter().flat_map(|api| {
        let of_auth = move |auth| STAGES.map(|sms| [api, auth, sms]);
        STAGES.into_iter().flat_map(of_auth)
    });
    let mixes = mixes.filter(|[api, auth, sms]| api != auth || auth != sms);

    // Most of a fleet's life is waiting.
    stream::iter(mixes)
        .for_each_concurrent(AT_ONCE, async |stages| {
            let left = log_in(stages).await;

            assert_eq!(left, expected(stages), "{stages:?}:\n{left}");
        })
        .await;
}

#[tokio::test]
async fn a_store_command_says_which_redis_it_went_to() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    for (stage, address, port) in [
        (Stage::Shim, "peer.hostname", "peer.port"),
        (Stage::Native, "server.address", "server.port"),
    ] {
        let receiver = Receiver::of([stage; 3]);
        let setup = Setup::new([stage; 3], &receiver).redis(redis.url());
        let fleet = setup.start().await;
        let target = fleet.target();
        eventually("auth has its store", async || {
            let asked = target.to(&target.auth, Method::GET, "/readyz");
            target.answer(asked).await.status == 200
        })
        .await;

        let code_sent = target.send_code(&target.phone()).await.is(202);
        target.inbox(&code_sent.text("challenge_id")).await.is(200);
        fleet.finish().await;

        let id = code_sent.header("x-trace-id").expect("api tells the trace");
        let trace = receiver.trace(id).expect("the trace has arrived");
        for (service, command) in [("auth", "issue"), ("sms", "begin"), ("sms", "settle")] {
            let span = trace.find(service, command).expect("the command is there");
            assert_eq!(span.tags.str(address), Some("127.0.0.1"), "{span:?}");
            assert_eq!(
                span.tags.get(port),
                Some(&Value::Int64(redis.address().port().into())),
                "{span:?}"
            );
        }
    }
}
