//! What a collector gets to see of a request over HTTP, which the variables and the settings decide together.

#[path = "support/spans.rs"]
mod spans;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::Duration;

use opentracing_shim_legacy::{Protocol, Reporter, Settings, configure, flush};
use spans::span;

/// Takes one request, agrees, and returns its first line, its headers in lower case, and the length of its body.
fn answer_one(listener: &TcpListener) -> (String, Vec<String>, usize) {
    let (mut connection, _) = listener.accept().expect("somebody connects");
    let mut request = BufReader::new(connection.try_clone().expect("a second handle"));
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        request.read_line(&mut line).expect("a line of the head");
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_ascii_lowercase());
    }
    let length = lines
        .iter()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length = length
        .and_then(|length| length.parse().ok())
        .expect("the body has a length");
    let mut body = vec![0; length];
    request
        .read_exact(&mut body)
        .expect("a body of that length");
    let agreed = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    connection.write_all(agreed).expect("the answer is taken");
    (lines.remove(0), lines, length)
}

#[test]
fn a_batch_is_a_post_with_the_headers_that_were_set() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let settings = Settings::new()
        .protocol(Protocol::HttpProtobuf)
        .endpoint(format!("http://{address}/collector/"))
        .header("x-tenant", "blue");
    configure(settings).expect("nothing was configured before");
    let collector = thread::spawn(move || answer_one(&listener));

    let reporter = Reporter::new("billing");
    reporter.report([span("work", 1)]).expect("there is room");
    assert!(flush(Duration::from_secs(10)));

    let (line, headers, length) = collector.join().expect("one request is read");
    assert_eq!(line, "post /collector/v1/traces http/1.1");
    for expected in ["x-tenant: blue", "content-type: application/x-protobuf"] {
        assert!(
            headers.iter().any(|header| header == expected),
            "{headers:?}"
        );
    }
    assert!(length > 0);
}
