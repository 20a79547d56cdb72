//! What the services write to stderr.

use std::collections::HashSet;

use http::Method;
use launcher::{Service, Stage};
use serde_json::Value;
use testbed::redis::RedisServer;

use crate::support::{Common, Receiver, Secrets, as_json};

#[tokio::test]
async fn a_line_written_in_a_request_carries_the_ids_of_its_span() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    for stage in [Stage::Shim, Stage::Mixed, Stage::Native] {
        let receiver = Receiver::start();
        let common = Common::new([stage; 3], &receiver.url(), &redis.url());
        let processes = common.env("RUST_LOG", "debug").start().await;
        let target = processes.target();

        let sent = target.receive_code(&target.phone()).await;
        let logged_in = target.redeem(&sent).await.is(200);
        let ended = processes.terminate();

        let id = logged_in.header("x-trace-id").expect("api tells the trace");
        let lines: Vec<Value> = ended
            .iter()
            .flat_map(|ended| &ended.lines)
            .map(|line| as_json(line))
            .collect();
        for (service, lines) in Service::ALL.iter().zip(&ended) {
            for line in &lines.lines {
                assert_eq!(as_json(line)["service"], service.name(), "{line}");
            }
        }
        let in_request: Vec<&Value> = lines.iter().filter(|line| line["trace_id"] == id).collect();
        assert!(
            in_request.iter().any(|line| line["message"]
                .as_str()
                .is_some_and(|text| text.contains("logged in"))),
            "{lines:#?}"
        );
        for line in lines.iter().filter(|line| !line["trace_id"].is_null()) {
            let trace = line["trace_id"].as_str().expect("an id is a text");
            let trace = receiver
                .trace(trace)
                .unwrap_or_else(|| panic!("no trace: {line}"));
            let spans: HashSet<String> = trace
                .spans
                .iter()
                .map(|span| span.span_id.to_string())
                .collect();
            let span = line["span_id"].as_str().expect("an id is a text");
            assert!(spans.contains(span), "{line}:\n{}", trace.tree());
        }
        let start = lines.iter().find(|line| {
            let message = line["message"].as_str().unwrap_or_default();
            message.contains("listens on")
        });
        assert!(start.is_some_and(|line| line["trace_id"].is_null()));
    }
}

#[tokio::test]
async fn at_the_lowest_level_no_line_tells_a_secret() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    for stage in Stage::ALL {
        let receiver = Receiver::start();
        let common = Common::new([stage; 3], &receiver.url(), &redis.url());
        let common = common.env("RUST_LOG", "trace");
        let processes = common.start().await;
        let target = processes.target();
        let mut secrets = Secrets::of(target);
        secrets.add_text(&common.key);

        let sent = target.receive_code(&target.phone()).await;
        secrets.add(&sent);
        let wrong = sent.wrong_code();
        secrets.add_text(&wrong);
        target
            .log_in(&sent.challenge_id, &sent.phone, &wrong)
            .await
            .is(401);
        target.send_code(&sent.phone).await.is(429);
        let token = target.redeem(&sent).await.is(200).text("token");
        secrets.add_text(&token);
        target.session(Method::GET, &token).await.is(200);
        target.session(Method::DELETE, &token).await.is(204);
        let ended = processes.terminate();

        for line in ended.iter().flat_map(|ended| &ended.lines) {
            as_json(line);
            secrets.assert_absent(line);
        }
        let levels: HashSet<Value> = ended
            .iter()
            .flat_map(|ended| &ended.lines)
            .map(|line| as_json(line)["level"].clone())
            .collect();
        assert!(
            levels.contains(&Value::from("TRACE")),
            "the level is what it was set to"
        );
    }
}

#[tokio::test]
async fn at_the_lowest_level_sending_spans_makes_no_spans() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    for stage in [Stage::Dropin, Stage::Shim, Stage::Mixed, Stage::Native] {
        let receiver = Receiver::start();
        let common = Common::new([stage; 3], &receiver.url(), &redis.url());
        let common = common.env("RUST_LOG", "trace");
        let processes = common.env("OTEL_BSP_SCHEDULE_DELAY", "5").start().await;
        let target = processes.target();

        // Each is sent in batches of its own, and each batch could be the reason of another one.
        let phone = target.phone();
        for status in [202, 429, 429] {
            let answer = target.send_code(&phone).await.is(status);
            let id = answer.header("x-trace-id").expect("api tells the trace");
            let spans = if status == 202 { 9 } else { 5 };
            receiver
                .wait_for(id, |trace| trace.spans.len() == spans)
                .await;
        }
        for ended in processes.terminate() {
            assert!(ended.status.success(), "{ended:#?}");
        }

        let stats = receiver.store().stats();
        assert_eq!((stats.received_spans, stats.traces), (19, 3), "{stage}");
    }
}
