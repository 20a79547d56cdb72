//! What the browser is shown.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::{Event, SpanKind};
use prost::Message as _;
use viewer::Viewer;
use viewer::intake::{Intake, Signal};

use crate::support::{
    EPOCH, MILLI, add_logs, at, attribute, batch, failed, record, request, span, text, trace_id,
    with, with_kind,
};

/// Brings spans to the viewer.
pub fn send(viewer: &Viewer, export: &ExportTraceServiceRequest) {
    Intake::new(viewer.store().clone())
        .accept(Signal::Traces, export.encode_to_vec().into())
        .expect("a request");
}

/// A login whose code was wrong, or not.
pub fn login(number: u64, wrong: bool) -> ExportTraceServiceRequest {
    let trace = trace_id(number);
    let code = |ok: i64, bad: i64| Value::IntValue(if wrong { bad } else { ok });
    let status = "http.response.status_code";
    let called = |id, parent, name: &str, kind| with_kind(span(trace, id, parent, name), kind);
    let mut check = at(called(5, 4, "codes.check", SpanKind::Internal), 9, 16);
    check.events.push(Event {
        time_unix_nano: check.start_time_unix_nano + 12 * MILLI,
        name: if wrong {
            "code_refused"
        } else {
            "code_accepted"
        }
        .to_owned(),
        attributes: vec![attribute("attempts_left", Value::IntValue(2))],
        ..Event::default()
    });
    let check = if wrong {
        failed(check, "the code is wrong")
    } else {
        check
    };
    let mut spans_of_auth = vec![
        with(
            at(called(4, 3, "POST /v1/sessions", SpanKind::Server), 6, 34),
            status,
            code(200, 401),
        ),
        check,
        with(
            at(called(6, 5, "EVAL", SpanKind::Client), 12, 8),
            "db.system.name",
            text("redis"),
        ),
    ];
    if !wrong {
        spans_of_auth.push(at(
            called(7, 4, "session.issue", SpanKind::Internal),
            27,
            11,
        ));
    }
    let root = with(
        at(called(1, 0, "POST /v1/login", SpanKind::Server), 0, 48),
        status,
        code(200, 401),
    );
    request([
        batch(
            "api",
            [
                with(root, "http.route", text("/v1/login")),
                at(called(2, 1, "login.verify", SpanKind::Internal), 2, 42),
                with(
                    at(called(3, 2, "POST", SpanKind::Client), 4, 38),
                    "server.address",
                    text("auth"),
                ),
            ],
        ),
        batch("auth", spans_of_auth),
    ])
}

/// A code that is sent: three services and a queue.
pub fn send_code(number: u64) -> ExportTraceServiceRequest {
    let trace = trace_id(number);
    let called = |id, parent, name: &str, kind| with_kind(span(trace, id, parent, name), kind);
    request([
        batch(
            "api",
            [
                at(called(1, 0, "POST /v1/login/code", SpanKind::Server), 0, 31),
                at(called(2, 1, "POST", SpanKind::Client), 3, 25),
            ],
        ),
        batch(
            "auth",
            [
                at(called(3, 2, "POST /v1/challenges", SpanKind::Server), 5, 21),
                at(called(4, 3, "codes publish", SpanKind::Producer), 16, 7),
            ],
        ),
        batch(
            "sms",
            [
                at(called(5, 4, "codes process", SpanKind::Consumer), 29, 88),
                at(called(6, 5, "gateway.send", SpanKind::Client), 35, 78),
            ],
        ),
    ])
}

/// What the services logged during [`login`] of a wrong code.
pub fn log_records(viewer: &Viewer, number: u64) {
    let trace = trace_id(number);
    let at = |span, millis: u64, body: &str| LogRecord {
        time_unix_nano: EPOCH + millis * MILLI,
        ..record(trace, span, body)
    };
    let warning = LogRecord {
        severity_number: 13,
        severity_text: "WARN".to_owned(),
        attributes: vec![attribute("attempts_left", Value::IntValue(2))],
        ..at(5, 22, "A code was refused.")
    };
    let error = LogRecord {
        severity_number: 17,
        severity_text: "ERROR".to_owned(),
        attributes: vec![
            attribute("http.route", text("/v1/login")),
            attribute("reason", text("the code is wrong")),
        ],
        ..at(1, 46, "The login failed.")
    };
    add_logs(viewer.store(), "api", [at(1, 1, "A login began."), error]);
    add_logs(viewer.store(), "auth", [warning]);
}

