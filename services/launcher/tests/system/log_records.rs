//! What the services log leaves by OTLP, beside the lines on stderr.

use std::collections::BTreeMap;

use http::Method;
use launcher::Stage;
use serde_json::Value;
use testbed::redis::RedisServer;

use crate::support::{Common, Logs, Receiver, Record, Reserved, Secrets, as_json, eventually};

/// The stages whose pipeline exports log records.
const STAGES: [Stage; 3] = [Stage::Shim, Stage::Mixed, Stage::Native];

/// Crates that carry an export, or print the arguments of commands.
const KEPT: [&str; 7] = [
    "fred",
    "h2",
    "hyper",
    "opentelemetry",
    "pipeline",
    "tonic",
    "tower",
];

fn is_kept(target: &str) -> bool {
    KEPT.iter().any(|kept| target.starts_with(kept))
}

/// A line of stderr, as the record that it should have.
fn record_of(line: &str) -> Record {
    let Value::Object(mut line) = as_json(line) else {
        unreachable!("it is an object");
    };
    line.remove("timestamp");
    let mut take = |key: &str| {
        let value = line.remove(key).unwrap_or_default();
        value.as_str().unwrap_or_default().to_owned()
    };
    Record {
        service: take("service"),
        level: take("level"),
        target: take("target"),
        trace_id: take("trace_id"),
        span_id: take("span_id"),
        message: take("message"),
        attributes: line
            .into_iter()
            .map(|(key, value)| (key, value.to_string()))
            .collect(),
    }
}

#[tokio::test]
async fn each_line_of_a_request_is_a_record_too_with_the_same_ids() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    for stage in STAGES {
        let (receiver, logs) = (Receiver::start(), Logs::start().await);
        let common = Common::new([stage; 3], &receiver.url(), &redis.url())
            .env("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", &logs.url());
        let processes = common.start().await;
        let target = processes.target();

        let sent = target.receive_code(&target.phone()).await;
        let refused = target
            .log_in(&sent.challenge_id, &sent.phone, &sent.wrong_code())
            .await
            .is(401);
        let logged_in = target.redeem(&sent).await.is(200);
        let token = logged_in.text("token");
        let logged_out = target.session(Method::DELETE, &token).await.is(204);
        let ended = tokio::task::spawn_blocking(|| processes.terminate()).await;

        let ended = ended.expect("nothing panics");
        let lines = ended.iter().flat_map(|ended| &ended.lines);
        let mut lines: Vec<Record> = lines
            .map(|line| record_of(line))
            .filter(|line| !is_kept(&line.target))
            // The last word comes when everything was sent.
            .filter(|line| !line.message.ends_with("has stopped."))
            .collect();
        let mut records = logs.records();
        lines.sort();
        records.sort();
        assert_eq!(records, lines, "{stage}");

        for (answer, words) in [
            (&refused, "was refused."),
            (&logged_in, "logged in."),
            (&logged_out, "A session was ended"),
        ] {
            let id = answer.header("x-trace-id").expect("api tells the trace");
            let mut of_request = records.iter().filter(|record| record.trace_id == id);
            let said = of_request.find(|record| record.message.contains(words));
            let said = said.unwrap_or_else(|| panic!("{stage}: no {words:?} in {records:#?}"));
            assert_eq!(said.service, "auth");
            let trace = receiver.trace(id).expect("the trace has arrived");
            let span = trace
                .spans
                .iter()
                .find(|span| span.span_id.to_string() == said.span_id);
            let span = span.unwrap_or_else(|| panic!("{said:?}:\n{}", trace.tree()));
            assert_eq!(span.service(), "auth", "\n{}", trace.tree());
        }
    }
}

#[tokio::test]
async fn who_looks_at_a_trace_finds_what_was_logged_in_it() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let receiver = Receiver::start();
    let stages = [Stage::Native, Stage::Shim, Stage::Mixed];
    let common = Common::new(stages, &receiver.url(), &redis.url());
    let processes = common.start().await;
    let target = processes.target();

    let sent = target.receive_code(&target.phone()).await;
    let logged_in = target.redeem(&sent).await.is(200);
    processes.terminate();

    let id = logged_in.header("x-trace-id").expect("api tells the trace");
    let trace = receiver.trace(id).expect("the trace has arrived");
    let id = viewer::model::parse_trace_id(id).expect("it is a trace id");
    let logs = receiver.store().logs(id);
    let [log] = &logs[..] else {
        panic!("one line is written in a login: {logs:#?}");
    };
    assert!(log.body.ends_with("logged in."), "{log:#?}");
    assert_eq!(
        (log.service.as_str(), log.scope.as_str()),
        ("auth", "auth::app")
    );
    let span = trace
        .find("auth", "POST /v1/sessions")
        .expect("auth was asked");
    assert_eq!(log.span_id, Some(span.span_id), "\n{}", trace.tree());
}

