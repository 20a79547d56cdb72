//! Reading a partition's stream: own history, then abandoned messages, then new ones. Only the wait for new ones
//! blocks, on a connection of its own; the rest are scripts like any other.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use fred::interfaces::StreamsInterface;
use fred::types::Value;
use tokio::time::Instant;

use super::blocking::Blocking;
use super::connection::{Settings, server_answered};
use super::entry::RawEntry;
use super::{Commands, millis};
use crate::{Batch, Cause, Delivery, Message, QueueOptions, Receiver, StoreError, names};

const HISTORY: &str = include_str!("history.lua");
const SWEEP: &str = include_str!("sweep.lua");

pub(super) struct RedisReceiver {
    commands: Commands,
    settings: Settings,
    options: QueueOptions,
    partition: u16,
    connection: Option<Blocking>,
    group_known: bool,
    /// Where to go on with this consumer's own history. Nothing, when all of it has been delivered again: only once, as
    /// later on this consumer's pending messages are those that it is working on.
    history: Option<String>,
    /// Where to go on with a sweep. Nothing, when none is under way.
    sweep: Option<String>,
    next_sweep: Instant,
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

    fn stream(&self) -> String {
        names::stream(&self.options.namespace, self.partition)
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
            .script(script, vec![self.stream()], arguments)
            .await
    }

    async fn wait_for_new(&mut self, room: usize) -> Result<Vec<Value>, StoreError> {
        let stream = self.stream();
        let names = (self.options.group.as_str(), self.options.consumer.as_str());
        let until_sweep = self.next_sweep.saturating_duration_since(Instant::now());
        // Taken out, so that after an error or when this future is dropped there is none left to be used again.
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => Blocking::open(&self.settings).await?,
        };
        let entries = connection
            .read_new(stream, names, room, until_sweep)
            .await?;
        self.connection = Some(connection);
        Ok(entries)
    }

    /// Sorts out what cannot be read: straight to the dead-letter stream.
    async fn batch(&self, entries: Vec<(Value, u32)>, lost: u64) -> Result<Batch, StoreError> {
        let space = &self.options.namespace;
        let mut batch = Batch {
            lost,
            ..Batch::default()
        };
        for (value, deliveries) in entries {
            let entry = RawEntry::parse(value, deliveries)
                .ok_or(StoreError::Corrupt("entry of a stream"))?;
            match entry.message() {
                Ok(message) => {
                    batch
                        .deliveries
                        .push(entry.delivery(space, self.partition, message))
                }
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
        let delivery: Delivery = entry.delivery(&self.options.namespace, self.partition, nothing);
        let cause = Cause {
            reason: "unreadable",
            error: what.to_owned(),
        };
        self.commands.bury(&delivery, &cause, &self.options).await
    }

    /// Makes the consumer group, from the very first message on, and says whether it was missing.
    async fn make_group(&self) -> Result<bool, StoreError> {
        let (stream, group) = (self.stream(), self.options.group.as_str());
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
