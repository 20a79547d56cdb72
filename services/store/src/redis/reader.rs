//! Reading a partition's stream: own history, abandoned messages, new ones.
//!
//! Only the wait for new messages blocks, and it has a connection of its own: everything else on that connection would
//! wait with it. The connection is not repaired but replaced, after any error and after any silence beyond the time for which it was
//! asked to block.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use fred::clients::Client;
use fred::interfaces::{ClientLike, StreamsInterface};
use fred::types::Value;
use fred::types::streams::XID;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::connection::{Settings, server_answered, store_error};
use super::entry::{RawEntry, flatten};
use super::{Commands, millis};
use crate::{Batch, Cause, Delivery, Message, QueueOptions, Receiver, StoreError, names};

const HISTORY: &str = include_str!("history.lua");
const SWEEP: &str = include_str!("sweep.lua");

/// How long one look for new messages blocks at most.
const BLOCK: Duration = Duration::from_secs(2);

/// How much longer than it was asked to block the server may take to answer.
const MARGIN: Duration = Duration::from_secs(1);

/// How long to wait for a new connection: for the socket and for the answers to the greeting.
const OPEN: Duration = Duration::from_secs(3);

pub(super) struct RedisReceiver {
    commands: Commands,
    settings: Settings,
    options: QueueOptions,
    partition: u16,
    connection: Option<Connection>,
    group_known: bool,
    /// Where to go on with this consumer's own history. Nothing, when all of it has been delivered again: only once, as
    /// later on this consumer's pending messages are those that it is working on.
    history: Option<String>,
    /// Where to go on with a sweep. Nothing, when none is under way.
    sweep: Option<String>,
    next_sweep: Instant,
}

/// A connection for blocking reads. Dropping it closes it.
struct Connection {
    client: Client,
    driver: AbortHandle,
}

/// What the scripts for history and sweep return: where to go on, messages with delivery counts, how many are lost.
type Found = (String, Vec<(Value, u32)>, u64);

impl RedisReceiver {
    pub(super) fn new(
        commands: Commands,
        settings: Settings,
        options: QueueOptions,
        partition: u16,
    ) -> Self {
        Self {
            commands,
            settings,
            options,
            partition,
            connection: None,
            group_known: false,
            history: Some("0".to_owned()),
            sweep: None,
            next_sweep: Instant::now(),
        }
    }

    async fn look(&mut self, room: usize) -> Result<Batch, StoreError> {
        while let Some(after) = self.history.clone() {
            let (last, entries, lost) = self.find(HISTORY, room, &after, None).await?;
            self.history = Some(last).filter(|last| !last.is_empty());
            let batch = self.batch(entries, lost).await?;
            if !is_empty(&batch) {
                return Ok(batch);
            }
        }
        if self.sweep.is_none() && Instant::now() >= self.next_sweep {
            self.sweep = Some("0".to_owned());
        }
        while let Some(from) = self.sweep.clone() {
            let idle = self.options.abandoned_after();
            let (next, entries, lost) = self.find(SWEEP, room, &from, Some(idle)).await?;
            self.sweep = Some(next).filter(|next| !next.is_empty());
            if self.sweep.is_none() {
                self.next_sweep = Instant::now() + idle / 2;
            }
            let batch = self.batch(entries, lost).await?;
            if !is_empty(&batch) {
                return Ok(batch);
            }
        }
        let new = self.wait_for_new(room).await?;
        self.batch(new.into_iter().map(|entry| (entry, 1)).collect(), 0)
            .await
    }

    async fn find(
        &self,
        script: &'static str,
        room: usize,
        from: &str,
        idle: Option<Duration>,
    ) -> Result<Found, StoreError> {
        let mut arguments = vec![
            Value::from(self.options.group.as_str()),
            Value::from(self.options.consumer.as_str()),
            Value::from(i64::try_from(room).unwrap_or(i64::MAX)),
            Value::from(from),
        ];
        arguments.extend(idle.map(millis));
        self.commands
            .script(script, vec![names::stream(self.partition)], arguments)
            .await
    }

