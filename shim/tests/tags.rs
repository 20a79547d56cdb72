//! D5 to D11 and H6: tags and the status.

mod support;

use std::collections::HashMap;

use opentelemetry::trace::{Status, TraceContextExt};
use opentelemetry::{Context, KeyValue, Value};
use opentracing_shim::{FieldValue, Fields, Span, TagValue, fields, tags};
use support::{Recorder, attribute};

#[test]
fn d5_values_keep_their_type() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();

    span.set_tag("i8", i8::MIN)
        .set_tag("i16", 1_i16)
        .set_tag("i32", 1_i32)
        .set_tag("i64", i64::MIN);
    span.set_tag("u8", u8::MAX)
        .set_tag("u16", 1_u16)
        .set_tag("u32", u32::MAX)
        .set_tag("isize", -1_isize);
    span.set_tag("f32", 0.5_f32)
        .set_tag("f64", f64::INFINITY)
        .set_tag("bool", true)
        .set_tag("text", "\u{200b}");
    span.set_tag(String::from("\u{200b}"), 'c').finish();

    let exported: HashMap<_, _> = recorder
        .span()
        .attributes
        .into_iter()
        .map(|pair| (pair.key.to_string(), pair.value))
        .collect();
    let expected: [(&str, Value); 13] = [
        ("i8", (-128).into()),
        ("i16", 1.into()),
        ("i32", 1.into()),
        ("i64", i64::MIN.into()),
        ("u8", 255.into()),
        ("u16", 1.into()),
        ("u32", i64::from(u32::MAX).into()),
        ("isize", (-1).into()),
        ("f32", 0.5.into()),
        ("f64", f64::INFINITY.into()),
        ("bool", true.into()),
        ("text", "\u{200b}".into()),
        ("\u{200b}", "c".into()),
    ];
    assert_eq!(
        exported,
        expected.map(|(key, value)| (key.to_owned(), value)).into()
    );
}

#[test]
fn d6_what_does_not_fit_becomes_text() {
    assert_eq!(TagValue::from(i64::MAX as u64), TagValue::I64(i64::MAX));
    assert_eq!(
        TagValue::from(i64::MAX as u64 + 1),
        TagValue::from("9223372036854775808")
    );
    assert_eq!(
        TagValue::from(u64::MAX),
        TagValue::from("18446744073709551615")
    );
    assert_eq!(
        TagValue::from(usize::MAX).as_str().is_some(),
        usize::BITS == 64
    );
    assert_eq!(
        TagValue::from(u128::MAX),
        TagValue::from("340282366920938463463374607431768211455")
    );
    assert_eq!(
        TagValue::from(i128::MIN),
        TagValue::from("-170141183460469231731687303715884105728")
    );
    assert_eq!(TagValue::from(-1_i128), TagValue::I64(-1));
    assert_eq!(TagValue::debug(&[1, 2]), TagValue::from("[1, 2]"));
    assert_eq!(
        TagValue::display(&format_args!("{}", 1)),
        TagValue::from("1")
    );
    assert!(matches!(TagValue::from(f64::NAN), TagValue::F64(value) if value.is_nan()));
}

#[test]
fn d7_d9_the_error_tag_is_the_status_and_no_attribute() {
    let recorder = Recorder::new();

    recorder
        .tracer
        .build_span("failed")
        .start()
        .set_tag(tags::ERROR, true)
        .finish();
    recorder
        .tracer
        .build_span("fine")
        .start()
        .set_tag(tags::ERROR, false)
        .finish();
    recorder.tracer.build_span("unset").start().finish();

    assert_eq!(recorder.named("failed").status, Status::error(""));
    assert_eq!(recorder.named("fine").status, Status::Ok);
    assert_eq!(recorder.named("unset").status, Status::Unset);
    assert!(
        recorder
            .spans()
            .iter()
            .all(|span| span.attributes.is_empty()),
    );
}

#[test]
fn d8_text_forms_count_in_any_case_and_other_values_say_nothing() {
    let recorder = Recorder::new();
    let cases: [(TagValue, Status, bool); 7] = [
        ("true".into(), Status::error(""), false),
        ("TRUE".into(), Status::error(""), false),
        ("False".into(), Status::Ok, false),
        ("timeout".into(), Status::Unset, true),
        ("".into(), Status::Unset, true),
        (1.into(), Status::Unset, true),
        (0.0.into(), Status::Unset, true),
    ];

    for (value, ..) in &cases {
        recorder
            .tracer
            .build_span("set")
            .start()
            .set_tag(tags::ERROR, value.clone())
            .finish();
        recorder
            .tracer
            .build_span("start")
            .tag(tags::ERROR, value.clone())
            .start()
            .finish();
    }

    for (spans, (value, status, is_attribute)) in recorder.spans().chunks(2).zip(cases) {
        for span in spans {
            assert_eq!(span.status, status, "{value:?}");
            assert_eq!(
                attribute(span, tags::ERROR).len(),
                usize::from(is_attribute),
                "{value:?}"
            );
        }
    }
}

