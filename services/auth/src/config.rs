//! What an operator sets.

use std::net::SocketAddr;
use std::time::Duration;

use platform::Credential;
use platform::config::{duration, secret};
use platform::sealed::Sealer;
use platform::secret::Key;
use secrecy::SecretString;
use store::{Limits, Namespace, QueueOptions};

use crate::mac::{MacKeys, PhoneHash};

/// Configuration of auth. Each flag has an environment variable; the flag wins.
#[derive(Clone, Debug, clap::Args)]
#[non_exhaustive]
pub struct Config {
    /// Address to listen on
    #[arg(
        long,
        env = "AUTH_LISTEN",
        default_value = "127.0.0.1:8081",
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

    /// Where challenges, sessions and the queue are
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

    /// Keys of code MACs, in hex or base64, of 32 bytes or more: the first signs, all verify
    #[arg(
        long,
        env = "AUTH_MAC_KEYS", value_parser = secret::<Key>(),
        hide_env_values = true,
        value_delimiter = ',',
        value_name = "KEY,..."
    )]
    pub mac_keys: Vec<Key>,

    /// Key of the hash that stands for a phone in the store [default: the last of the MAC keys, so that a newer key in
    /// front of it changes no phone's hash]
    #[arg(
        long,
        env = "AUTH_PHONE_KEY", value_parser = secret::<Key>(),
        hide_env_values = true,
        value_name = "KEY"
    )]
    pub phone_key: Option<Key>,

    /// Keys that seal text messages on their way to sms: the first seals, sms opens with any
    #[arg(
        long,
        env = "MESSAGE_KEY", value_parser = secret::<Key>(),
        hide_env_values = true,
        value_delimiter = ',',
        value_name = "KEY,..."
    )]
    pub message_key: Vec<Key>,

    /// Start without configured keys, on random ones that end with the process
    #[arg(long, env = "DEMO", value_parser = clap::builder::BoolishValueParser::new())]
    pub demo: bool,

    /// How long a code is accepted
    #[arg(long, env = "CODE_LIFETIME", default_value = "300s", value_parser = duration, value_name = "DURATION")]
    pub code_lifetime: Duration,

    /// How often a phone may try, over all of its codes
    #[arg(long, env = "CODE_ATTEMPTS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100), value_name = "NUMBER")]
    pub code_attempts: u32,

    /// How long a phone waits between two codes
    #[arg(long, env = "CODE_COOLDOWN", default_value = "60s", value_parser = duration, value_name = "DURATION")]
    pub code_cooldown: Duration,

    /// How long after its last failure a phone's failures are forgotten
    #[arg(long, env = "CODE_FAILURE_WINDOW", default_value = "15m", value_parser = duration, value_name = "DURATION")]
    pub code_failure_window: Duration,

    /// How long a session lives without being used
    #[arg(long, env = "SESSION_IDLE", default_value = "30m", value_parser = duration, value_name = "DURATION")]
    pub session_idle: Duration,

    /// How long a session lives, however busy
    #[arg(long, env = "SESSION_LIFETIME", default_value = "12h", value_parser = duration, value_name = "DURATION")]
    pub session_lifetime: Duration,

    /// Into how many partitions phones are divided, each with a stream of its own
    #[arg(long, env = "QUEUE_PARTITIONS", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "NUMBER")]
    pub queue_partitions: u16,
}

/// The keys of auth, none of which the store has.
#[derive(Clone, Debug)]
pub struct Keys {
    /// For codes.
    pub codes: MacKeys,
    /// For phone numbers.
    pub phones: PhoneHash,
    /// For messages to sms.
    pub messages: Sealer,
}

