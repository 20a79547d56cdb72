//! Sessions in memory.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use super::MemoryStore;
use crate::{SessionKey, SessionRecord, Sessions, StoreError};

#[async_trait]
impl Sessions for MemoryStore {
    async fn create(
        &self,
        key: &SessionKey,
        record: &SessionRecord,
        idle: Duration,
    ) -> Result<(), StoreError> {
        self.state().sessions.insert(
            *key,
            record.clone(),
            record.time_left(SystemTime::now()).min(idle),
        );
        Ok(())
    }

    async fn find(
        &self,
        key: &SessionKey,
        idle: Duration,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let mut state = self.state();
        let Some(record) = state.sessions.get(key).cloned() else {
            return Ok(None);
        };
        let left = record.time_left(SystemTime::now());
        if left.is_zero() {
            state.sessions.remove(key);
            return Ok(None);
        }
        state.sessions.insert(*key, record.clone(), left.min(idle));
        Ok(Some(record))
    }

    async fn revoke(&self, key: &SessionKey) -> Result<bool, StoreError> {
        Ok(self.state().sessions.remove(key))
    }
}
