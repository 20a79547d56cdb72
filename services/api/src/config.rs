//! What an operator sets.

use std::net::SocketAddr;
use std::time::Duration;

use platform::Url;
use platform::config::{duration, secret};
use platform::{Credential, Region};

/// Configuration of the public service. Each flag has an environment variable; the flag wins.
#[derive(Clone, Debug, clap::Args)]
#[non_exhaustive]
pub struct Config {
    /// Address to listen on
    #[arg(
        long,
        env = "API_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS"
    )]
    pub listen: SocketAddr,

    /// Where auth is
    #[arg(
        long,
        env = "API_AUTH_URL",
        default_value = "http://127.0.0.1:8081",
        value_name = "URL"
    )]
    pub auth_url: Url,

    /// Secret that auth and sms expect of their callers
    #[arg(
        long,
        env = "SERVICE_CREDENTIAL", value_parser = secret::<Credential>(),
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub service_credential: Credential,

    /// How long to wait for a connection to auth
    #[arg(long, env = "API_CONNECT_TIMEOUT", default_value = "500ms", value_parser = duration, value_name = "DURATION")]
    pub connect_timeout: Duration,

    /// How long to wait for an answer of auth, connection included
    #[arg(long, env = "API_CALL_TIMEOUT", default_value = "2s", value_parser = duration, value_name = "DURATION")]
    pub call_timeout: Duration,

    /// Country in which phone numbers without + are read, such as CN; without it they are refused
    #[arg(long, env = "API_DEFAULT_REGION", value_name = "COUNTRY")]
    pub default_region: Option<Region>,
}

impl Config {
    /// The defaults, on any free port of the loopback, for a service that is embedded into another process.
    pub fn embedded(auth_url: Url, service_credential: Credential) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            auth_url,
            service_credential,
            connect_timeout: Duration::from_millis(500),
            call_timeout: Duration::from_secs(2),
            default_region: None,
        }
    }
}
