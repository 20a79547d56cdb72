//! Whoever calls from outside chooses neither our trace ids nor what is recorded.

use http::Method;
use launcher::Stage;
use serde_json::json;

use crate::support::Fleet;

const FOREIGN: &str = "0af7651916cd43dd8448eb211c80319c";

/// Each with what would keep the trace from being recorded, if it were believed.
const HEADERS: [&[(&str, &str)]; 4] = [
    &[
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
        ),
        ("tracestate", "stranger=1"),
        ("baggage", "login.channel=forged,stranger=1"),
    ],
    &[
        (
            "uber-trace-id",
            "0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331:0:0",
        ),
        ("uberctx-login.channel", "forged"),
    ],
    &[("b3", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0")],
    &[
        ("x-b3-traceid", FOREIGN),
        ("x-b3-spanid", "b7ad6b7169203331"),
        ("x-b3-sampled", "0"),
    ],
];

#[tokio::test]
async fn a_request_from_outside_begins_a_new_trace_whatever_it_brings() {
    for stage in Stage::ALL.into_iter().filter(|stage| stage.traces()) {
        let (fleet, receiver) = Fleet::start([stage; 3]).await;
        let target = fleet.target();

        let mut answers = Vec::new();
        for headers in HEADERS {
            let mut request = target.to_api(Method::POST, "/v1/login/code");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let body = json!({ "phone": target.phone() });
            answers.push(target.ask(request.json(&body)).await.is(202));
        }
        fleet.finish().await;

        for answer in answers {
            let id = answer.header("x-trace-id").expect("api tells the trace");
            assert_ne!(id, FOREIGN);
            let trace = receiver.trace(id).expect("the trace is recorded");
            assert_eq!(trace.spans.len(), 9, "\n{}", trace.tree());
            assert_eq!((trace.roots().count(), trace.orphans().len()), (1, 0));
            let consumer = trace.find("sms", "process otp").expect("it was delivered");
            let baggage = (!stage.is_old()).then_some("web");
            assert_eq!(consumer.tags.str("login.channel"), baggage);
            let text = format!("{trace:?}");
            assert!(
                !text.contains("stranger") && !text.contains("forged"),
                "{text}"
            );
        }
        let foreign = receiver.trace(FOREIGN);
        assert_eq!(foreign, None, "nothing is recorded under a stranger's id");
    }
}
