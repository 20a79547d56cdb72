//! What an operator sets.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use platform::config::{duration, secret};
use platform::secret::Key;
use platform::{Credential, Timeouts, Url};
use secrecy::SecretString;
use store::{Namespace, QueueOptions};

/// Configuration of sms. Each flag has an environment variable; the flag wins.
#[derive(Clone, Debug, clap::Args)]
#[non_exhaustive]
pub struct Config {
    /// Address to listen on
    #[arg(
        long,
        env = "SMS_LISTEN",
        default_value = "127.0.0.1:8082",
        value_name = "ADDRESS"
    )]
    pub listen: SocketAddr,

    /// Secret that callers have to present
    #[arg(
        long,
        env = "SERVICE_CREDENTIAL", value_parser = secret::<Credential>(),
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub service_credential: Credential,

    /// Where the queue is
    #[arg(
        long,
        env = "REDIS_URL",
        default_value = "redis://127.0.0.1:6379",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub redis_url: SecretString,

    /// Precedes every key in Redis; the same in auth and sms, another for every other system there
    #[arg(long, env = "REDIS_NAMESPACE", default_value_t, value_name = "NAME")]
    pub redis_namespace: Namespace,

    /// Keys that open text messages: those that auth seals with
    #[arg(
        long,
        env = "MESSAGE_KEY", value_parser = secret::<Key>(),
        hide_env_values = true,
        value_delimiter = ',',
        value_name = "KEY,..."
    )]
    pub message_key: Vec<Key>,

    /// Where text messages are posted to, as JSON; required unless the demo's inbox takes them
    #[arg(
        long,
        env = "SMS_GATEWAY_URL", value_parser = secret::<GatewayUrl>(),
        hide_env_values = true,
        value_name = "URL"
    )]
    pub gateway_url: Option<GatewayUrl>,

    /// Token to present to the gateway
    #[arg(
        long,
        env = "SMS_GATEWAY_TOKEN",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub gateway_token: Option<SecretString>,

    /// How long to wait for an answer of the gateway, connection included
    #[arg(long, env = "SMS_GATEWAY_TIMEOUT", default_value = "5s", value_parser = duration, value_name = "DURATION")]
    pub gateway_timeout: Duration,

    /// Keep text messages in memory where no gateway is configured, readable by whoever has the service credential
    #[arg(long, env = "DEMO", value_parser = clap::builder::BoolishValueParser::new())]
    pub demo: bool,

    /// Name of this consumer, different for each replica and kept over restarts [default: host name and port]
    #[arg(long, env = "SMS_CONSUMER", value_name = "NAME")]
    pub consumer: Option<String>,

    /// How many messages of a partition are sent at once
    #[arg(long, env = "SMS_CONCURRENCY", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "NUMBER")]
    pub concurrency: u16,

    /// How often a message is tried before it goes to the dead-letter stream
    #[arg(long, env = "SMS_MAX_DELIVERIES", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000), value_name = "NUMBER")]
    pub max_deliveries: u32,

    /// How long a message may lie untouched before another replica takes it over
    #[arg(long, env = "SMS_MIN_IDLE", default_value = "30s", value_parser = duration, value_name = "DURATION")]
    pub min_idle: Duration,

    /// Wait before the first retry; it doubles with each further one
    #[arg(long, env = "SMS_RETRY_AFTER", default_value = "500ms", value_parser = duration, value_name = "DURATION")]
    pub retry_after: Duration,

    /// Into how many partitions phones are divided; the same as in auth
    #[arg(long, env = "QUEUE_PARTITIONS", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "NUMBER")]
    pub queue_partitions: u16,
}

/// The address of a gateway. At some providers its path holds an account or a token, so `Debug` shows the host only.
#[derive(Clone)]
pub struct GatewayUrl(Url);

/// The text is not the address of a gateway. It is not part of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an address such as https://gateway.example/messages")]
pub struct NotAGatewayUrl;

