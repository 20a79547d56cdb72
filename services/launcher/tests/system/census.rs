//! Who still needs the old headers: what callers came with is on the readiness page and in a metric.

use std::sync::LazyLock;

use http::Method;
use launcher::Stage;
use serde_json::{Value, json};

use crate::support::{Fleet, Metrics, Receiver, Setup};

const STAGES: [Stage; 3] = [Stage::Shim, Stage::Mixed, Stage::Native];

const W3C: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const OLD: &str = "0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331:0:1";
/// Of the same trace, by an old service that was called by the one that wrote the other header.
const LATER: &str = "0af7651916cd43dd8448eb211c80319c:53995c3f42cd8ad8:b7ad6b7169203331:1";
const ELSEWHERE: &str = "53995c3f42cd8ad853995c3f42cd8ad8:53995c3f42cd8ad8:0:1";

/// For spans that nothing here looks at.
static RECEIVER: LazyLock<Receiver> = LazyLock::new(Receiver::start);

/// Calls auth under a name and with the headers of traces.
async fn call(fleet: &Fleet, caller: &str, w3c: Option<&str>, old: Option<&str>) {
    let target = fleet.target();
    let mut request = target.to_auth(Method::POST, "/v1/challenges");
    if !caller.is_empty() {
        request = request.header("user-agent", caller);
    }
    for (name, value) in [("traceparent", w3c), ("uber-trace-id", old)] {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    target.answer(request.json(&json!({}))).await.is(422);
}

/// What a service's readiness page says of the headers it was called with.
async fn page(fleet: &Fleet, service: &platform::Url) -> Value {
    let target = fleet.target();
    let request = target.to(service, Method::GET, "/readyz");
    let page = target.answer(request).await;
    page.json()["trace_headers"].clone()
}

#[tokio::test]
async fn each_caller_is_counted_by_what_it_came_with_on_the_page_and_in_the_metric() {
    for stage in STAGES {
        // Counted alike, whether the old headers are believed or merely seen.
        for propagators in ["tracecontext,baggage,jaeger", "tracecontext,baggage"] {
            let metrics = Metrics::start().await;
            let setup = Setup::new([stage; 3], &RECEIVER).otlp(metrics.url());
            let setup = setup.propagators(propagators);
            let fleet = setup.start().await;

            call(&fleet, "api", None, Some(OLD)).await;
            call(&fleet, "api", None, Some(OLD)).await;
            call(&fleet, "api", Some(W3C), Some(OLD)).await;
            call(&fleet, "sms", Some(W3C), Some(OLD)).await;
            call(&fleet, "api", Some(W3C), Some(LATER)).await;
            call(&fleet, "api", Some(W3C), Some(ELSEWHERE)).await;
            call(&fleet, "sms", Some(W3C), None).await;
            call(&fleet, "sms", Some(W3C), Some("nonsense")).await;
            call(&fleet, "stranger/1.0", None, None).await;
            call(&fleet, "", Some(W3C), None).await;
            let page = page(&fleet, &fleet.target().auth).await;
            fleet.finish().await;

            let received = json!({
                "api": { "old": 2, "both": 1, "conflicting": 2 },
                "sms": { "new": 2, "both": 1 },
                "other": { "new": 1, "none": 1 },
            });
            assert_eq!(page["received"], received, "{stage} {propagators}");
            let needed = page["old_needed_seconds_ago"].as_object();
            let needed: Vec<_> = needed.expect("it is there").iter().collect();
            let [(caller, ago)] = needed[..] else {
                panic!("one caller: {page}");
            };
            assert_eq!(caller, "api");
            assert!(ago.as_u64().is_some_and(|ago| ago < 60), "{page}");
            let sent = metrics.last("auth", "migration.trace_headers");
            let expected = [
                ("api both", 1),
                ("api conflicting", 2),
                ("api old", 2),
                ("other new", 1),
                ("other none", 1),
                ("sms both", 1),
                ("sms new", 2),
            ];
            let expected = expected.map(|(series, count)| (series.to_owned(), count));
            assert_eq!(sent, expected, "{stage} {propagators}");
        }
    }
}

#[tokio::test]
async fn services_know_each_other_over_http_and_through_the_queue() {
    for stage in STAGES {
        for (propagators, headers) in [
            ("tracecontext,baggage", "new"),
            ("fleet", "both"),
            ("jaeger", "old"),
        ] {
            let metrics = Metrics::start().await;
            let setup = Setup::new([stage; 3], &RECEIVER).otlp(metrics.url());
            let setup = setup.propagators(propagators);
            let fleet = setup.start().await;
            let target = fleet.target();

            let sent = target.receive_code(&target.phone()).await;
            target.redeem(&sent).await.is(200);
            let pages = [
                page(&fleet, &target.api).await,
                page(&fleet, &target.auth).await,
                page(&fleet, &target.sms).await,
            ];
            fleet.finish().await;

            let [api, auth, sms] = pages.map(|page| page["received"].clone());
            // Anybody can call api, so it looks at nobody's headers.
            assert_eq!(api, json!({}));
            assert_eq!(auth, json!({ "api": { headers: 2 } }), "{stage}");
            // The other caller is the test, which reads the demo's inbox.
            let inbox = json!({ "none": 1 });
            let expected = json!({ "auth": { headers: 1 }, "other": inbox });
            assert_eq!(sms, expected, "{stage}");
            let sent = metrics.last("sms", "migration.trace_headers");
            let expected = [(format!("auth {headers}"), 1), ("other none".to_owned(), 1)];
            assert_eq!(sent, expected, "{stage}");
            assert_eq!(metrics.last("api", "migration.trace_headers"), []);
        }
    }
}

#[tokio::test]
async fn a_stage_that_reads_no_headers_or_one_kind_has_no_census() {
    for stage in [Stage::Bare, Stage::Legacy] {
        let fleet = Setup::new([stage; 3], &RECEIVER).start().await;

        assert_eq!(page(&fleet, &fleet.target().auth).await, Value::Null);
    }
}
