//! A login over three processes, a real Redis and a real Jaeger.

use contract::Answer;
use http::Method;
use launcher::Stage;
use testbed::collector::Collector;
use testbed::jaeger::Jaeger;
use testbed::redis::RedisServer;
use viewer::client::QueryClient;
use viewer::model::{Edge, Kind, Trace};

use crate::support::{Common, PATIENCE, Secrets};

/// From whom to whom a code goes.
const EDGES_OF_A_CODE: [[(&str, &str); 2]; 8] = [
    [
        ("api", "POST /v1/login/code"),
        ("api", "POST /v1/challenges"),
    ],
    [
        ("api", "POST /v1/challenges"),
        ("auth", "POST /v1/challenges"),
    ],
    [("auth", "POST /v1/challenges"), ("auth", "send otp")],
    [("auth", "send otp"), ("auth", "issue")],
    [("auth", "send otp"), ("sms", "process otp")],
    [("sms", "process otp"), ("sms", "begin")],
    [("sms", "process otp"), ("sms", "deliver sms")],
    [("sms", "process otp"), ("sms", "settle")],
];

const EDGES_OF_A_LOGIN: [[(&str, &str); 2]; 5] = [
    [("api", "POST /v1/login"), ("api", "POST /v1/sessions")],
    [("api", "POST /v1/sessions"), ("auth", "POST /v1/sessions")],
    [("auth", "POST /v1/sessions"), ("auth", "count_attempt")],
    [("auth", "POST /v1/sessions"), ("auth", "claim")],
    [("auth", "POST /v1/sessions"), ("auth", "create_session")],
];

/// Logs in over services in these stages, and finds in Jaeger what that left. Returns what the services wrote.
async fn log_in(common: &Common, jaeger: &Jaeger) -> Vec<String> {
    let processes = common.start().await;
    let target = processes.target();
    let mut secrets = Secrets::of(target);

    let phone = target.phone();
    let code_sent = target.send_code(&phone).await.is(202);
    let challenge_id = code_sent.text("challenge_id");
    let code = target.inbox(&challenge_id).await.is(200).text("code");
    let logged_in = target.log_in(&challenge_id, &phone, &code).await.is(200);
    let token = logged_in.text("token");
    target.session(Method::GET, &token).await.is(200);
    target.session(Method::DELETE, &token).await.is(204);
    secrets.add(&contract::target::Sent {
        phone,
        challenge_id,
        code,
    });
    secrets.add_text(&token);
    let mut lines = Vec::new();
    for ended in processes.terminate() {
        assert!(ended.status.success(), "{ended:#?}");
        lines.extend(ended.lines);
    }
    assert_eq!(said(&lines, "lost"), 0, "{lines:#?}");

    let jaeger = QueryClient::new(&jaeger.query_url()).expect("Jaeger has an address");
    for (answer, edges, services) in [
        (
            &code_sent,
            &EDGES_OF_A_CODE[..],
            &["api", "auth", "sms"][..],
        ),
        (&logged_in, &EDGES_OF_A_LOGIN, &["api", "auth"]),
    ] {
        let trace = find(&jaeger, answer, edges.len() + 1).await;
        assert_eq!(trace.services(), services, "\n{}", trace.tree());
        assert_eq!(trace.orphans().len(), 0, "\n{}", trace.tree());
        let mut seen = trace.edges();
        let mut expected: Vec<Edge> = edges
            .iter()
            .map(|[from, to]| Edge::new(*from, *to))
            .collect();
        seen.sort();
        expected.sort();
        assert_eq!(seen, expected, "\n{}", trace.tree());
        assert!(
            trace.spans.iter().all(|span| span.kind() != Kind::Internal),
            "a service graph needs the kinds:\n{}",
            trace.tree()
        );
        secrets.assert_absent_from(&trace);
    }
    let known = jaeger.services().await.expect("Jaeger answers");
    for service in ["api", "auth", "sms"] {
        assert!(known.iter().any(|name| name == service), "{known:?}");
    }
    lines
}

/// In how many lines it is said.
fn said(lines: &[String], words: &str) -> usize {
    lines.iter().filter(|line| line.contains(words)).count()
}

async fn find(jaeger: &QueryClient, answer: &Answer, spans: usize) -> Trace {
    let id = answer.header("x-trace-id").expect("api tells the trace");
    let id = viewer::model::parse_trace_id(id).expect("it is a trace id");
    let found = jaeger.wait_for(id, PATIENCE, |trace| trace.spans.len() >= spans);
    found.await.unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test]
async fn jaeger_shows_a_login_in_any_stage() {
    let (Some(redis), Some(jaeger)) = (RedisServer::start(), Jaeger::start()) else {
        return;
    };
    for stages in [
        [Stage::Shim; 3],
        [Stage::Native; 3],
        [Stage::Native, Stage::Shim, Stage::Native],
    ] {
        let common = Common::new(stages, &jaeger.otlp_endpoint(), &redis.url());
        let lines = log_in(&common, &jaeger).await;

        // Jaeger takes traces alone. That is no failure, and each service says so once.
        let about_logs = said(&lines, "Log records are not being taken");
        assert_eq!(about_logs, 3, "{lines:#?}");
    }
}

#[tokio::test]
async fn jaeger_shows_a_login_over_legacy_services_and_their_successors() {
    let (Some(redis), Some(jaeger)) = (RedisServer::start(), Jaeger::start()) else {
        return;
    };
    for stages in [
        [Stage::Legacy; 3],
        [Stage::Dropin; 3],
        [Stage::Legacy, Stage::Dropin, Stage::Native],
        [Stage::Mixed, Stage::Legacy, Stage::Shim],
    ] {
        let common = Common::new(stages, &jaeger.otlp_endpoint(), &redis.url())
            .agent(jaeger.thrift_compact())
            .env("OTEL_PROPAGATORS", "tracecontext,baggage,jaeger");
        log_in(&common, &jaeger).await;
    }
}

#[tokio::test]
async fn a_login_reaches_jaeger_through_the_collector() {
    let (Some(redis), Some(jaeger)) = (RedisServer::start(), Jaeger::start()) else {
        return;
    };
    let Some(collector) = Collector::in_front_of(&jaeger) else {
        return;
    };
    for stages in [[Stage::Shim; 3], [Stage::Shim, Stage::Native, Stage::Shim]] {
        let common = Common::new(stages, &collector.otlp_endpoint(), &redis.url());
        let lines = log_in(&common, &jaeger).await;

        assert_eq!(said(&lines, "are not being taken"), 0, "{lines:#?}");
    }
}
