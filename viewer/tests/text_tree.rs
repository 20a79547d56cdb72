//! A trace as text: whole trees, compared as they are.

mod support;

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::{Event, SpanKind};
use opentelemetry_proto::tonic::trace::v1::{Status, status};
use support::{at, batch, failed, request, span, store_of, text, trace_id, with, with_kind};
use viewer::model::Trace;

fn trace(batches: impl IntoIterator<Item = (&'static str, Vec<Span>)>) -> Trace {
    let batches = batches
        .into_iter()
        .map(|(service, spans)| batch(service, spans));
    store_of(&request(batches))
        .trace(trace_id(1))
        .expect("the trace")
}

fn plain(id: u64, parent: u64, name: &str) -> Span {
    Span {
        kind: SpanKind::Unspecified as i32,
        ..span(trace_id(1), id, parent, name)
    }
}

#[test]
fn services_kinds_statuses_and_attributes_are_shown() {
    let call = with_kind(plain(2, 1, "auth.verify_code"), SpanKind::Client);
    let verify = with_kind(
        failed(plain(3, 2, "POST /internal/verify"), "no such challenge"),
        SpanKind::Server,
    );
    let mut lookup = with(plain(4, 3, "GET"), "db.system", text("redis"));
    lookup.status = Some(Status {
        code: status::StatusCode::Ok as i32,
        message: String::new(),
    });
    let root = with(
        with_kind(plain(1, 0, "POST /v1/login"), SpanKind::Server),
        "http.status_code",
        Any::IntValue(401),
    );
    let trace = trace([("api", vec![root, call]), ("auth", vec![verify, lookup])]);

    let shown = trace
        .tree()
        .masked()
        .attributes(["http.status_code", "db.system"])
        .to_string();

    assert_eq!(
        shown,
        "\
trace <id>: 4 spans, 2 services
api: POST /v1/login [server] http.status_code=401
  api: auth.verify_code [client]
    auth: POST /internal/verify [server] error: \"no such challenge\"
      auth: GET ok db.system=redis
"
    );
}

#[test]
fn ids_and_times_are_shown_unless_masked() {
    let trace = trace([(
        "api",
        vec![at(plain(1, 0, "a"), 0, 12), plain(2, 0xbeef, "b")],
    )]);

    assert_eq!(
        trace.tree().to_string(),
        "\
trace abcd0000000000000000000000000001: 2 spans, 1 service, 1 orphan
api: a 12.00ms
api: b 10.00ms (orphan: parent 000000000000beef is missing)
"
    );
}

#[test]
fn siblings_are_ordered_by_time_then_by_name() {
    let children = [(2, "late", 9), (3, "b", 5), (4, "a", 5), (5, "early", 1)];
    let spans = children.map(|(id, name, start)| at(plain(id, 1, name), start, 1));
    let trace = trace([(
        "api",
        [vec![at(plain(1, 0, "root"), 0, 20)], spans.to_vec()].concat(),
    )]);

    assert_eq!(
        trace.tree().masked().to_string(),
        "\
trace <id>: 5 spans, 1 service
api: root
  api: early
  api: a
  api: b
  api: late
"
    );
}

#[test]
fn orphans_and_several_roots_are_shown_as_such() {
    let spans = vec![
        plain(1, 0, "first"),
        plain(2, 1, "below"),
        plain(3, 0, "second"),
        plain(4, 99, "lost"),
        plain(5, 4, "below lost"),
    ];
    let trace = trace([("api", spans)]);

    assert_eq!(
        trace.tree().masked().to_string(),
        "\
trace <id>: 5 spans, 1 service, 2 roots, 1 orphan
api: first (one of several roots)
  api: below
api: second (one of several roots)
api: lost (orphan: parent <id> is missing)
  api: below lost
"
    );
}

#[test]
fn a_circle_of_parents_is_shown_once() {
    let trace = trace([(
        "api",
        vec![
            plain(1, 3, "a"),
            plain(2, 1, "b"),
            plain(3, 2, "c"),
            plain(4, 4, "itself"),
        ],
    )]);

    assert_eq!(
        trace.tree().masked().to_string(),
        "\
trace <id>: 4 spans, 1 service, no root
api: a (its parents form a circle)
  api: b
    api: c
api: itself (its parents form a circle)
"
    );
}

#[test]
fn spans_that_share_an_id_are_all_shown() {
    let trace = trace([(
        "api",
        vec![
            plain(1, 0, "root"),
            plain(2, 1, "one"),
            plain(2, 1, "other"),
            plain(3, 2, "child"),
        ],
    )]);

    assert_eq!(
        trace.tree().masked().to_string(),
        "\
trace <id>: 4 spans, 1 service
api: root
  api: one
    api: child
  api: other
"
    );
}

#[test]
fn events_are_shown_when_asked_for() {
    let mut root = plain(1, 0, "root");
    root.events = ["retried", ""]
        .map(|name| Event {
            name: name.to_owned(),
            ..Event::default()
        })
        .to_vec();
    let trace = trace([("api", vec![root, plain(2, 1, "child")])]);

    assert_eq!(
        trace.tree().masked().events().to_string(),
        "\
trace <id>: 2 spans, 1 service
api: root
  * retried
  * (unnamed event)
  api: child
"
    );
}

#[test]
fn hostile_text_cannot_leave_its_place() {
    let mut root = failed(
        plain(1, 0, "a\nadmin: forged [server]\u{1b}[2J"),
        "x\r\n\"quoted\"\u{202e}",
    );
    root = with(root, "text", text("one two=3 \\ \u{7} \u{200b}é漢\u{85}"));
    root = with(root, "empty", text(""));
    root = with(root, "bytes", Any::BytesValue(vec![0x1b, 0x5b]));
    root = with(root, "k\ney", text("v"));
    root.events = vec![Event {
        name: "e\u{9b}1A\t".to_owned(),
        ..Event::default()
    }];
    let trace = trace([("api\u{0}", vec![root])]);

    let shown = trace
        .tree()
        .masked()
        .attributes(["text", "empty", "bytes", "k\ney"])
        .events()
        .to_string();

    assert_eq!(
        shown,
        r#"trace <id>: 1 span, 1 service
api\u{0}: a\nadmin: forged [server]\u{1b}[2J error: "x\r\n\"quoted\"\u{202e}" text="one two=3 \\ \u{7} \u{200b}é漢\u{85}" empty="" bytes=1b5b k\ney=v
  * e\u{9b}1A\t
"#
    );
}

#[test]
fn deep_traces_stay_readable() {
    let spans = (1..=60).map(|id| plain(id, id - 1, "a")).collect();
    let shown = trace([("api", spans)]).tree().masked().to_string();

    let last = shown.lines().last().expect("lines");
    assert_eq!(last.trim_start(), "(level 59) api: a");
    assert_eq!(last.len() - last.trim_start().len(), 100);
}
