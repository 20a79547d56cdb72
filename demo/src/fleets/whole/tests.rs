//! What a fleet leaves is taken, spoilt in one way, and judged again.

use std::sync::Arc;

use platform::Phone;
use tokio::runtime::Runtime;
use viewer::SpanId;
use viewer::model::{Process, Tags};

use super::*;

/// What a fleet leaves that keeps every trace.
pub(in super::super) fn left(stages: Stages) -> Left {
    let runtime = Runtime::new().expect("a runtime");
    let viewer = runtime.block_on(Viewer::builder().start());
    let viewer = viewer.expect("a receiver");
    let receivers = Receivers {
        otlp: viewer.grpc_url(),
        agent: viewer.thrift_compact_addr().expect("Thrift is taken"),
    };
    let phone = Phone::parse("+8613800138000", None).expect("a phone");
    let left = run(runtime.handle(), &viewer, &receivers, stages, phone);
    runtime.block_on(viewer.shutdown());
    left.expect("the fleet runs")
}

/// The trace of the first request: a code is sent.
pub(in super::super) fn first(left: &mut Left) -> &mut Trace {
    let id = left.made[0].trace_id;
    let mut traces = left.traces.iter_mut();
    traces
        .find(|trace| Some(trace.id) == id)
        .expect("there is a trace")
}

fn without(tags: &Tags, unwanted: &str) -> Tags {
    let mut kept = Tags::default();
    for (key, value) in tags.iter().filter(|(key, _)| *key != unwanted) {
        kept.push(key, value.clone());
    }
    kept
}

#[test]
fn whatever_is_wrong_with_what_a_fleet_left_is_found() {
    let stages: Stages = "api=native,auth=shim,sms=mixed".parse().expect("stages");
    let sound = left(stages);
    let seen = judged(stages, sound.clone());
    assert_eq!(seen.wrong, [""; 0]);
    assert_eq!(seen.whole, STEPS.len());

    type Spoil = fn(&mut Left);
    let ways: [(&str, Spoil); 10] = [
        ("a trace that is not there", |left| {
            let id = first(left).id;
            left.traces.retain(|trace| trace.id != id);
        }),
        ("a span that is not there", |left| {
            first(left).spans.pop();
        }),
        ("a span that came twice", |left| {
            let trace = first(left);
            let last = trace.spans.last().expect("it has spans").clone();
            trace.spans.push(last);
        }),
        ("a span without its parent", |left| {
            let span = first(left).spans.last_mut().expect("it has spans");
            span.references[0].span_id = SpanId::from(1);
        }),
        ("a span below another parent", |left| {
            let trace = first(left);
            let root = trace.spans[0].span_id;
            let span = trace.spans.last_mut().expect("it has spans");
            span.references[0].span_id = root;
        }),
        ("a span of another service", |left| {
            let span = first(left).spans.last_mut().expect("it has spans");
            let service = "other".to_owned();
            span.process = Arc::new(Process {
                service,
                ..Process::default()
            });
        }),
        ("an error that is not marked", |left| {
            let spans = left.traces.iter_mut().flat_map(|trace| &mut trace.spans);
            for span in spans {
                span.tags = without(&without(&span.tags, "error"), "otel.status_code");
            }
        }),
        ("an error where there was none", |left| {
            first(left).spans[0].tags.push("otel.status_code", "ERROR");
        }),
        ("baggage that did not arrive", |left| {
            for span in &mut first(left).spans {
                span.tags = without(&span.tags, "login.channel");
            }
        }),
        ("a message without the trace", |left| {
            left.messages[0].remove("traceparent");
        }),
    ];
    for (what, spoil) in ways {
        let mut spoilt = sound.clone();
        spoil(&mut spoilt);

        assert_ne!(judged(stages, spoilt).wrong, [""; 0], "{what}");
    }

    let mut more = sound.clone();
    more.traces.push(Trace::new(
        viewer::TraceId::from(1),
        first(&mut more.clone()).spans.clone(),
    ));
    assert_ne!(judged(stages, more).wrong, [""; 0], "a trace too many");
    let others: Stages = "api=native,auth=legacy,sms=mixed".parse().expect("stages");
    assert_ne!(
        judged(others, sound).wrong,
        [""; 0],
        "baggage through an old service"
    );
}
