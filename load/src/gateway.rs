//! The SMS gateway that sms calls, which hands the codes to the people.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use ::http::{Request, Response, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use serde::Deserialize;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::http::{Server, Version};

/// How many digits a code has.
const DIGITS: usize = 6;

/// A gateway that takes every message. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Gateway {
    codes: Codes,
    server: Arc<Server>,
}

/// Codes on their way to a person, by the id of their challenge.
#[derive(Clone, Debug, Default)]
struct Codes(Arc<Mutex<HashMap<String, Place>>>);

/// A message and its reader come in any order.
#[derive(Debug)]
enum Place {
    Arrived(String),
    Awaited(oneshot::Sender<String>),
}

#[derive(Deserialize)]
struct Message {
    text: String,
}

// === impl Gateway ===

impl Gateway {
    /// Starts the gateway on a free port.
    ///
    /// # Errors
    ///
    /// If there is none left.
    pub(crate) fn start(runtime: &Handle) -> std::io::Result<Self> {
        let codes = Codes::default();
        let taken = codes.clone();
        let server = Server::start(runtime, Version::Http1, move |request| {
            take(taken.clone(), request)
        })?;
        Ok(Self {
            codes,
            server: Arc::new(server),
        })
    }

    /// Where sms is to post messages.
    #[must_use]
    pub(crate) fn url(&self) -> String {
        format!("{}/messages", self.server.url())
    }

    /// The code of a challenge, when its message is there. Each is read once.
    pub(crate) async fn code(&self, challenge: &str) -> Option<String> {
        match self.codes.read(challenge) {
            Ok(code) => Some(code),
            Err(arrives) => arrives.await.ok(),
        }
    }

    /// Forgets everybody who waits, and every message that nobody has read.
    pub(crate) fn clear(&self) {
        self.codes.places().clear();
    }
}

// === impl Codes ===

impl Codes {
    fn arrive(&self, challenge: &str, code: String) {
        let mut places = self.places();
        match places.remove(challenge) {
            // Who has stopped waiting has failed, and is counted where people are.
            Some(Place::Awaited(reader)) => drop(reader.send(code)),
            Some(Place::Arrived(_)) | None => {
                places.insert(challenge.to_owned(), Place::Arrived(code));
            }
        }
    }

    fn read(&self, challenge: &str) -> Result<String, oneshot::Receiver<String>> {
        let mut places = self.places();
        if let Some(Place::Arrived(code)) = places.remove(challenge) {
            return Ok(code);
        }
        let (sender, receiver) = oneshot::channel();
        places.insert(challenge.to_owned(), Place::Awaited(sender));
        Err(receiver)
    }

    fn places(&self) -> MutexGuard<'_, HashMap<String, Place>> {
        self.0
            .lock()
            .expect("no code panics while it holds the lock")
    }
}

/// The idempotency key names the challenge; the code is in the text.
async fn take(codes: Codes, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let key = head
        .headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok());
    let body = body.collect().await.map(|body| body.to_bytes());
    let code = body.ok().and_then(|body| code_in(&body));
    let status = match (key, code) {
        (Some(challenge), Some(code)) => {
            codes.arrive(challenge, code);
            StatusCode::ACCEPTED
        }
        _ => StatusCode::BAD_REQUEST,
    };
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

/// The first run of so many digits.
fn code_in(body: &[u8]) -> Option<String> {
    let message: Message = serde_json::from_slice(body).ok()?;
    let mut runs = message
        .text
        .split(|character: char| !character.is_ascii_digit());
    runs.find(|run| run.len() == DIGITS).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_found_in_the_text() {
        let body =
            |text: &str| serde_json::json!({"to": "+8613900000001", "text": text}).to_string();

        assert_eq!(
            code_in(body("012345 is your code.").as_bytes()).unwrap(),
            "012345"
        );
        assert_eq!(
            code_in(body("Within 10 minutes: 987654").as_bytes()).unwrap(),
            "987654"
        );
        assert_eq!(code_in(body("no code").as_bytes()), None);
        assert_eq!(code_in(b"not JSON"), None);
    }

    #[tokio::test]
    async fn a_message_finds_its_reader_whoever_comes_first() {
        let codes = Codes::default();

        codes.arrive("early", "111111".to_owned());
        assert_eq!(codes.read("early").unwrap(), "111111");

        let reader = codes.read("late").unwrap_err();
        codes.arrive("late", "222222".to_owned());
        assert_eq!(reader.await.unwrap(), "222222");
        assert!(
            codes.places().is_empty(),
            "nothing is kept of what was read"
        );
    }
}