impl Config {
    /// The defaults, on any free port of the loopback, with the demo's inbox as the gateway, for a service that is
    /// embedded into another process. The message key is shared with auth.
    pub fn embedded(service_credential: Credential, message_key: Key) -> Self {
        let options = QueueOptions::default();
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            service_credential,
            redis_url: "redis://127.0.0.1:6379".into(),
            redis_namespace: Namespace::default(),
            message_key: vec![message_key],
            gateway_url: None,
            gateway_token: None,
            gateway_timeout: Duration::from_secs(5),
            demo: true,
            consumer: None,
            concurrency: 16,
            max_deliveries: options.max_deliveries,
            min_idle: options.min_idle,
            retry_after: options.retry_after,
            queue_partitions: options.partitions,
        }
    }

    /// The numbers of the queue.
    pub fn queue_options(&self) -> QueueOptions {
        // Leave to the consumer twice what the gateway may take: marks are written before and after.
        let processing_timeout = self.gateway_timeout * 2;
        QueueOptions {
            namespace: self.redis_namespace.clone(),
            partitions: self.queue_partitions,
            consumer: self.consumer_name(),
            concurrency: usize::from(self.concurrency),
            processing_timeout,
            min_idle: self.min_idle,
            max_deliveries: self.max_deliveries,
            retry_after: self.retry_after,
            ..QueueOptions::default()
        }
    }

    pub(crate) fn gateway_timeouts(&self) -> Timeouts {
        Timeouts {
            connect: self.gateway_timeout.min(Duration::from_secs(2)),
            call: self.gateway_timeout,
        }
    }

    /// Replicas on one host differ by port, replicas in containers by host name, and neither changes over a restart.
    fn consumer_name(&self) -> String {
        self.consumer.clone().unwrap_or_else(|| {
            // Not $HOSTNAME: shells set it for themselves and do not hand it on.
            let kernel = rustix::system::uname();
            let host = kernel.nodename().to_string_lossy();
            format!("{host}-{}", self.listen.port())
        })
    }
}

impl GatewayUrl {
    /// The address, in full.
    pub fn expose(&self) -> &Url {
        &self.0
    }
}

impl FromStr for GatewayUrl {
    type Err = NotAGatewayUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url: Url = text.parse().map_err(|_| NotAGatewayUrl)?;
        let callable = matches!(url.scheme(), "http" | "https") && url.has_host();
        callable.then_some(Self(url)).ok_or(NotAGatewayUrl)
    }
}

impl fmt::Debug for GatewayUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "GatewayUrl({})",
            self.0.host_str().unwrap_or_default()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        config: Config,
    }

    fn parse(arguments: &[&str]) -> Config {
        let base = ["sms", "--service-credential", "a-credential"];
        Command::parse_from(base.iter().chain(arguments)).config
    }

    #[test]
    fn replicas_on_one_host_have_different_names() {
        let one = parse(&["--listen", "127.0.0.1:8082"]).queue_options();
        let two = parse(&["--listen", "127.0.0.1:8083"]).queue_options();

        assert_ne!(one.consumer, two.consumer);
        assert_eq!(
            parse(&["--consumer", "left"]).queue_options().consumer,
            "left"
        );
    }

    #[test]
    fn replicas_on_two_hosts_have_different_names() {
        let uname = std::process::Command::new("uname").arg("-n").output();
        let host = String::from_utf8(uname.unwrap().stdout).unwrap();

        let consumer = parse(&["--listen", "127.0.0.1:8082"])
            .queue_options()
            .consumer;

        assert_eq!(consumer, format!("{}-8082", host.trim()));
    }

    #[test]
    fn a_namespace_is_given_by_name() {
        let space = |arguments| parse(arguments).queue_options().namespace.to_string();

        assert_eq!(space(&[]), "otp");
        assert_eq!(space(&["--redis-namespace", "left"]), "left");
    }

    #[test]
    fn a_message_in_work_is_not_taken_over() {
        let options = parse(&["--gateway-timeout", "30s", "--min-idle", "1s"]).queue_options();

        assert!(options.abandoned_after() > options.processing_timeout);
        assert!(options.processing_timeout > Duration::from_secs(30));
    }

    #[test]
    fn the_demo_switch_is_a_word() {
        let demo = |value: &str| {
            let argument = format!("--demo={value}");
            Command::try_parse_from(["sms", "--service-credential", "a-credential", &argument])
        };
        assert!(parse(&["--demo"]).demo && !parse(&[]).demo);
        assert!(demo("x").is_err());
    }

    #[test]
    fn debug_shows_no_secret() {
        let key = "ab".repeat(32);

        let gateway = "https://gateway.example/accounts/s3cret";

        let shown = format!(
            "{:?}",
            parse(&[
                "--message-key",
                &key,
                "--gateway-url",
                gateway,
                "--gateway-token",
                "t0ken"
            ])
        );

        assert!(
            !shown.contains("abab")
                && !shown.contains("t0ken")
                && !shown.contains("s3cret")
                && !shown.contains("a-credential"),
            "{shown}"
        );
    }
}
