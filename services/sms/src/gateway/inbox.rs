//! The demo's gateway: text messages end in memory, where a demo user can read them.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use platform::Code;
use serde::Serialize;
use tokio::sync::Notify;

use super::{Gateway, GatewayCall, Receipt, Sms};

/// How many messages are kept; the oldest go first.
const CAPACITY: usize = 4096;

/// Text messages, by the id of their challenge. Clones share one inbox.
#[derive(Clone, Default)]
pub struct Inbox(Arc<Shared>);

#[derive(Default)]
struct Shared {
    messages: Mutex<VecDeque<Taken>>,
    /// Rung whenever a message arrives.
    arrived: Notify,
}

struct Taken {
    sms: Sms,
    calls: u32,
}

/// A message as the demo reads it. There is no phone number in it: who asks has the challenge, and needs the code.
#[derive(Clone, Debug, Serialize)]
pub struct InboxEntry {
    /// The id of the challenge.
    pub challenge_id: String,
    /// The code.
    #[serde(serialize_with = "in_clear")]
    pub code: Code,
    /// The whole text, behind the same redaction as the code.
    #[serde(serialize_with = "in_clear_text")]
    pub text: Text,
    /// How often the gateway was called for this one message.
    pub calls: u32,
}

/// The text of a message, which `Debug` does not show.
#[derive(Clone)]
pub struct Text(String);

impl Inbox {
    /// An empty inbox.
    pub fn new() -> Self {
        Self::default()
    }

    /// The message of a challenge, if it has arrived.
    pub fn read(&self, challenge_id: &str) -> Option<InboxEntry> {
        let messages = self.messages();
        let taken = messages
            .iter()
            .rev()
            .find(|taken| taken.sms.key == challenge_id)?;
        Some(InboxEntry {
            challenge_id: taken.sms.key.clone(),
            code: taken.sms.code.clone(),
            text: Text(taken.sms.text()),
            calls: taken.calls,
        })
    }

    /// The message of a challenge, as soon as it arrives, or nothing when the wait is over.
    pub async fn wait(&self, challenge_id: &str, wait: Duration) -> Option<InboxEntry> {
        let arrives = async {
            loop {
                // Listening begins before looking, or a message between the two would be slept through.
                let arrived = self.0.arrived.notified();
                if let Some(entry) = self.read(challenge_id) {
                    return entry;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(wait, arrives).await.ok()
    }

    fn take(&self, sms: &Sms) -> Receipt {
        let mut messages = self.messages();
        if let Some(known) = messages.iter_mut().find(|taken| taken.sms.key == sms.key) {
            known.calls += 1;
        } else {
            if messages.len() == CAPACITY {
                messages.pop_front();
            }
            messages.push_back(Taken {
                sms: sms.clone(),
                calls: 1,
            });
        }
        drop(messages);

        self.0.arrived.notify_waiters();
        Receipt { status: None }
    }

    fn messages(&self) -> MutexGuard<'_, VecDeque<Taken>> {
        self.0
            .messages
            .lock()
            .expect("no code panics while it holds the lock")
    }
}

impl Gateway for Inbox {
    fn deliver<'a>(&'a self, sms: &'a Sms) -> GatewayCall<'a> {
        GatewayCall::new("inbox", None, async { Ok(self.take(sms)) })
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Inbox")
            .field("messages", &self.messages().len())
            .finish()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Text([redacted])")
    }
}

fn in_clear<S: serde::Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.expose())
}

fn in_clear_text<S: serde::Serializer>(text: &Text, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::Phone;

    fn sms(key: &str) -> Sms {
        Sms {
            key: key.to_owned(),
            phone: Phone::parse("+8613800138000", None).unwrap(),
            code: Code::parse("012345").unwrap(),
        }
    }

    #[tokio::test]
    async fn a_message_is_read_by_its_challenge() {
        let inbox = Inbox::new();
        inbox.deliver(&sms("one")).send().await.unwrap();

        let entry = inbox.read("one").unwrap();

        assert_eq!(entry.code.expose(), "012345");
        assert!(inbox.read("two").is_none());
        assert!(!format!("{entry:?} {inbox:?}").contains("012345"));
    }

    #[tokio::test]
    async fn a_repeated_call_is_one_message() {
        let inbox = Inbox::new();

        for _ in 0..3 {
            inbox.deliver(&sms("one")).send().await.unwrap();
        }

        assert_eq!(inbox.read("one").unwrap().calls, 3);
        assert_eq!(inbox.messages().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_with_the_message_or_with_its_time() {
        let inbox = Inbox::new();
        assert!(inbox.wait("one", Duration::from_secs(5)).await.is_none());

        let sending = inbox.clone();
        let waited = tokio::join!(inbox.wait("one", Duration::from_secs(5)), async move {
            sending.deliver(&sms("other")).send().await.unwrap();
            tokio::task::yield_now().await;
            sending.deliver(&sms("one")).send().await.unwrap();
        });

        assert!(waited.0.is_some());
    }

    #[tokio::test]
    async fn the_oldest_message_makes_room() {
        let inbox = Inbox::new();

        for number in 0..=CAPACITY {
            inbox
                .deliver(&sms(&number.to_string()))
                .send()
                .await
                .unwrap();
        }

        assert!(inbox.read("0").is_none());
        assert!(inbox.read("1").is_some());
    }
}
