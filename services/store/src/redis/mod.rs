//! The Redis backend.
//!
//! Whatever changes more than one key is one script: Redis runs it as a whole, and a lost connection cannot leave half
//! of it behind. The scripts lie beside this file and are short; they are sent with each call, because a server that
//! was restarted has forgotten every script it knew.
//!
//! `connection.rs` says how the client is set up, and why no default of it will do. Made for Redis 7; Valkey is
//! untested.

mod blocking;
mod challenges;
mod connection;
mod entry;
mod queue;
mod reader;
mod sessions;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use fred::clients::{Client, Pool};
use fred::interfaces::{ClientLike, LuaInterface};
use fred::types::{FromValue, Value};
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;

pub use self::connection::InvalidUrl;
use self::connection::{Settings, store_error};
use crate::{Backend, Limits, QueueOptions, StoreError};

/// How many commands may be under way. More are refused at once: each of them may take a second to fail.
const UNDER_WAY: usize = 1_000;

/// How long to wait for connections to be closed in an orderly way.
const QUIT: Duration = Duration::from_secs(1);

/// What a span calls this backend.
const SYSTEM: &str = "redis";

/// Challenges, sessions and the queue in Redis.
///
/// Cheap to share, not to clone. Needs no server to be built: it keeps connecting, and [`Backend::ping`] tells whether
/// it has.
pub struct RedisStore {
    commands: Commands,
    settings: Settings,
    limits: Limits,
    options: QueueOptions,
}

/// Runs short commands. Shared by the store and its receivers, whichever lives longer.
#[derive(Clone)]
struct Commands {
    pool: Pool,
    drivers: Arc<Drivers>,
    /// One for each command that may be under way.
    places: Arc<Semaphore>,
}

/// The tasks that drive the connections of a pool. The pool alone would leave them running for ever.
struct Drivers(Vec<AbortHandle>);

impl RedisStore {
    /// Starts to connect to the server at `url` (`redis://[user:password@]host[:port][/database]`, or `rediss://` for
    /// TLS).
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
        let commands = Commands {
            pool,
            drivers: Arc::new(Drivers(drivers)),
            places: Arc::new(Semaphore::new(UNDER_WAY)),
        };
        Ok(Self {
            commands,
            settings,
            limits,
            options,
        })
    }
}

impl Drivers {
    fn end(&self) {
        self.0.iter().for_each(AbortHandle::abort);
    }
}

impl Drop for Drivers {
    fn drop(&mut self) {
        self.end();
    }
}

impl Commands {
    /// Gives a command to one of the connections, unless too many are under way.
    async fn call<'a, T, F>(
        &'a self,
        command: impl FnOnce(&'a Client) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, fred::error::Error>>,
    {
        // The client's own bound covers what it has not sent, and a frozen server's socket takes in a lot.
        let Ok(_place) = self.places.try_acquire() else {
            return Err(StoreError::Unavailable(
                "too many commands are under way".to_owned(),
            ));
        };
        command(self.pool.next_connected())
            .await
            .map_err(|error| store_error(&error))
    }

    /// Runs a script. Its keys share a tag, its arguments are bytes.
    async fn script<R: FromValue>(
        &self,
        script: &'static str,
        keys: Vec<String>,
        arguments: Vec<Value>,
    ) -> Result<R, StoreError> {
        let answer: Value = self
            .call(|client| client.eval(script, keys, arguments))
            .await?;
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

#[async_trait]
impl Backend for RedisStore {
    fn system(&self) -> &'static str {
        SYSTEM
    }

    fn peer(&self) -> Option<(&str, u16)> {
        Some((&self.settings.host, self.settings.port))
    }

    async fn ping(&self, within: Duration) -> Result<(), StoreError> {
        let pong = self.commands.call(|client| client.ping::<Value>(None));
        match tokio::time::timeout(within, pong).await {
            Ok(pong) => pong.map(drop),
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
        self.commands.drivers.end();
    }
}

/// Milliseconds, as Redis counts.
fn millis(duration: Duration) -> Value {
    Value::Integer(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}
