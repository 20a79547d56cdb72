//! `OTEL_PROPAGATORS`: in which headers a trace goes on.

use std::collections::BTreeSet;

use http::HeaderMap;
use launcher::Stage;

use super::{api, ask};
use crate::support::{Peer, Receiver};

/// What goes from api to auth under these propagators, with the id of the trace.
async fn sent(stage: Stage, propagators: Option<&str>) -> (HeaderMap, String) {
    let (receiver, auth) = (Receiver::start(), Peer::start().await);
    let mut launch = api(stage, &receiver.url()).env("API_AUTH_URL", auth.url());
    if let Some(names) = propagators {
        launch = launch.env("OTEL_PROPAGATORS", names);
    }
    let api = launch.start();
    let id = ask(&api).await;
    let calls = auth.calls();
    assert_eq!(calls.len(), 1);
    (calls[0].clone(), id)
}

/// The headers of any propagator.
fn of_traces(headers: &HeaderMap) -> BTreeSet<&str> {
    let others = [
        "accept",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "x-service-credential",
    ];
    let names = headers.keys().map(http::HeaderName::as_str);
    names.filter(|name| !others.contains(name)).collect()
}

#[tokio::test]
async fn each_name_has_its_headers() {
    let cases: [(Stage, Option<&str>, &[&str]); 11] = [
        (Stage::Shim, None, &["baggage", "traceparent"]),
        (Stage::Native, None, &["baggage", "traceparent"]),
        (Stage::Native, Some("tracecontext"), &["traceparent"]),
        (Stage::Shim, Some("baggage"), &["baggage"]),
        (
            Stage::Shim,
            Some("jaeger"),
            &["uber-trace-id", "uberctx-login.channel"],
        ),
        (
            Stage::Native,
            Some("jaeger"),
            &["uber-trace-id", "uberctx-login.channel"],
        ),
        (Stage::Shim, Some("b3"), &["b3"]),
        (
            Stage::Native,
            Some("b3multi"),
            &["x-b3-sampled", "x-b3-spanid", "x-b3-traceid"],
        ),
        (
            Stage::Native,
            Some("tracecontext,baggage,b3"),
            &["b3", "baggage", "traceparent"],
        ),
        (
            Stage::Mixed,
            Some("tracecontext,baggage,jaeger"),
            &[
                "baggage",
                "traceparent",
                "tracestate",
                "uber-trace-id",
                "uberctx-login.channel",
            ],
        ),
        (Stage::Shim, Some("none"), &[]),
    ];
    for (stage, propagators, names) in cases {
        let (headers, id) = sent(stage, propagators).await;

        let found: Vec<&str> = of_traces(&headers).into_iter().collect();
        assert_eq!(found, names, "{stage} {propagators:?}");
        for name in ["traceparent", "uber-trace-id", "b3", "x-b3-traceid"] {
            if let Some(value) = headers.get(name) {
                let value = value.to_str().expect("ids are ASCII");
                assert!(value.contains(&id), "{name}: {value} is not of {id}");
            }
        }
        for name in ["baggage", "uberctx-login.channel"] {
            if let Some(value) = headers.get(name) {
                let value = value.to_str().expect("the channel is ASCII");
                assert!(value.ends_with("web"), "{name}: {value}");
            }
        }
    }
}