/// A key is missing, and the demo switch is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} is not set: auth does not start without a key of 32 bytes or more (hex or base64), or DEMO=true for random keys"
)]
pub struct MissingKey(pub &'static str);

impl Config {
    /// The defaults, on any free port of the loopback, for a service that is embedded into another process. The message
    /// key is shared with sms, the other keys are this process' own.
    pub fn embedded(service_credential: Credential, message_key: Key) -> Self {
        let limits = Limits::default();
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            service_credential,
            redis_url: "redis://127.0.0.1:6379".into(),
            redis_namespace: Namespace::default(),
            mac_keys: vec![Key::random()],
            phone_key: None,
            message_key: vec![message_key],
            demo: false,
            code_lifetime: limits.lifetime,
            code_attempts: limits.attempts,
            code_cooldown: limits.cooldown,
            code_failure_window: limits.failure_window,
            session_idle: Duration::from_secs(30 * 60),
            session_lifetime: Duration::from_secs(12 * 60 * 60),
            queue_partitions: 1,
        }
    }

    /// The limits that the store has to keep.
    pub fn limits(&self) -> Limits {
        Limits {
            lifetime: self.code_lifetime,
            cooldown: self.code_cooldown,
            attempts: self.code_attempts,
            failure_window: self.code_failure_window,
        }
    }

    /// Where the store has to queue messages. The other numbers of a queue are its consumer's.
    pub fn queue_options(&self) -> QueueOptions {
        QueueOptions {
            namespace: self.redis_namespace.clone(),
            partitions: self.queue_partitions,
            ..QueueOptions::default()
        }
    }

    /// The keys, or random ones where the demo switch is on and none are configured.
    ///
    /// # Errors
    ///
    /// [`MissingKey`] without the switch. A random message key could not be known to sms; on the switch, that one is
    /// random as well, and no message is readable unless both services are given the same.
    pub fn keys(&self) -> Result<Keys, MissingKey> {
        let mac = self.keys_or_random(&self.mac_keys, "AUTH_MAC_KEYS")?;
        let message = self.keys_or_random(&self.message_key, "MESSAGE_KEY")?;

        let oldest = mac.last().expect("a list of keys is never empty").clone();
        let (newest, older) = mac.split_first().expect("a list of keys is never empty");
        Ok(Keys {
            codes: MacKeys::new(newest.clone(), older.iter().cloned()),
            phones: PhoneHash::new(self.phone_key.clone().unwrap_or(oldest)),
            messages: Sealer::new(&message[0], &message[1..]),
        })
    }

    fn keys_or_random(&self, keys: &[Key], name: &'static str) -> Result<Vec<Key>, MissingKey> {
        if !keys.is_empty() {
            return Ok(keys.to_vec());
        }
        if !self.demo {
            return Err(MissingKey(name));
        }
        log::warn!(
            "{name} is not set: DEMO mode uses a random key that nobody else has. Never do this in production."
        );
        Ok(vec![Key::random()])
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
        let base = ["auth", "--service-credential", "a-credential"];
        Command::parse_from(base.iter().chain(arguments)).config
    }

    #[test]
    fn a_missing_key_is_named() {
        let error = parse(&[]).keys().unwrap_err();

        assert_eq!(error, MissingKey("AUTH_MAC_KEYS"));
        assert!(error.to_string().starts_with("AUTH_MAC_KEYS is not set"));
    }

    #[test]
    fn the_demo_switch_stands_in_for_keys() {
        assert!(parse(&["--demo"]).keys().is_ok());
    }

    #[test]
    fn a_short_key_is_refused_by_name_and_not_shown() {
        let arguments = [
            "auth",
            "--service-credential",
            "a-credential",
            "--mac-keys",
            "c0ffee",
        ];

        let message = Command::try_parse_from(arguments)
            .err()
            .unwrap()
            .to_string();

        assert!(message.contains("32 bytes"), "{message}");
    }

    #[test]
    fn a_newer_key_in_front_changes_no_phone() {
        let (old, new) = ("11".repeat(32), "22".repeat(32));
        let messages = "33".repeat(32);
        let phones = |keys: &str| {
            let config = parse(&["--mac-keys", keys, "--message-key", &messages]);
            let phone = platform::Phone::parse("+8613800138000", None).unwrap();
            config.keys().unwrap().phones.hash(&phone)
        };

        assert_eq!(phones(&old), phones(&format!("{new},{old}")));
        assert_ne!(phones(&old), phones(&new));
    }

    #[test]
    fn durations_are_read_from_flags() {
        assert_eq!(
            parse(&["--code-lifetime", "250ms"]).limits().lifetime,
            Duration::from_millis(250)
        );
        assert_eq!(parse(&[]).limits(), Limits::default());
    }

    #[test]
    fn a_namespace_is_given_by_name() {
        let space = |arguments| parse(arguments).queue_options().namespace.to_string();

        assert_eq!(space(&[]), "otp");
        assert_eq!(space(&["--redis-namespace", "left"]), "left");
    }

    #[test]
    fn debug_shows_no_key() {
        let key = "ab".repeat(32);

        let shown = format!("{:?}", parse(&["--mac-keys", &key, "--message-key", &key]));

        assert!(
            !shown.contains("abab") && !shown.contains("a-credential"),
            "{shown}"
        );
    }
}
