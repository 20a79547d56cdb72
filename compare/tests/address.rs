//! Captures from an address, by a server that answers as Jaeger does.
#![cfg(feature = "query")]

mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use support::{jaeger, login};
use tempfile::TempDir;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trace-compare"));
    let command = command.args(arguments).current_dir(folder);
    command.output().expect("the command runs")
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("it writes text")
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("there is room for files");
    let text = jaeger(&login(), 2).to_string();
    fs::write(folder.path().join("after.json"), text).expect("it is writable");
    folder
}

/// Answers one question as Jaeger does, and returns what was asked.
fn answer_once(listener: TcpListener, status: &str, body: &str) -> std::thread::JoinHandle<String> {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let answer = head + body;
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody asks");
        let mut asked = Vec::new();
        let mut byte = [0];
        while !asked.ends_with(b"\r\n\r\n") && stream.read(&mut byte).expect("it asks") > 0 {
            asked.extend(byte);
        }
        stream.write_all(answer.as_bytes()).expect("it reads");
        let asked = String::from_utf8(asked).expect("it asks in text");
        asked.lines().next().unwrap_or_default().to_owned()
    })
}

#[test]
fn an_address_is_asked() {
    let folder = folder();
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = listener.local_addr().expect("it has an address");
    let server = answer_once(listener, "200 OK", &jaeger(&login(), 5).to_string());

    let output = run(
        folder.path(),
        &[
            &format!("http://{address}/?service=api&limit=7"),
            "after.json",
        ],
    );

    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(
        server.join().expect("it answered"),
        "GET /api/traces?service=api&limit=7 HTTP/1.1"
    );
}

#[test]
fn what_an_address_answers_instead_is_said() {
    let folder = folder();
    let not_found = r#"{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}"#;
    for (status, body, expected) in [
        (
            "404 Not Found",
            not_found,
            "expected traces of Jaeger, found an error: trace not found",
        ),
        ("502 Bad Gateway", "<html>", "the answer is 502 Bad Gateway"),
        ("200 OK", "<html>", "expected an object of JSON"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let address = listener.local_addr().expect("it has an address");
        let server = answer_once(listener, status, body);

        let output = run(
            folder.path(),
            &["doctor", &format!("http://{address}/trace/ab")],
        );

        assert_eq!(
            server.join().expect("it answered"),
            "GET /api/traces/ab HTTP/1.1"
        );
        assert_eq!(output.status.code(), Some(2));
        assert!(
            err(&output).trim_end().ends_with(expected),
            "{}",
            err(&output)
        );
    }
}
