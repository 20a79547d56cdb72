//! Challenges in memory. Each function is one turn under the lock, as it is one script in Redis.

use async_trait::async_trait;

use super::{Challenge, Entry, MemoryStore};
use crate::names;
use crate::{
    Attempt, ChallengeId, Challenges, CodeMac, Issued, Message, NewChallenge, PhoneKey, StoreError,
};

#[async_trait]
impl Challenges for MemoryStore {
    fn destination(&self, phone: &PhoneKey) -> String {
        names::destination(
            &self.options.namespace,
            phone.partition(self.options.partitions),
        )
    }

    async fn issue(&self, challenge: NewChallenge, message: Message) -> Result<Issued, StoreError> {
        let NewChallenge { id, phone, mac } = challenge;
        let mut guard = self.state();
        let state = &mut *guard;

        if let Some(retry_after) = state.cooldowns.ttl(&phone) {
            return Ok(Issued::Cooldown { retry_after });
        }
        let exhausted = state
            .failures
            .get(&phone)
            .is_some_and(|count| *count >= self.limits.attempts);
        let partition =
            &mut state.partitions[usize::from(phone.partition(self.options.partitions))];
        if !exhausted && partition.backlog() >= self.options.backlog_limit {
            return Err(StoreError::BacklogFull);
        }

        state.challenges.remove(&phone);
        state.cooldowns.insert(phone, (), self.limits.cooldown);
        if exhausted {
            return Ok(Issued::Suppressed);
        }
        state.challenges.insert(
            phone,
            Challenge {
                id,
                mac,
                attempts: 0,
            },
            self.limits.lifetime,
        );
        state.last_id += 1;
        let entry = Entry::new(state.last_id, message);
        let message_id = entry.name();
        partition.ready.push_back(entry);
        drop(guard);
        self.shared.arrived.notify_waiters();
        Ok(Issued::Queued { message_id })
    }

    async fn count_attempt(
        &self,
        id: &ChallengeId,
        phone: &PhoneKey,
    ) -> Result<Attempt, StoreError> {
        let mut guard = self.state();
        let state = &mut *guard;

        let Some(challenge) = state
            .challenges
            .get_mut(phone)
            .filter(|challenge| challenge.id == *id)
        else {
            return Ok(Attempt::Dead);
        };
        let failures = state.failures.get(phone).copied().unwrap_or(0);
        if failures >= self.limits.attempts || challenge.attempts >= self.limits.attempts {
            return Ok(Attempt::Dead);
        }
        challenge.attempts += 1;
        state
            .failures
            .insert(*phone, failures + 1, self.limits.failure_window);
        Ok(Attempt::Live {
            mac: challenge.mac.clone(),
        })
    }

    async fn claim(
        &self,
        id: &ChallengeId,
        phone: &PhoneKey,
        mac: &CodeMac,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let unchanged = state
            .challenges
            .get(phone)
            .is_some_and(|challenge| challenge.id == *id && challenge.mac == *mac);
        if unchanged {
            state.challenges.remove(phone);
            state.failures.remove(phone);
        }
        Ok(unchanged)
    }
}