/// A login as a client of OpenTracing leaves it.
pub fn before(number: u64) -> ExportTraceServiceRequest {
    let trace = trace_id(number);
    let called = |id, parent, name: &str, kind| with_kind(span(trace, id, parent, name), kind);
    let status = |span| with(span, "http.status_code", text("200"));
    let root = at(called(1, 0, "POST /v1/login", SpanKind::Server), 0, 48);
    let call = at(called(2, 1, "call auth", SpanKind::Client), 4, 38);
    let verify = at(called(3, 2, "POST /v1/sessions", SpanKind::Server), 6, 34);
    let eval = at(called(5, 4, "EVAL", SpanKind::Client), 12, 8);
    request([
        batch(
            "api",
            [
                with(status(root), "http.method", text("POST")),
                with(call, "peer.service", text("auth")),
            ],
        ),
        batch(
            "auth",
            [
                status(verify),
                at(called(4, 3, "codes.check", SpanKind::Internal), 9, 16),
                with(eval, "db.type", text("redis")),
                at(called(6, 3, "session.issue", SpanKind::Internal), 27, 11),
                at(called(7, 6, "SET", SpanKind::Client), 29, 6),
            ],
        ),
    ])
}

/// The same after a migration that went wrong in each way that there is.
pub fn after(number: u64) -> ExportTraceServiceRequest {
    let trace = trace_id(number);
    let called = |id, parent, name: &str, kind| with_kind(span(trace, id, parent, name), kind);
    let status = |span| with(span, "http.response.status_code", Value::IntValue(200));
    let root = at(called(1, 0, "POST /v1/login", SpanKind::Server), 0, 52);
    let call = at(called(2, 1, "call auth", SpanKind::Client), 4, 42);
    let verify = at(called(3, 2, "POST /v1/sessions", SpanKind::Internal), 6, 38);
    let eval = at(called(5, 3, "EVAL", SpanKind::Client), 12, 8);
    request([
        batch(
            "api",
            [
                with(status(root), "http.request.method", text("POST")),
                with(call, "service.peer.name", text("auth")),
                at(called(8, 1, "flags.read", SpanKind::Internal), 1, 2),
            ],
        ),
        batch(
            "auth",
            [
                status(verify),
                at(called(4, 3, "codes.check", SpanKind::Internal), 9, 16),
                with(eval, "db.system.name", text("redis")),
            ],
        ),
    ])
}

/// A trace of so many spans below one root, four levels deep.
pub fn large(number: u64, spans: u64) -> ExportTraceServiceRequest {
    let trace = trace_id(number);
    let parent = |id: u64| match id {
        1 => 0,
        id if id % 100 == 2 => 1,
        id if id % 10 == 2 => id - (id - 2) % 100,
        id => id - (id - 2) % 10,
    };
    let services = ["import", "index", "store", "notify"];
    request(services.iter().enumerate().map(|(at, service)| {
        let spans = (1..=spans).filter(|id| id % 4 == at as u64);
        batch(
            service,
            spans.map(|id| span(trace, id, parent(id), &format!("step {id}"))),
        )
    }))
}

/// A login of which the middle did not arrive.
pub fn orphans(number: u64) -> ExportTraceServiceRequest {
    let trace = trace_id(number);
    let called = |id, parent, name: &str, kind| with_kind(span(trace, id, parent, name), kind);
    request([
        batch(
            "api",
            [at(called(1, 0, "POST /v1/login", SpanKind::Server), 0, 48)],
        ),
        batch(
            "auth",
            [at(
                called(4, 3, "POST /v1/sessions", SpanKind::Server),
                6,
                34,
            )],
        ),
    ])
}

/// Names without a blank to break at, forty levels deep, and a long value.
pub fn unwieldy(number: u64) -> ExportTraceServiceRequest {
    let name =
        "com.example.shop.checkout.internal.payments.PaymentAuthorisationServiceImpl::authorise";
    let spans = (1..=40).map(|id| {
        let span: Span = span(trace_id(number), id, id - 1, name);
        with(failed(span, name), name, text(&"0123456789".repeat(60)))
    });
    request([batch(&"averylongservicename".repeat(4), spans)])
}
