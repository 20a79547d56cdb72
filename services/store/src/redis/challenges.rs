//! Challenges in Redis: one script for each function of the port.

use std::time::Duration;

use async_trait::async_trait;
use fred::types::Value;

use super::{RedisStore, entry, millis};
use crate::names;
use crate::{
    Attempt, ChallengeId, Challenges, CodeMac, Issued, Message, NewChallenge, PhoneKey, StoreError,
};

const ISSUE: &str = include_str!("issue.lua");
const COUNT_ATTEMPT: &str = include_str!("count_attempt.lua");
const CLAIM: &str = include_str!("claim.lua");

impl RedisStore {
    fn partition(&self, phone: &PhoneKey) -> u16 {
        phone.partition(self.options.partitions)
    }

    fn challenge_keys(&self, phone: &PhoneKey) -> Vec<String> {
        let (space, partition) = (&self.options.namespace, self.partition(phone));
        vec![
            names::challenge(space, partition, phone),
            names::failures(space, partition, phone),
        ]
    }
}

#[async_trait]
impl Challenges for RedisStore {
    fn destination(&self, phone: &PhoneKey) -> String {
        names::destination(&self.options.namespace, self.partition(phone))
    }

    async fn issue(&self, challenge: NewChallenge, message: Message) -> Result<Issued, StoreError> {
        let NewChallenge { id, phone, mac } = challenge;
        let (space, partition) = (&self.options.namespace, self.partition(&phone));
        let mut keys = self.challenge_keys(&phone);
        keys.extend([
            names::cooldown(space, partition, &phone),
            names::stream(space, partition),
        ]);
        let mut arguments = vec![
            Value::from(id.to_string()),
            Value::from(mac.as_bytes()),
            millis(self.limits.lifetime),
            millis(self.limits.cooldown),
            Value::from(i64::from(self.limits.attempts)),
            Value::from(i64::try_from(self.options.backlog_limit).unwrap_or(i64::MAX)),
        ];
        arguments.extend(entry::encode(&message));

        let (outcome, detail): (String, Value) =
            self.commands.script(ISSUE, keys, arguments).await?;

        match outcome.as_str() {
            "queued" => Ok(Issued::Queued {
                message_id: detail
                    .into_string()
                    .ok_or(StoreError::Corrupt("message id"))?,
            }),
            "suppressed" => Ok(Issued::Suppressed),
            "cooldown" => {
                let left = detail
                    .as_u64()
                    .ok_or(StoreError::Corrupt("remaining time"))?;
                Ok(Issued::Cooldown {
                    retry_after: Duration::from_millis(left),
                })
            }
            "full" => Err(StoreError::BacklogFull),
            _ => Err(StoreError::Corrupt("answer of a script")),
        }
    }

    async fn count_attempt(
        &self,
        id: &ChallengeId,
        phone: &PhoneKey,
    ) -> Result<Attempt, StoreError> {
        let arguments = vec![
            Value::from(id.to_string()),
            Value::from(i64::from(self.limits.attempts)),
            millis(self.limits.failure_window),
        ];

        let mac: Option<Vec<u8>> = self
            .commands
            .script(COUNT_ATTEMPT, self.challenge_keys(phone), arguments)
            .await?;

        Ok(mac.map_or(Attempt::Dead, |mac| Attempt::Live {
            mac: CodeMac::from_bytes(mac),
        }))
    }

    async fn claim(
        &self,
        id: &ChallengeId,
        phone: &PhoneKey,
        mac: &CodeMac,
    ) -> Result<bool, StoreError> {
        let arguments = vec![Value::from(id.to_string()), Value::from(mac.as_bytes())];

        self.commands
            .script(CLAIM, self.challenge_keys(phone), arguments)
            .await
    }
}
