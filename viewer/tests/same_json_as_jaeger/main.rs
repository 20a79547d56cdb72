//! The same requests, sent to this viewer and to a real Jaeger, are answered with the same JSON.
//!
//! Compared as documents: Jaeger lists spans, services and operations in an order of chance, and numbers the processes of
//! a trace accordingly; both sides are sorted, and processes are put in place of their numbers.

mod legacy;
mod requests;
#[path = "../support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use http::{Request, StatusCode};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use requests::{clocks, duplicates, login, references, resources, short_id, values};
use serde_json::Value as Json;
use support::{EPOCH, get, send, trace_id};
use testbed::jaeger::Jaeger;
use viewer::client::QueryClient;
use viewer::{TraceId, Viewer};

#[tokio::test(flavor = "multi_thread")]
async fn traces_and_lists_are_the_same() {
    let Some(jaeger) = Jaeger::start() else {
        return;
    };
    let viewer = Viewer::builder().start().await.expect("free ports");
    let traces = [
        login(),
        values(),
        references(),
        duplicates(),
        clocks(),
        resources(),
        short_id(),
    ];
    for trace in &traces {
        export(&jaeger.otlp_endpoint(), trace).await;
        export(&viewer.grpc_url(), trace).await;
        // One by one: Jaeger gathers what arrives together, and forgets in which order it came.
        wait_for_trace(&jaeger.query_url(), id_of(trace)).await;
    }

    let mut checks = Vec::new();
    for trace in &traces {
        let id = id_of(trace);
        checks.push(format!("/api/traces/{id}"));
        checks.push(format!("/api/traces/{id}?raw=true"));
    }
    let range = format!(
        "start={}&end={}",
        EPOCH / 1_000 - 10_000_000,
        EPOCH / 1_000 + 10_000_000
    );
    for conditions in [
        "service=api",
        "service=api&operation=POST%20%2Fv1%2Flogin",
        "service=api&operation=nothing",
        "service=nobody",
        "service=values&tag=int:42",
        "service=values&tags=%7B%22text%22%3A%22plain%22%2C%22bool%22%3A%22true%22%7D",
        "service=values&tags=%7B%22list%22%3A%22%5B1%2C%5C%22two%5C%22%2Cnull%5D%22%7D",
        "service=values&tag=float:1.5",
        "service=api&minDuration=50ms",
        "service=api&minDuration=1h",
        "service=auth&maxDuration=30ms",
        "service=api&limit=1",
        "service=api&raw=true",
    ] {
        checks.push(format!("/api/traces?{range}&{conditions}"));
    }
    checks.push("/api/traces?traceID=abcd0000000000000000000000000001&traceID=77".to_owned());
    for list in [
        "/api/services",
        "/api/services/api/operations",
        "/api/services/nobody/operations",
        "/api/operations?service=api",
        "/api/operations?service=api&spanKind=server",
        "/api/operations?service=nobody",
        // The traces of 2026 lie outside the last two days, by then.
        "/api/traces?service=api&start=1&end=2",
    ] {
        checks.push(list.to_owned());
    }

    for check in checks {
        let theirs = ask(&jaeger.query_url(), &check).await;
        let ours = ask(&viewer.query_url(), &check).await;
        let mut differences = Vec::new();
        compare("", &ours.1, &theirs.1, &mut differences);
        assert_eq!(ours.0, theirs.0, "{check}");
        assert!(
            differences.is_empty(),
            "{check}
{}",
            differences.join(
                "
"
            )
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_the_same_but_for_their_words() {
    let Some(jaeger) = Jaeger::start() else {
        return;
    };
    let viewer = Viewer::builder().start().await.expect("free ports");

    for bad in [
        "/api/traces",
        "/api/traces?service=",
        "/api/traces?service=a&limit=many",
        "/api/traces?service=a&start=yesterday",
        "/api/traces?service=a&minDuration=5",
        "/api/traces?service=a&minDuration=5s&maxDuration=4s",
        "/api/traces?service=a&tag=novalue",
        "/api/traces?service=a&tags=novalue",
        "/api/traces?service=a&raw=maybe",
        "/api/traces?traceID=xyz",
        "/api/operations",
        "/api/traces/xyz",
        "/api/traces/00000000000000000000000000000000a",
        "/api/traces/77",
    ] {
        let (their_status, mut theirs) = ask(&jaeger.query_url(), bad).await;
        let (our_status, mut ours) = ask(&viewer.query_url(), bad).await;
        for answer in [&mut theirs, &mut ours] {
            let words = answer["errors"][0]["msg"].take();
            assert!(words.is_string(), "{bad}: {answer}");
        }
        assert_eq!((our_status, ours), (their_status, theirs), "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_json_is_kept_the_same() {
    const BODY: &str = include_str!("../support/request.json");
    let Some(jaeger) = Jaeger::start() else {
        return;
    };
    let viewer = Viewer::builder().start().await.expect("free ports");
    let id = TraceId::from(0x5b8e_fff7_9803_8103_d269_b633_813f_c60c_u128);

    for address in [jaeger.otlp_http(), viewer.http_addr()] {
        let post = Request::post(format!("http://{address}/v1/traces"))
            .header("content-type", "application/json")
            .body(BODY.into());
        let answer = send(post.expect("a request")).await;
        assert_eq!(answer.status(), StatusCode::OK, "{answer:?}");
        assert_eq!(answer.headers()["content-type"], "application/json");
        let answer: Json = serde_json::from_slice(answer.body()).expect("JSON");
        assert!(answer.pointer("/partialSuccess/rejectedSpans").is_none());
    }

    wait_for_trace(&jaeger.query_url(), id).await;
    let question = format!("/api/traces/{id}");
    let theirs = ask(&jaeger.query_url(), &question).await;
    let ours = ask(&viewer.query_url(), &question).await;
    let mut differences = Vec::new();
    compare("", &ours.1, &theirs.1, &mut differences);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Where we differ on purpose. Jaeger compares the text of the query with a boolean, and looks at attributes only.
#[tokio::test(flavor = "multi_thread")]
async fn tags_that_jaeger_shows_are_found_here_only() {
    let Some(jaeger) = Jaeger::start() else {
        return;
    };
    let viewer = Viewer::builder().start().await.expect("free ports");
    export(&jaeger.otlp_endpoint(), &login()).await;
    export(&viewer.grpc_url(), &login()).await;
    wait_for_trace(&jaeger.query_url(), trace_id(1)).await;

    for tag in ["error:true", "span.kind:server", "otel.status_code:ERROR"] {
        let path = format!("/api/traces?start={}&service=auth&tag={tag}", EPOCH / 1_000);
        let found = async |url: &str| ask(url, &path).await.1["data"].as_array().map(Vec::len);
        assert_eq!(found(&viewer.query_url()).await, Some(1), "{tag}");
        assert_eq!(
            found(&jaeger.query_url()).await,
            Some(0),
            "{tag}: Jaeger has learnt it"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_reads_both() {
    let Some(jaeger) = Jaeger::start() else {
        return;
    };
    let viewer = Viewer::builder().start().await.expect("free ports");
    export(&jaeger.otlp_endpoint(), &login()).await;
    export(&viewer.grpc_url(), &login()).await;

    let mut trees = Vec::new();
    for url in [jaeger.query_url(), viewer.query_url()] {
        let trace = QueryClient::new(&url)
            .expect("an address")
            .wait_for(trace_id(1), Duration::from_secs(20), |trace| {
                trace.spans.len() == 5
            })
            .await
            .expect("the trace");
        trees.push(trace.tree().attributes(["http.route"]).events().to_string());
    }

    assert_eq!(trees[0], trees[1]);
}

async fn export(url: &str, request: &ExportTraceServiceRequest) {
    let mut client = TraceServiceClient::connect(url.to_owned())
        .await
        .expect("a connection");
    client.export(request.clone()).await.expect("accepted");
}

fn id_of(request: &ExportTraceServiceRequest) -> TraceId {
    let id = &request.resource_spans[0].scope_spans[0].spans[0].trace_id;
    TraceId::from_bytes(id.as_slice().try_into().expect("16 bytes"))
}

/// Jaeger stores a request as a whole, but after it answered.
async fn wait_for_trace(query_url: &str, id: TraceId) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while get(&format!("{query_url}/api/traces/{id}")).await.status() != StatusCode::OK {
        assert!(Instant::now() < deadline, "Jaeger does not show {id}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn ask(query_url: &str, path: &str) -> (u16, Json) {
    let answer = get(&format!("{query_url}{path}")).await;
    let mut json: Json = serde_json::from_slice(answer.body()).expect("JSON");
    normalise(&mut json);
    (answer.status().as_u16(), json)
}

/// Lists where two documents differ.
fn compare(place: &str, ours: &Json, theirs: &Json, differences: &mut Vec<String>) {
    match (ours, theirs) {
        (Json::Object(a), Json::Object(b)) if a.keys().eq(b.keys()) => {
            for (key, value) in a {
                compare(&format!("{place}/{key}"), value, &b[key], differences);
            }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{place}/{at}"), a, b, differences);
            }
        }
        _ if ours == theirs => {}
        _ => differences.push(format!("{place}:\n  ours   {ours}\n  theirs {theirs}")),
    }
}

fn normalise(json: &mut Json) {
    let Some(data) = json["data"].as_array_mut() else {
        return;
    };
    if data.iter().any(|item| item["spans"].is_null()) {
        // Names, in an order of chance. Traces come newest first.
        sort(data);
    }
    for trace in data
        .iter_mut()
        .filter(|trace| trace.is_object() && trace["spans"].is_array())
    {
        let processes = trace["processes"].take();
        for span in trace["spans"].as_array_mut().expect("spans") {
            let name = span["processID"].take();
            span["processID"] = processes[name.as_str().expect("a name")].clone();
        }
        sort(trace["spans"].as_array_mut().expect("spans"));
    }
}

fn sort(values: &mut [Json]) {
    values.sort_by_cached_key(Json::to_string);
}
