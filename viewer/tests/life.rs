//! Start and end: embedded, and as a process.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::net::TcpStream;
use viewer::Viewer;
use viewer::client::QueryClient;

#[tokio::test]
async fn two_viewers_live_side_by_side() {
    let one = Viewer::builder().start().await.expect("free ports");
    let other = Viewer::builder().start().await.expect("free ports");

    let addresses =
        [&one, &other].map(|viewer| [viewer.grpc_addr(), viewer.http_addr(), viewer.query_addr()]);

    let mut distinct = addresses.concat();
    assert!(distinct.iter().all(|address| address.ip().is_loopback()));
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 6);
}

#[tokio::test]
async fn after_shutdown_the_ports_are_closed() {
    let viewer = Viewer::builder().start().await.expect("free ports");
    let addresses = [viewer.grpc_addr(), viewer.http_addr(), viewer.query_addr()];
    // A connection that is kept alive must not hold it up.
    let client = QueryClient::new(&viewer.query_url()).expect("an address");
    client.services().await.expect("an answer");

    let started = Instant::now();
    viewer.shutdown().await;

    assert!(started.elapsed() < Duration::from_secs(1));
    for address in addresses {
        assert!(
            TcpStream::connect(address).await.is_err(),
            "{address} is open"
        );
    }
}

#[tokio::test]
async fn a_stalled_request_does_not_hold_up_the_end() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let viewer = Viewer::builder().start().await.expect("free ports");
    let mut stalled = TcpStream::connect(viewer.http_addr())
        .await
        .expect("a connection");
    let head = "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-protobuf\r\n\
                content-length: 9\r\nexpect: 100-continue\r\n\r\n";
    stalled.write_all(head.as_bytes()).await.expect("sent");
    // It says so when it waits for the body.
    let mut answer = [0; 12];
    stalled.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 100");

    let started = Instant::now();
    viewer.shutdown().await;

    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_head_that_does_not_end_does_not_hold_up_the_end() {
    use tokio::io::AsyncWriteExt as _;

    let viewer = Viewer::builder().start().await.expect("free ports");
    let mut halves = Vec::new();
    for address in [viewer.http_addr(), viewer.query_addr()] {
        let mut half = TcpStream::connect(address).await.expect("a connection");
        half.write_all(b"GET /healthz HTTP/1.1\r\nhost:")
            .await
            .expect("sent");
        halves.push(half);
    }
    // A question that is answered was taken after the halves.
    let client = QueryClient::new(&viewer.query_url()).expect("an address");
    client.services().await.expect("an answer");

    let started = Instant::now();
    viewer.shutdown().await;

    assert!(
        started.elapsed() < Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let viewer = Viewer::builder().start().await.expect("free ports");

    let error = Viewer::builder()
        .query(viewer.query_addr())
        .start()
        .await
        .expect_err("taken");

    assert_eq!(
        error.to_string(),
        format!("cannot listen on {} for queries", viewer.query_addr())
    );
}

#[test]
fn the_process_announces_its_ports_and_ends_on_sigterm() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut process = Process(
            Command::new(env!("CARGO_BIN_EXE_viewer"))
                .args([
                    "--otlp-grpc",
                    "127.0.0.1:0",
                    "--otlp-http",
                    "127.0.0.1:0",
                    "--thrift-compact",
                    "127.0.0.1:0",
                    "--thrift-binary",
                    "off",
                    "--query",
                    "127.0.0.1:0",
                ])
                .stdout(Stdio::piped())
                .spawn()
                .expect("the binary"),
        );
        let lines = BufReader::new(process.0.stdout.take().expect("piped"))
            .lines()
            .take(5);
        let announced: Vec<String> = lines.map(|line| line.expect("text")).collect();
        let addresses = announced
            .iter()
            .filter_map(|line| line.split_once("http://"));
        for (_, address) in addresses {
            std::net::TcpStream::connect(address).expect("open");
        }
        assert!(
            announced[2].starts_with("compact    udp://127.0.0.1:"),
            "{announced:?}"
        );
        assert!(announced[3].starts_with("query "), "{announced:?}");
        assert!(announced[4].starts_with("page "), "{announced:?}");

        let pid = Pid::from_child(&process.0);
        kill_process(pid, signal).expect("a running process");

        assert_eq!(process.0.wait().expect("an end").code(), Some(0));
    }
}