#[tokio::test]
async fn at_the_lowest_level_no_record_tells_a_secret_or_of_its_own_way() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    for stage in STAGES {
        let (receiver, logs) = (Receiver::start(), Logs::start().await);
        let common = Common::new([stage; 3], &receiver.url(), &redis.url())
            .env("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", &logs.url())
            // Each batch could be the reason of another one.
            .env("OTEL_BLRP_SCHEDULE_DELAY", "5")
            .env("RUST_LOG", "trace");
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
        let ended = tokio::task::spawn_blocking(|| processes.terminate()).await;

        let ended = ended.expect("nothing panics");
        assert!(ended.iter().all(|ended| ended.status.success()));
        let lines: Vec<Record> = ended
            .iter()
            .flat_map(|ended| &ended.lines)
            .map(|line| record_of(line))
            .collect();
        assert!(
            lines
                .iter()
                .any(|line| line.level == "TRACE" && is_kept(&line.target)),
            "the level is what it was set to, and the transport has its say on stderr"
        );
        let records = logs.records();
        let mut targets: BTreeMap<&str, usize> = BTreeMap::new();
        for record in &records {
            secrets.assert_absent(&record.message);
            for (key, value) in &record.attributes {
                secrets.assert_absent(key);
                secrets.assert_absent(value);
            }
            *targets.entry(&record.target).or_default() += 1;
        }
        assert!(
            !targets.keys().any(|target| is_kept(target)),
            "{targets:#?}"
        );
        assert!(targets["auth::app"] >= 3, "{targets:#?}");
    }
}

#[tokio::test]
async fn what_rust_log_keeps_from_stderr_leaves_no_other_way() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let (receiver, logs) = (Receiver::start(), Logs::start().await);
    let common = Common::new([Stage::Native; 3], &receiver.url(), &redis.url())
        .env("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", &logs.url())
        // Whether it listens is read from its log.
        .env("RUST_LOG", "warn,launcher=info");
    let processes = common.start().await;
    let target = processes.target();

    let sent = target.receive_code(&target.phone()).await;
    target.redeem(&sent).await.is(200);
    tokio::task::spawn_blocking(|| processes.terminate())
        .await
        .expect("nothing panics");

    let records = logs.records();
    let level = |name| records.iter().filter(|record| record.level == name).count();
    assert!(
        level("WARN") > 0,
        "the demo's switch is a warning: {records:#?}"
    );
    let told = records.iter().filter(|record| record.level == "INFO");
    assert!(told.clone().count() > 0, "{records:#?}");
    for record in told {
        assert!(record.target.starts_with("launcher"), "{record:#?}");
    }
}

#[tokio::test]
async fn with_nobody_to_take_them_lines_are_written_and_no_span_is_lost() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    for stage in STAGES {
        let (receiver, away) = (Receiver::start(), Reserved::new());
        let common = Common::new([stage; 3], &receiver.url(), &redis.url())
            .env("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", &away.url());
        let processes = common.start().await;
        let target = processes.target();

        let sent = target.receive_code(&target.phone()).await;
        let logged_in = target.redeem(&sent).await.is(200);
        eventually("the loss is said", async || {
            let lines = processes.lines().join("\n");
            lines.contains("Log records are being lost")
        })
        .await;
        let ended = tokio::task::spawn_blocking(|| processes.terminate()).await;

        let ended = ended.expect("nothing panics");
        let id = logged_in.header("x-trace-id").expect("api tells the trace");
        let lines: Vec<&String> = ended.iter().flat_map(|ended| &ended.lines).collect();
        let mut of_request = lines.iter().filter(|line| line.contains(id));
        assert!(
            of_request.any(|line| line.contains("logged in.")),
            "{lines:#?}"
        );
        for ended in &ended {
            assert!(ended.status.success(), "{ended:#?}");
            let said = |words| {
                ended
                    .lines
                    .iter()
                    .filter(|line| line.contains(words))
                    .count()
            };
            assert_eq!(said("Log records are being lost"), 1, "{ended:#?}");
            assert_eq!(said(" log records were lost."), 1, "{ended:#?}");
            assert_eq!(said(" spans were lost."), 0, "{ended:#?}");
        }
        let trace = receiver.trace(id).expect("the trace has arrived");
        assert_eq!(trace.orphans().len(), 0, "\n{}", trace.tree());
    }
}