#[test]
fn d10_the_last_error_tag_wins() {
    let recorder = Recorder::new();

    recorder
        .tracer
        .build_span("failed")
        .start()
        .set_tag(tags::ERROR, false)
        .set_tag(tags::ERROR, true)
        .finish();
    recorder
        .tracer
        .build_span("fine")
        .start()
        .set_tag(tags::ERROR, true)
        .set_tag(tags::ERROR, false)
        .finish();
    recorder
        .tracer
        .build_span("text")
        .start()
        .set_tag(tags::ERROR, "timeout")
        .set_tag(tags::ERROR, true)
        .finish();

    assert_eq!(recorder.named("failed").status, Status::error(""));
    assert_eq!(recorder.named("fine").status, Status::Ok);
    assert_eq!(recorder.named("text").status, Status::error(""));
    assert!(attribute(&recorder.named("text"), tags::ERROR).is_empty());
}

#[test]
fn d11_the_last_value_of_a_key_is_the_only_one() {
    let recorder = Recorder::new();
    let span = recorder
        .tracer
        .build_span("a")
        .tag("start", 1)
        .tag("start", 2)
        .start();

    span.set_tag("k", "one")
        .set_tag("other", true)
        .set_tag("k", 2)
        .finish();

    assert_eq!(attribute(&recorder.span(), "k"), [2.into()]);
    assert_eq!(attribute(&recorder.span(), "start"), [2.into()]);
    assert_eq!(recorder.span().attributes.len(), 3);
}

/// The API cannot take an attribute back; the newer value stands last, which is what a map keeps.
#[test]
fn d11_a_tag_of_the_start_that_is_overwritten_stands_before_the_new_one() {
    let recorder = Recorder::new();

    recorder
        .tracer
        .build_span("a")
        .tag("k", "one")
        .start()
        .set_tag("k", "two")
        .finish();

    assert_eq!(
        attribute(&recorder.span(), "k"),
        ["one".into(), "two".into()]
    );
}

#[test]
fn d11_many_tags_and_one_tag_many_times() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();

    for round in 0..1_000_i64 {
        for key in 0..40 {
            span.set_tag(format!("k{key}"), round);
        }
    }
    span.finish();

    assert_eq!(recorder.span().attributes.len(), 40);
    assert!(
        recorder
            .span()
            .attributes
            .iter()
            .all(|pair| pair.value == Value::I64(999))
    );
}

#[test]
fn d11_native_code_and_ours_share_one_set_of_attributes() {
    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();
    span.set_tag("k", "ours").set_tag(tags::ERROR, true);

    span.in_scope(|| {
        Context::map_current(|cx| {
            cx.span().set_attribute(KeyValue::new("k", "native"));
            cx.span().set_status(Status::error("with a description"));
            cx.span().set_status(Status::Unset);
        });
    });
    span.finish();

    assert_eq!(attribute(&recorder.span(), "k"), ["native".into()]);
    assert_eq!(recorder.span().status, Status::error("with a description"));
}

#[test]
fn h6_an_error_log_does_not_set_the_status() {
    let recorder = Recorder::new();

    recorder
        .tracer
        .build_span("a")
        .start()
        .log(Fields::new().with(fields::EVENT, "error"))
        .finish();

    assert_eq!(recorder.span().status, Status::Unset);
}

#[test]
fn h4_h5_the_names_are_those_of_the_conventions() {
    let names = [
        (tags::COMPONENT, "component"),
        (tags::DB_INSTANCE, "db.instance"),
        (tags::DB_STATEMENT, "db.statement"),
        (tags::DB_TYPE, "db.type"),
        (tags::DB_USER, "db.user"),
        (tags::ERROR, "error"),
        (tags::HTTP_METHOD, "http.method"),
        (tags::HTTP_STATUS_CODE, "http.status_code"),
        (tags::HTTP_URL, "http.url"),
        (tags::MESSAGE_BUS_DESTINATION, "message_bus.destination"),
        (tags::PEER_ADDRESS, "peer.address"),
        (tags::PEER_HOSTNAME, "peer.hostname"),
        (tags::PEER_IPV4, "peer.ipv4"),
        (tags::PEER_IPV6, "peer.ipv6"),
        (tags::PEER_PORT, "peer.port"),
        (tags::PEER_SERVICE, "peer.service"),
        (tags::SAMPLING_PRIORITY, "sampling.priority"),
        (tags::SPAN_KIND, "span.kind"),
        (fields::EVENT, "event"),
        (fields::MESSAGE, "message"),
        (fields::STACK, "stack"),
        (fields::ERROR_KIND, "error.kind"),
        (fields::ERROR_OBJECT, "error.object"),
    ];

    assert!(names.iter().all(|(constant, name)| constant == name));
}

#[test]
fn d26_values_are_made_before_the_span_is_locked() {
    struct Reentrant(Span);

    impl From<Reentrant> for TagValue {
        fn from(value: Reentrant) -> Self {
            value.0.set_tag("inner", 1).log_event("from inside");
            Self::from("outer")
        }
    }

    impl From<Reentrant> for FieldValue {
        fn from(value: Reentrant) -> Self {
            TagValue::from(value).into()
        }
    }

    let recorder = Recorder::new();
    let span = recorder.tracer.build_span("a").start();

    span.set_tag("outer", Reentrant(span.clone()))
        .log([("event", Reentrant(span.clone()))])
        .finish();

    assert_eq!(attribute(&recorder.span(), "inner"), [1.into()]);
    assert_eq!(recorder.span().events.events.len(), 3);
}