#[test]
fn a_bad_address_is_refused_with_a_sentence() {
    let output = Command::new(env!("CARGO_BIN_EXE_viewer"))
        .args(["--query", "nowhere"])
        .output()
        .expect("the binary");

    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("--query"), "{message}");
}

#[test]
fn a_bound_that_holds_nothing_is_refused() {
    for flag in [
        "--max-spans",
        "--max-traces",
        "--max-bytes",
        "--max-log-records",
        "--max-log-bytes",
        "--max-request-bytes",
    ] {
        for value in ["0", "-1", "many"] {
            let output = Command::new(env!("CARGO_BIN_EXE_viewer"))
                // Refused as well, so that a viewer that takes the bound does not stay.
                .args([&format!("{flag}={value}"), "--query", "nowhere"])
                .output()
                .expect("the binary");

            let message = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{flag} {value}: {message}");
            assert!(message.contains(flag), "{flag} {value}: {message}");
        }
    }
}

#[test]
fn an_allowed_host_that_no_request_can_name_is_refused() {
    let run = |host: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_viewer"))
            // Refused as well, so that a viewer that takes the host does not stay.
            .args([&format!("--allow-host={host}"), "--query", "nowhere"])
            .output()
            .expect("the binary");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };

    for host in [
        "", "http://x", "a/b", "a b", "a:", "a:b", "a:70000", ":80", "me@a", "*.a", "::1",
    ] {
        let message = run(host);
        assert!(message.contains("--allow-host"), "{host}: {message}");
    }
    for host in ["viewer", "Traces.Example:8080", "a_b-c.d", "[fd00::7]:80"] {
        let message = run(host);
        assert!(message.contains("--query"), "{host}: {message}");
        assert!(!message.contains("--allow-host"), "{host}: {message}");
    }
}

#[test]
fn rules_that_cannot_be_used_are_refused_with_their_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("own.toml");
    std::fs::write(&file, "[attribute.tier]\nbecomes = \"x\"\n").expect("a file");
    let missing = folder.path().join("missing.toml");

    for (file, expected) in [(&file, "becomes"), (&missing, "cannot read")] {
        let output = Command::new(env!("CARGO_BIN_EXE_viewer"))
            // Each port is a free one, so that what is refused is the file.
            .args(["--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0"])
            .args(["--thrift-compact", "off", "--thrift-binary", "off"])
            .args(["--query", "127.0.0.1:0", "--rules"])
            .arg(file)
            .output()
            .expect("the binary");

        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains(expected), "{message}");
        assert!(message.contains(".toml"), "{message}");
    }
}

/// Killed when a test fails.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _already_gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[tokio::test]
async fn so_many_export_requests_are_taken_in_at_once_and_the_next_one_waits() {
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use viewer::server::MAX_EXPORTS_AT_ONCE;

    let viewer = Viewer::builder().start().await.expect("free ports");
    let head =
        "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-protobuf\r\n";
    let mut unfinished = Vec::new();
    for _ in 0..MAX_EXPORTS_AT_ONCE {
        let address = viewer.http_addr();
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let request = format!("{head}content-length: 9\r\nexpect: 100-continue\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        // It says so when it waits for the body.
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 100");
        unfinished.push(stream);
    }
    let address = viewer.http_addr();
    let mut next = TcpStream::connect(address).await.expect("a connection");
    let request = format!("{head}content-length: 0\r\n\r\n");
    next.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = [0; 12];

    let early = tokio::time::timeout(Duration::from_millis(200), next.read(&mut answer)).await;
    assert!(early.is_err(), "{early:?}");
    // Both protocols have them together.
    let mut client = TraceServiceClient::connect(viewer.grpc_url())
        .await
        .expect("a connection");
    let nothing = ExportTraceServiceRequest::default;
    let early = tokio::time::timeout(Duration::from_millis(200), client.export(nothing())).await;
    assert!(early.is_err(), "{early:?}");
    unfinished.pop();
    next.read_exact(&mut answer).await.expect("an answer");

    assert_eq!(&answer, b"HTTP/1.1 200");
    client.export(nothing()).await.expect("accepted");
}
