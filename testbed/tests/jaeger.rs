//! A Jaeger of one's own keeps what it gets, and survives what tests do to it.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use testbed::http;
use testbed::jaeger::Jaeger;

mod otlp;

const SOON: Duration = Duration::from_secs(20);

#[test]
fn a_span_sent_by_http_is_found_by_its_trace_id() {
    let Some(jaeger) = Jaeger::start() else {
        return;
    };
    let trace_id = "0af7651916cd43dd8448eb211c80319c";

    otlp::send_by_http(jaeger.otlp_http(), trace_id, "by http");

    let trace = jaeger.wait_for_trace(trace_id, SOON, |_| true);
    assert_eq!(trace["traceID"], trace_id);
    assert_eq!(otlp::operations(&trace), ["by http"]);
    assert_eq!(jaeger.trace("00000000000000000000000000000bad"), None);
}

#[test]
fn two_run_side_by_side() {
    let (Some(one), Some(other)) = (Jaeger::start(), Jaeger::start()) else {
        return;
    };
    let trace_id = "1af7651916cd43dd8448eb211c80319c";

    otlp::send_by_http(one.otlp_http(), trace_id, "to one");

    one.wait_for_trace(trace_id, SOON, |_| true);
    assert_eq!(other.trace(trace_id), None);
}

#[test]
fn a_killed_one_refuses_and_a_restarted_one_has_its_ports_and_no_memory() {
    let Some(mut jaeger) = Jaeger::start() else {
        return;
    };
    let trace_id = "2af7651916cd43dd8448eb211c80319c";
    otlp::send_by_http(jaeger.otlp_http(), trace_id, "before");
    jaeger.wait_for_trace(trace_id, SOON, |_| true);

    jaeger.server().kill();
    let killed = http::get(jaeger.otlp_http(), "/");
    jaeger.server().restart();

    assert!(killed.is_err());
    assert_eq!(jaeger.trace(trace_id), None);
    otlp::send_by_http(jaeger.otlp_http(), trace_id, "after");
    let trace = jaeger.wait_for_trace(trace_id, SOON, |_| true);
    assert_eq!(otlp::operations(&trace), ["after"]);
}

#[test]
fn a_frozen_one_is_silent_until_it_is_thawed() {
    let Some(mut jaeger) = Jaeger::start() else {
        return;
    };
    let receiver = jaeger.otlp_http();

    jaeger.server().freeze();
    let mut connection = TcpStream::connect(receiver).expect("a frozen process still listens");
    connection
        .set_read_timeout(Some(Duration::from_millis(500)))
        .expect("a timeout above zero");
    connection
        .write_all(b"GET /v1/traces HTTP/1.0\r\n\r\n")
        .expect("the system buffers the request");
    let frozen = connection.read(&mut [0; 16]);
    jaeger.server().thaw();

    assert_eq!(
        frozen.map_err(|error| error.kind()),
        Err(ErrorKind::WouldBlock)
    );
    assert!(http::get(receiver, "/v1/traces").is_ok());
}
