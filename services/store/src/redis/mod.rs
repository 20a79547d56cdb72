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
use fred::interfaces::{ClientLike, KeysInterface, LuaInterface};
use fred::types::{FromValue, Value};
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;
use tokio::time::Instant;

pub use self::connection::InvalidUrl;
use self::connection::{CONNECT, Settings, store_error};
use crate::{Backend, Limits, QueueOptions, StoreError, names};

/// How many commands may be under way. More are refused at once: each of them may take a second to fail.
const UNDER_WAY: usize = 1_000;

/// How long to wait for connections to be closed in an orderly way.
const QUIT: Duration = Duration::from_secs(1);

/// No time that Redis is told is longer: a hundred years.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

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
    /// Until when the first connection is waited for.
    grace: Instant,
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
            grace: Instant::now() + CONNECT,
        };
        Ok(Self {
            commands,
            settings,
            limits,
            options,
        })
    }

    /// Removes the streams of the namespace, with what is still queued. They are its only keys without an end: what else
    /// there is expires. For the end of a system whose namespace is [of one run](crate::Namespace::for_one_run).
    ///
    /// # Errors
    /// Some of the streams may be left.
    pub async fn remove_streams(&self) -> Result<(), StoreError> {
        let space = &self.options.namespace;
        for partition in 0..self.options.partitions.max(1) {
            let both = vec![
                names::stream(space, partition),
                names::dead(space, partition),
            ];
            let _: u64 = self.commands.call(|client| client.del(both)).await?;
        }
        Ok(())
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
    /// A client that has a connection, or an error at once. Given to any other, a command would wait until it is too late
    /// to tell whether it was sent. Only a store that has just been made waits for its first connection.
    async fn connected(&self) -> Result<&Client, StoreError> {
        let client = self.pool.next_connected();
        if client.is_connected() {
            return Ok(client);
        }
        let first = self.pool.wait_for_connect();
        // How it ended does not matter: what counts is whether there is a connection now.
        let _ = tokio::time::timeout_at(self.grace, first).await;
        let client = self.pool.next_connected();
        client
            .is_connected()
            .then_some(client)
            .ok_or_else(|| StoreError::Unavailable("there is no connection".to_owned()))
    }

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
        command(self.connected().await?)
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

/// Milliseconds, as Redis counts. It adds them to the present, so that the largest number would be one too large.
fn millis(duration: Duration) -> Value {
    let duration = duration.min(LONGEST);
    Value::Integer(i64::try_from(duration.as_millis()).expect("a hundred years fit"))
}
