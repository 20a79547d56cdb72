//! The Redis backend.
//!
//! Whatever changes more than one key is one script: Redis runs it as a whole, and a lost connection cannot leave half
//! of it behind. The scripts lie beside this file and are short; they are sent with each call, because a server that was
//! restarted has forgotten every script it knew.
//!
//! [`connection`] says how the client is set up, and why no default of it will do. Made for Redis 7; Valkey is untested.

mod challenges;
mod connection;
mod entry;
mod queue;
mod reader;
mod sessions;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use fred::clients::{Client, Pool};
use fred::interfaces::{ClientLike, LuaInterface};
use fred::types::{FromValue, Value};
use tokio::task::AbortHandle;

pub use self::connection::InvalidUrl;
use self::connection::{Settings, store_error};
use crate::{Backend, Limits, QueueOptions, StoreError};

/// How long to wait for connections to be closed in an orderly way.
const QUIT: Duration = Duration::from_secs(1);

/// Challenges, sessions and the queue in Redis.
///
/// Cheap to share, not to clone. Needs no server to be built: it keeps connecting, and [`Backend::ping`] tells whether it has.
pub struct RedisStore {
    commands: Commands,
    /// The tasks that drive the connections.
    drivers: Vec<AbortHandle>,
    settings: Settings,
    limits: Limits,
    options: QueueOptions,
}

/// Runs short commands.
#[derive(Clone)]
struct Commands {
    pool: Pool,
}

impl RedisStore {
    /// Starts to connect to the server at `url` (`redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS).
    ///
    /// Must be called within a tokio runtime, on which the connections then live.
    ///
    /// # Errors
    /// When the URL is none. That no server answers there is no error.
    pub fn connect(url: &str, limits: Limits, options: QueueOptions) -> Result<Self, InvalidUrl> {
        let settings = Settings::parse(url)?;
        let pool = settings.pool()?;
        let drivers = pool
            .connect_pool()
            .iter()
            .map(|driver| driver.abort_handle())
            .collect();
        Ok(Self {
            commands: Commands { pool },
            drivers,
            settings,
            limits,
            options,
        })
    }

    fn end(&self) {
        self.drivers.iter().for_each(AbortHandle::abort);
    }
}

impl Commands {
    fn client(&self) -> &Client {
        self.pool.next_connected()
    }

    /// Runs a script. Its keys share a tag, its arguments are bytes.
    async fn script<R: FromValue>(
        &self,
        script: &'static str,
        keys: Vec<String>,
        arguments: Vec<Value>,
    ) -> Result<R, StoreError> {
        let answer: Value = self
            .client()
            .eval(script, keys, arguments)
            .await
            .map_err(|error| store_error(&error))?;
        answer
            .convert()
            .map_err(|_| StoreError::Corrupt("answer of a script"))
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The settings hold a password.
        f.debug_struct("RedisStore")
            .field("limits", &self.limits)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Drop for RedisStore {
    fn drop(&mut self) {
        self.end();
    }
}

#[async_trait]
impl Backend for RedisStore {
    fn system(&self) -> &'static str {
        "redis"
    }

    async fn ping(&self, within: Duration) -> Result<(), StoreError> {
        match tokio::time::timeout(within, self.commands.client().ping::<Value>(None)).await {
            Ok(answer) => answer.map(drop).map_err(|error| store_error(&error)),
            Err(_) => Err(StoreError::UnknownOutcome("no answer in time".to_owned())),
        }
    }

    async fn close(&self) {
        if tokio::time::timeout(QUIT, self.commands.pool.quit())
            .await
            .is_err()
        {
            log::warn!("Redis did not let go of its connections in time");
        }
        self.end();
    }
}

/// Milliseconds, as Redis counts.
fn millis(duration: Duration) -> Value {
    Value::Integer(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}
