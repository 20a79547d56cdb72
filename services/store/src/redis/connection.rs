//! How connections to Redis are set up.
//!
//! The client's own defaults are not to reconnect, to wait for ever, to send a command again that may have been carried
//! out, and to buffer without bound. Each of them is replaced here.

use std::time::Duration;

use fred::clients::{Client, Pool};
use fred::error::{Error, ErrorKind};
use fred::types::Builder;
use fred::types::config::{Config, ReconnectPolicy, ServerConfig, TcpConfig, UnresponsiveConfig};
use socket2::TcpKeepalive;

use crate::StoreError;

/// Scripts are not pipelined: each connection carries one at a time.
const CONNECTIONS: usize = 4;

/// No command takes longer than this, whatever has happened to the server. A request makes up to three of them.
const COMMAND: Duration = Duration::from_secs(1);

/// How long to wait for a connection, and for the answer to its greeting.
pub(super) const CONNECT: Duration = Duration::from_secs(1);

/// A connection that has been silent for so long with a command under way is given up. Longer than [`COMMAND`]: a slow
/// command should fail alone, not together with everything else on its connection.
const SILENT: Duration = Duration::from_secs(2);

/// Commands that one client keeps while it has no connection. More are refused at once.
const WAITING: usize = 1_000;

/// Waits between two attempts to connect, in milliseconds: the first, the longest, and what chance adds.
const RECONNECT: (u32, u32, u32) = (50, 2_000, 50);

/// Precedes the code of an error that the server answered.
const SERVER: &str = "the server answered ";

/// The URL is not one that Redis could be reached by.
///
/// It says what is wrong and never quotes the URL: that holds a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no Redis URL (redis://[user:password@]host[:port][/database]): {0}")]
pub struct InvalidUrl(&'static str);

/// Where the server is. Clients of several kinds are made from it.
#[derive(Clone)]
pub(super) struct Settings {
    config: Config,
    pub(super) host: String,
    pub(super) port: u16,
}

impl Settings {
    pub(super) fn parse(url: &str) -> Result<Self, InvalidUrl> {
        // The client takes any other scheme for an unencrypted single server.
        if !matches!(url.split_once("://"), Some(("redis" | "rediss", _))) {
            return Err(InvalidUrl("the scheme is neither redis nor rediss"));
        }
        let config = Config::from_url(url).map_err(|_| InvalidUrl("it cannot be parsed"))?;
        let ServerConfig::Centralized { server } = &config.server else {
            return Err(InvalidUrl(
                "a single server is expected, no cluster and no sentinel",
            ));
        };
        let (host, port) = (server.host.to_string(), server.port);
        Ok(Self { config, host, port })
    }

    /// Clients for short commands. They connect by themselves, as often as it takes.
    pub(super) fn pool(&self) -> Result<Pool, InvalidUrl> {
        let (first, longest, jitter) = RECONNECT;
        let mut policy = ReconnectPolicy::new_exponential(0, first, longest, 2);
        policy.set_jitter(jitter);
        let mut builder = self.builder(COMMAND);
        builder.set_policy(policy);
        // The service starts although Redis is down, and gets ready when Redis is.
        builder.with_config(|config| config.fail_fast = false);
        builder.with_connection_config(|connection| {
            connection.unresponsive = UnresponsiveConfig {
                max_timeout: Some(SILENT),
                interval: SILENT / 4,
            };
        });
        builder
            .build_pool(CONNECTIONS)
            .map_err(|_| InvalidUrl("no client can be made from it"))
    }

    /// A client for one blocking command at a time. It does not reconnect: whoever reads makes a new one, because a
    /// connection that is blocked cannot be told from a dead one by its silence.
    pub(super) fn reader(&self, command: Duration) -> Result<Client, StoreError> {
        let mut builder = self.builder(command);
        builder.with_config(|config| config.fail_fast = true);
        builder.build().map_err(|error| store_error(&error))
    }

    fn builder(&self, command: Duration) -> Builder {
        let mut builder = Builder::from_config(self.config.clone());
        builder
            .with_performance_config(|performance| performance.default_command_timeout = command);
        builder.with_connection_config(|connection| {
            connection.connection_timeout = CONNECT;
            connection.internal_command_timeout = CONNECT;
            // Sent once and never again: the first time may have been carried out, and no script here may run twice.
            connection.max_command_attempts = 1;
            connection.max_command_buffer_len = WAITING;
            connection.tcp = TcpConfig {
                nodelay: Some(true),
                keepalive: Some(
                    TcpKeepalive::new()
                        .with_time(Duration::from_secs(5))
                        .with_interval(Duration::from_secs(2)),
                ),
                #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
                user_timeout: Some(Duration::from_secs(5)),
                ..TcpConfig::default()
            };
        });
        builder
    }
}

/// Translates a client's error, and leaves out whatever may quote an argument.
pub(super) fn store_error(error: &Error) -> StoreError {
    match error.kind() {
        // It may have been sent, and an answer may have been lost.
        ErrorKind::Timeout => StoreError::UnknownOutcome("no answer in time".to_owned()),
        ErrorKind::IO | ErrorKind::Canceled => {
            StoreError::UnknownOutcome("the connection was lost".to_owned())
        }
        ErrorKind::Parse | ErrorKind::Protocol => StoreError::Corrupt("an answer of the server"),
        ErrorKind::Backpressure => {
            StoreError::Unavailable("too many commands are waiting".to_owned())
        }
        ErrorKind::Auth => StoreError::Unavailable("the server refused the credentials".to_owned()),
        kind => match server_code(error.details()) {
            Some(code) => StoreError::Unavailable(format!("{SERVER}{code}")),
            // The client gave up for reasons of its own, and does not say whether before or after sending.
            None if *kind == ErrorKind::Unknown => {
                StoreError::UnknownOutcome("the client gave up".to_owned())
            }
            None => StoreError::Unavailable(kind.to_str().to_owned()),
        },
    }
}

/// Whether the error is an answer of the server that begins with `code`.
pub(super) fn server_answered(error: &StoreError, code: &str) -> bool {
    matches!(error, StoreError::Unavailable(text) if text.strip_prefix(SERVER) == Some(code))
}

/// Redis begins an error with a word in capitals. What follows it can quote the command's arguments.
fn server_code(details: &str) -> Option<&str> {
    let code = details.split(' ').next()?;
    let capitals = code.len() >= 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    capitals.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_never_quotes_the_command() {
        let details = "ERR unknown command 'secret', with args beginning with: 'secret'";

        let error = store_error(&Error::new(ErrorKind::Unknown, details));

        assert_eq!(
            error,
            StoreError::Unavailable("the server answered ERR".to_owned())
        );
    }

    #[test]
    fn a_refused_url_is_not_quoted() {
        let refused = |url| {
            Settings::parse(url)
                .map(drop)
                .expect_err("it is refused")
                .to_string()
        };

        assert!(!refused("redis://user:secret@:host:x").contains("secret"));
        assert!(!refused("redis-cluster://user:secret@host:1").contains("secret"));
        assert!(Settings::parse("redis://user:secret@127.0.0.1:1/2").is_ok());
    }

    #[test]
    fn other_schemes_are_refused() {
        for url in ["http://h:1", "redis-cluster://h:1", "unix:///s", "h:1", ""] {
            assert!(Settings::parse(url).is_err(), "{url}");
        }
        assert!(Settings::parse("redis://127.0.0.1:1").is_ok());
    }
}