    async fn wait_for_new(&mut self, room: usize) -> Result<Vec<Value>, StoreError> {
        let until_sweep = self.next_sweep.saturating_duration_since(Instant::now());
        // Zero would mean for ever.
        let block = until_sweep.clamp(Duration::from_millis(1), BLOCK);
        // Taken out, so that after an error or when this future is dropped there is none left to be used again.
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(&self.settings).await?,
        };
        let read = connection.client.xreadgroup::<Value, _, _, _, _>(
            self.options.group.as_str(),
            self.options.consumer.as_str(),
            Some(room as u64),
            Some(block.as_millis() as u64),
            false,
            names::stream(self.partition),
            XID::NewInGroup,
        );
        // The client has the same limit, but leaves a blocked connection out of its own checks.
        let reply = match tokio::time::timeout(block + MARGIN, read).await {
            Ok(reply) => reply.map_err(|error| store_error(&error))?,
            Err(_) => return Err(StoreError::UnknownOutcome("no answer in time".to_owned())),
        };
        self.connection = Some(connection);
        entries(reply).ok_or(StoreError::Corrupt("entries of a stream"))
    }

    /// Sorts out what cannot be read: straight to the dead-letter stream.
    async fn batch(&self, entries: Vec<(Value, u32)>, lost: u64) -> Result<Batch, StoreError> {
        let mut batch = Batch {
            lost,
            ..Batch::default()
        };
        for (value, deliveries) in entries {
            let entry = RawEntry::parse(value, deliveries)
                .ok_or(StoreError::Corrupt("entry of a stream"))?;
            match entry.message() {
                Ok(message) => batch
                    .deliveries
                    .push(entry.delivery(self.partition, message)),
                Err(what) => {
                    self.bury(&entry, what).await?;
                    batch.unreadable += 1;
                }
            }
        }
        Ok(batch)
    }

    async fn bury(&self, entry: &RawEntry, what: &str) -> Result<(), StoreError> {
        log::error!("message {} could not be read: {what}", entry.id);
        let nothing = Message::new("", [], std::time::UNIX_EPOCH).headers(entry.headers());
        let delivery: Delivery = entry.delivery(self.partition, nothing);
        let cause = Cause {
            reason: "unreadable",
            error: what.to_owned(),
        };
        self.commands.bury(&delivery, &cause, &self.options).await
    }

    /// Makes the consumer group, from the very first message on, and says whether it was missing.
    async fn make_group(&self) -> Result<bool, StoreError> {
        let (stream, group) = (names::stream(self.partition), self.options.group.as_str());
        let made: Result<Value, _> = self
            .commands
            .call(|client| client.xgroup_create(stream, group, "0", true))
            .await;
        match made {
            Ok(_) => Ok(true),
            Err(error) if server_answered(&error, "BUSYGROUP") => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl Receiver for RedisReceiver {
    async fn receive(&mut self, room: usize) -> Result<Batch, StoreError> {
        if !self.group_known {
            self.make_group().await?;
            self.group_known = true;
        }
        match self.look(room).await {
            // Flushed, or restarted without its data.
            Err(error) if server_answered(&error, "NOGROUP") => {
                let group_recreated = u64::from(self.make_group().await?);
                Ok(Batch {
                    group_recreated,
                    ..Batch::default()
                })
            }
            looked => looked,
        }
    }
}

impl Connection {
    async fn open(settings: &Settings) -> Result<Self, StoreError> {
        let client = settings.reader(BLOCK + MARGIN)?;
        let driver = client.connect().abort_handle();
        // Made before the wait, so that giving up the wait gives up the connection too.
        let connection = Self { client, driver };
        // Has an end of its own, because a failure that comes before the wait is never reported to it.
        match tokio::time::timeout(OPEN, connection.client.wait_for_connect()).await {
            Ok(connected) => connected.map_err(|error| store_error(&error))?,
            Err(_) => return Err(StoreError::Unavailable("no connection in time".to_owned())),
        }
        Ok(connection)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl fmt::Debug for RedisReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisReceiver")
            .field("partition", &self.partition)
            .finish_non_exhaustive()
    }
}

fn is_empty(batch: &Batch) -> bool {
    batch.deliveries.is_empty() && batch.unreadable == 0 && batch.lost == 0
}

/// The entries in the answer to a read of one stream: `[[stream, entries]]` in RESP2, `{stream: entries}` in RESP3, or nothing.
fn entries(reply: Value) -> Option<Vec<Value>> {
    if reply.is_null() {
        return Some(Vec::new());
    }
    let mut streams = match reply {
        Value::Array(mut streams) => streams.pop()?.into_array(),
        map => flatten(map),
    };
    Some(streams.pop()?.into_array())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Value {
        let fields = ["key", "k", "deadline", "1", "payload", "p"].map(Value::from);
        Value::Array(vec![Value::from("1-1"), Value::Array(fields.to_vec())])
    }

    #[test]
    fn both_protocols_are_understood() {
        let stream = || Value::from("stream");
        let listed = Value::Array(vec![entry()]);
        let resp2 = Value::Array(vec![Value::Array(vec![stream(), listed.clone()])]);
        let map: std::collections::HashMap<_, _> = [("stream".to_owned(), listed)].into();
        let resp3 = Value::Map(map.try_into().unwrap());

        assert_eq!(entries(Value::Null), Some(vec![]));
        assert_eq!(entries(resp2), Some(vec![entry()]));
        assert_eq!(entries(resp3), Some(vec![entry()]));
    }

    #[test]
    fn an_entry_that_is_no_message_says_what_is_wrong() {
        let garbage = Value::Array(vec![
            Value::from("1-1"),
            Value::Array(vec![
                Value::from("foo"),
                Value::Bytes(vec![0xff, 0xfe].into()),
            ]),
        ]);

        let raw = RawEntry::parse(garbage, 1).unwrap();

        assert_eq!(raw.message().unwrap_err(), "the key is missing or no text");
        assert_eq!(
            RawEntry::parse(entry(), 1)
                .unwrap()
                .message()
                .unwrap()
                .payload,
            b"p"
        );
    }
}
