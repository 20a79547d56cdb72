//! A real Jaeger shows what a legacy span was.

use std::time::{Duration, SystemTime};

use opentracing_shim_legacy::{
    Ids, Reference, ReferenceKind, Reporter, Settings, SpanRecord, configure,
};
use testbed::jaeger::Jaeger;

const REQUEST: Ids = Ids {
    trace_high: 0x0af7_6519_16cd_43dd,
    trace_low: 0x8448_eb21_1c80_319c,
    span_id: 0xb7ad_6b71_6920_3331,
    flags: 1,
};

#[test]
fn jaeger_shows_ids_references_tags_errors_and_the_service() {
    let Some(jaeger) = Jaeger::start() else {
        return;
    };
    let settings = Settings::new()
        .endpoint(jaeger.otlp_endpoint())
        .schedule_delay(Duration::from_millis(10));
    configure(settings).expect("nothing was configured before");
    let mut reporter = Reporter::new("billing");
    reporter.add_tag("region", "eu");

    let start = SystemTime::now();
    let request = SpanRecord::new("request", REQUEST, start, start + Duration::from_millis(5));
    let notify = Ids {
        span_id: 7,
        ..REQUEST
    };
    let mut follower = SpanRecord::new("notify", notify, start, start + Duration::from_millis(1));
    follower.tag("span.kind", "producer");
    follower.tag("error", true);
    follower.tag("attempt", 2);
    follower.log(start, [("event", "retry")]);
    follower.reference(Reference {
        kind: ReferenceKind::FollowsFrom,
        ids: REQUEST,
        is_remote: false,
        debug_id: None,
    });
    let spans = [request.finish(), follower.finish()];
    reporter.report(spans).expect("there is room");

    let trace_id = REQUEST.trace_id().to_string();
    let trace = jaeger.wait_for_trace(&trace_id, Duration::from_secs(10), |trace| {
        trace["spans"]
            .as_array()
            .is_some_and(|spans| spans.len() == 2)
    });
    let spans = trace["spans"].as_array().expect("it was one a moment ago");
    let find = |name: &str| {
        let span = spans.iter().find(|span| span["operationName"] == name);
        span.unwrap_or_else(|| panic!("{name} is not there: {trace:#}"))
    };
    let tag = |span: &serde_json::Value, key: &str| {
        let tags = span["tags"].as_array().into_iter().flatten();
        let found = tags.clone().find(|tag| tag["key"] == key);
        found.map_or(serde_json::Value::Null, |tag| tag["value"].clone())
    };
    let (request, notify) = (find("request"), find("notify"));
    assert_eq!(request["spanID"], "b7ad6b7169203331");
    assert_eq!(notify["spanID"], "0000000000000007");
    assert_eq!(tag(notify, "span.kind"), "producer");
    assert_eq!(tag(notify, "error"), true);
    assert_eq!(tag(notify, "attempt"), 2);
    let event = notify["logs"][0]["fields"].as_array().into_iter().flatten();
    assert!(
        event.clone().any(|field| field["value"] == "retry"),
        "{notify:#}"
    );
    let references = notify["references"].as_array().into_iter().flatten();
    let references: Vec<_> = references.map(|reference| &reference["refType"]).collect();
    // Parent and link are one to Jaeger, and what the legacy client said is what it shows.
    assert_eq!(references, ["FOLLOWS_FROM"]);
    let process = &trace["processes"][request["processID"].as_str().expect("a name")];
    assert_eq!(process["serviceName"], "billing");
    assert_eq!(tag(process, "region"), "eu");
}
