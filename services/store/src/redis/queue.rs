//! The consumer's side in Redis: one script for each function of the port.

use std::time::Duration;

use async_trait::async_trait;
use fred::interfaces::StreamsInterface;
use fred::types::Value;

use super::entry::{self, RawEntry};
use super::reader::RedisReceiver;
use super::{Commands, RedisStore, millis};
use crate::dead_letter::DeadLetter;
use crate::{Begun, Cause, Delivery, Queue, QueueOptions, Receiver, StoreError, names};

const BEGIN: &str = include_str!("begin.lua");
const SETTLE: &str = include_str!("settle.lua");
const RELEASE: &str = include_str!("release.lua");
const RETAKE: &str = include_str!("retake.lua");
const DEAD_LETTER: &str = include_str!("dead_letter.lua");
const DISCARD: &str = include_str!("discard.lua");

fn mark(options: &QueueOptions, delivery: &Delivery) -> String {
    names::mark(&options.namespace, delivery.partition, delivery.key())
}

fn stream_and_mark(options: &QueueOptions, delivery: &Delivery) -> Vec<String> {
    vec![
        names::stream(&options.namespace, delivery.partition),
        mark(options, delivery),
    ]
}

impl Commands {
    /// Moves a message to the dead-letter stream.
    pub(super) async fn bury(
        &self,
        delivery: &Delivery,
        cause: &Cause,
        options: &QueueOptions,
    ) -> Result<(), StoreError> {
        let mut keys = stream_and_mark(options, delivery);
        keys.push(names::dead(&options.namespace, delivery.partition));
        let letter = DeadLetter::new(delivery, cause, entry::queued_at(&delivery.message_id));
        let mut arguments = vec![
            Value::from(options.group.as_str()),
            Value::from(delivery.message_id.as_str()),
            Value::from(delivery.token.as_str()),
            Value::from(i64::try_from(options.dead_limit).unwrap_or(i64::MAX)),
        ];
        arguments.extend(entry::encode_dead(&letter));
        self.script(DEAD_LETTER, keys, arguments).await
    }
}

#[async_trait]
impl Queue for RedisStore {
    fn options(&self) -> &QueueOptions {
        &self.options
    }

    fn receiver(&self, partition: u16) -> Box<dyn Receiver> {
        let (commands, settings) = (self.commands.clone(), self.settings.clone());
        Box::new(RedisReceiver::new(
            commands,
            settings,
            self.options.clone(),
            partition,
        ))
    }

    async fn begin(&self, delivery: &Delivery) -> Result<Begun, StoreError> {
        if delivery.expires_within(Duration::ZERO) {
            return Ok(Begun::Expired);
        }
        let keys = vec![mark(&self.options, delivery)];
        let arguments = vec![
            Value::from(delivery.token.as_str()),
            millis(self.options.processing_timeout),
        ];

        let begun: String = self.commands.script(BEGIN, keys, arguments).await?;

        match begun.as_str() {
            "started" => Ok(Begun::Started),
            "done" => Ok(Begun::AlreadyDone),
            "in progress" => Ok(Begun::InProgress),
            _ => Err(StoreError::Corrupt("answer of a script")),
        }
    }

    async fn settle(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let arguments = vec![
            Value::from(self.options.group.as_str()),
            Value::from(delivery.message_id.as_str()),
            millis(self.options.done_for),
        ];
        self.commands
            .script(SETTLE, stream_and_mark(&self.options, delivery), arguments)
            .await
    }

    async fn release(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let keys = vec![mark(&self.options, delivery)];
        self.commands
            .script(RELEASE, keys, vec![Value::from(delivery.token.as_str())])
            .await
    }

    async fn retake(
        &self,
        delivery: &Delivery,
        idle: Duration,
    ) -> Result<Option<Delivery>, StoreError> {
        let arguments = vec![
            Value::from(self.options.group.as_str()),
            Value::from(self.options.consumer.as_str()),
            millis(idle),
            Value::from(delivery.message_id.as_str()),
        ];

        let stream = names::stream(&self.options.namespace, delivery.partition);
        let deliveries: Option<u32> = self
            .commands
            .script(RETAKE, vec![stream], arguments)
            .await?;

        Ok(deliveries.map(|deliveries| Delivery {
            deliveries,
            token: names::token(),
            ..delivery.clone()
        }))
    }

    async fn dead_letter(&self, delivery: &Delivery, cause: &Cause) -> Result<(), StoreError> {
        self.commands.bury(delivery, cause, &self.options).await
    }

    async fn discard(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let arguments = vec![
            Value::from(self.options.group.as_str()),
            Value::from(delivery.message_id.as_str()),
            Value::from(delivery.token.as_str()),
        ];
        self.commands
            .script(DISCARD, stream_and_mark(&self.options, delivery), arguments)
            .await
    }

    async fn backlog(&self) -> Result<u64, StoreError> {
        let mut sum = 0;
        for partition in 0..self.options.partitions.max(1) {
            let length: u64 = self
                .commands
                .call(|client| client.xlen(names::stream(&self.options.namespace, partition)))
                .await?;
            sum += length;
        }
        Ok(sum)
    }

    async fn dead_letters(
        &self,
        partition: u16,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let (name, limit) = (
            names::dead(&self.options.namespace, partition),
            Some(limit as u64),
        );
        let entries: Value = self
            .commands
            .call(|client| client.xrevrange(name, "+", "-", limit))
            .await?;
        entries
            .into_array()
            .into_iter()
            .map(|entry| {
                RawEntry::parse(entry, 0)
                    .as_ref()
                    .and_then(entry::decode_dead)
            })
            .collect::<Option<_>>()
            .ok_or(StoreError::Corrupt("dead letter"))
    }
}
