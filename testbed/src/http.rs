//! As much of an HTTP client as asking a local server takes, without a runtime.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// No local server needs longer; one that does is frozen.
const TIMEOUT: Duration = Duration::from_secs(5);

/// An answer: its status and its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body as text.
    pub body: String,
}

/// Sends `GET path`.
///
/// # Errors
///
/// When the server cannot be reached, is silent for five seconds or does not speak HTTP.
pub fn get(server: SocketAddr, path: &str) -> io::Result<Answer> {
    exchange(
        server,
        &format!("GET {path} HTTP/1.0\r\nHost: {server}\r\n\r\n"),
    )
}

/// Sends `POST path` with a JSON body.
///
/// # Errors
///
/// As [`get`].
pub fn post_json(server: SocketAddr, path: &str, body: &str) -> io::Result<Answer> {
    let length = body.len();
    exchange(
        server,
        &format!(
            "POST {path} HTTP/1.0\r\nHost: {server}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        ),
    )
}

// HTTP/1.0, so that the answer comes in one piece and ends with the connection.
fn exchange(server: SocketAddr, request: &str) -> io::Result<Answer> {
    let mut connection = TcpStream::connect_timeout(&server, TIMEOUT)?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    connection.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    parse(&String::from_utf8_lossy(&answer))
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "this is not an HTTP answer"))
}

fn parse(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?;
    Some(Answer {
        status: status.parse().ok()?,
        body: body.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_status_and_body() {
        let answer = parse("HTTP/1.0 404 Not Found\r\nA: b\r\n\r\nnone\r\n\r\nhere");

        let expected = Answer {
            status: 404,
            body: "none\r\n\r\nhere".to_owned(),
        };
        assert_eq!(answer, Some(expected));
        assert_eq!(parse("SSH-2.0-OpenSSH\r\n\r\n"), None);
        assert_eq!(parse("HTTP/1.0 ok\r\n\r\n"), None);
    }
}
