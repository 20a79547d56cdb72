//! The one connection that blocks: it waits for new messages of a stream, and for nothing else.
//!
//! It is never repaired. A blocked connection cannot be told from a dead one by its silence, so that after any error,
//! and after any silence beyond the time for which it was asked to block, its owner drops it and opens another.

use std::time::Duration;

use fred::clients::Client;
use fred::interfaces::{ClientLike, StreamsInterface};
use fred::types::Value;
use fred::types::streams::XID;
use tokio::task::AbortHandle;

use super::connection::{Settings, store_error};
use super::entry::flatten;
use crate::StoreError;

/// How long one look blocks at most.
pub(super) const BLOCK: Duration = Duration::from_secs(2);

/// How much longer than it was asked to block the server may take to answer.
const MARGIN: Duration = Duration::from_secs(1);

/// How long to wait for a new connection: for the socket and for the answers to the greeting.
const OPEN: Duration = Duration::from_secs(3);

/// A connection for blocking reads. Dropping it closes it.
pub(super) struct Blocking {
    client: Client,
    driver: AbortHandle,
}

impl Blocking {
    pub(super) async fn open(settings: &Settings) -> Result<Self, StoreError> {
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

    /// Waits for entries that no consumer of the group has seen, up to `room` of them and no longer than `block`.
    pub(super) async fn read_new(
        &self,
        stream: String,
        (group, consumer): (&str, &str),
        room: usize,
        block: Duration,
    ) -> Result<Vec<Value>, StoreError> {
        // Zero would mean for ever.
        let block = block.clamp(Duration::from_millis(1), BLOCK);
        let millis = Some(block.as_millis() as u64);
        let id = XID::NewInGroup;
        let read = self.client.xreadgroup::<Value, _, _, _, _>(
            group,
            consumer,
            Some(room as u64),
            millis,
            false,
            stream,
            id,
        );
        // The client has the same limit, but leaves a blocked connection out of its own checks.
        match tokio::time::timeout(block + MARGIN, read).await {
            Ok(reply) => {
                let reply = reply.map_err(|error| store_error(&error))?;
                entries(reply).ok_or(StoreError::Corrupt("entries of a stream"))
            }
            Err(_) => Err(StoreError::UnknownOutcome("no answer in time".to_owned())),
        }
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// The entries in the answer to a read of one stream: `[[stream, entries]]` in RESP2, `{stream: entries}` in RESP3, or
/// nothing.
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
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn both_protocols_are_understood() {
        let entry = || Value::from("an entry");
        let listed = Value::Array(vec![entry()]);
        let pair = Value::Array(vec![Value::from("stream"), listed.clone()]);
        let resp2 = Value::Array(vec![pair]);
        let map = HashMap::from([("stream".to_owned(), listed)]);
        let resp3 = Value::Map(map.try_into().expect("a name is a key"));

        assert_eq!(entries(Value::Null), Some(vec![]));
        assert_eq!(entries(resp2), Some(vec![entry()]));
        assert_eq!(entries(resp3), Some(vec![entry()]));
    }
}
