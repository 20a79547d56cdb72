//! `OTEL_SDK_DISABLED`: nothing is recorded, and what comes in goes out again.

use http::Method;
use launcher::{Service, Stage};
use serde_json::json;
use testbed::redis::RedisServer;

use crate::support::{BlackHole, Common, Receiver};

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test]
async fn nothing_is_sent_and_a_login_works() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    for stage in [Stage::Shim, Stage::Mixed, Stage::Native] {
        let otlp = BlackHole::start();
        let common = Common::new([stage; 3], &otlp.url(), &redis.url());
        let processes = common.env("OTEL_SDK_DISABLED", "true").start().await;
        let target = processes.target();
        let sent = target.receive_code(&target.phone()).await;
        let token = target.redeem(&sent).await.is(200).text("token");
        target.session(Method::DELETE, &token).await.is(204);
        let ended = processes.terminate();

        assert!(
            ended.iter().all(|ended| ended.status.success()),
            "{ended:#?}"
        );
        assert!(
            !otlp.was_connected(),
            "{stage}: nobody has anything to send"
        );
        let lines = ended.map(|ended| ended.lines).concat().join("\n");
        assert!(
            !lines.contains("trace_id") && !lines.contains("lost"),
            "{lines}"
        );
    }
}

#[tokio::test]
async fn any_other_word_disables_nothing() {
    let receiver = Receiver::start();
    let api = super::api(Stage::Native, &receiver.url())
        .env("OTEL_SDK_DISABLED", "false")
        .start();

    let id = super::ask(&api).await;

    receiver.wait_for(&id, |trace| trace.spans.len() == 2).await;
}

#[tokio::test]
async fn what_came_with_a_request_goes_into_the_message() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    for stage in [Stage::Shim, Stage::Mixed, Stage::Native] {
        redis.ask(&["FLUSHALL"]).expect("the server answers");
        let otlp = BlackHole::start();
        let common = Common::new([stage; 3], &otlp.url(), &redis.url());
        let common = common.env("OTEL_SDK_DISABLED", "true");
        let auth = common.launch(Service::Auth).start();
        let target = common.target_of(&auth);
        let ready = async || {
            let request = target.to_auth(Method::GET, "/readyz");
            target.answer(request).await.status == 200
        };
        crate::support::eventually("auth is ready", ready).await;

        let request = target
            .to_auth(Method::POST, "/v1/challenges")
            .header("traceparent", TRACEPARENT)
            .header("tracestate", "vendor=1")
            .header("baggage", "login.channel=web")
            .json(&json!({ "phone": target.phone() }));
        target.answer(request).await.is(202);

        let queued = redis.dump();
        for header in [
            "header.traceparent",
            TRACEPARENT,
            "header.tracestate",
            "vendor=1",
            "header.baggage",
            "login.channel=web",
        ] {
            assert!(queued.contains(header), "{stage}: no {header} in {queued}");
        }
    }
}
