//! Sessions in Redis: one key each, outside of any tag.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use fred::interfaces::{ClientLike, KeysInterface};
use fred::types::{ClusterHash, CustomCommand, Value};

use super::{RedisStore, millis};
use crate::names;
use crate::{SessionKey, SessionRecord, Sessions, StoreError};

#[async_trait]
impl Sessions for RedisStore {
    async fn create(
        &self,
        key: &SessionKey,
        record: &SessionRecord,
        idle: Duration,
    ) -> Result<(), StoreError> {
        let value = serde_json::to_string(record).map_err(|_| StoreError::Corrupt("session"))?;
        let arguments = vec![
            Value::from(names::session(&self.options.namespace, key)),
            whole_millis(record.time_left(SystemTime::now()).min(idle)),
            Value::from(value),
        ];
        let command = CustomCommand::new_static("PSETEX", ClusterHash::FirstKey, false);
        let _: Value = self
            .commands
            .call(|client| client.custom(command, arguments))
            .await?;
        Ok(())
    }

    async fn find(
        &self,
        key: &SessionKey,
        idle: Duration,
    ) -> Result<Option<SessionRecord>, StoreError> {
        // One command, so that a session revoked in the meantime is not brought back.
        let command = CustomCommand::new_static("GETEX", ClusterHash::FirstKey, false);
        let arguments = vec![
            Value::from(names::session(&self.options.namespace, key)),
            Value::from("PX"),
            whole_millis(idle),
        ];
        let value: Option<String> = self
            .commands
            .call(|client| client.custom(command, arguments))
            .await?;
        let Some(value) = value else {
            return Ok(None);
        };
        let record: SessionRecord =
            serde_json::from_str(&value).map_err(|_| StoreError::Corrupt("session"))?;
        // The key may outlive the session by one more `idle`: only the record knows its end.
        Ok(Some(record).filter(|record| !record.time_left(SystemTime::now()).is_zero()))
    }

    async fn revoke(&self, key: &SessionKey) -> Result<bool, StoreError> {
        let removed: i64 = self
            .commands
            .call(|client| client.del(names::session(&self.options.namespace, key)))
            .await?;
        Ok(removed > 0)
    }
}

/// Redis refuses a time of zero; what should not live at all lives for a millisecond.
fn whole_millis(time: Duration) -> Value {
    millis(time.max(Duration::from_millis(1)))
}
