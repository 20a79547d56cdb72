//! What the command line says.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use clap::builder::ArgPredicate;
use clap::{Parser, Subcommand};
use launcher::{Service, Stage};
use platform::Phone;
use platform::config::secret;

use crate::{drill, side_by_side};

/// Runs the whole system in this process, performs a login over three services, and shows the trace of each request.
#[derive(Clone, Debug, Parser)]
#[command(name = "demo", version, max_term_width = 110)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    /// What to do in place of telling the story.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// The stage of all services, or of each: legacy, dropin, shim, mixed, native, bare, or api=native,auth=shim,sms=legacy
    /// (shim where a service is not named)
    #[arg(
        long,
        default_value = "shim",
        default_value_if("drill", ArgPredicate::IsPresent, "native"),
        value_name = "STAGE"
    )]
    pub(crate) stage: Stages,

    /// Whose phone logs in. No SMS is sent: the demo's gateway is an inbox
    #[arg(long, default_value = "+8613800138000", value_name = "NUMBER", value_parser = phone)]
    pub(crate) phone: Phone,

    /// A Redis to use in place of the store in this process, such as redis://127.0.0.1:6379
    #[arg(long, value_name = "URL", value_parser = secret::<RedisUrl>())]
    pub(crate) redis: Option<RedisUrl>,

    /// Where spans go by OTLP over gRPC, in place of the receiver in this process, such as http://127.0.0.1:4317
    #[arg(long, value_name = "URL", value_parser = http, requires = "query")]
    pub(crate) otlp: Option<String>,

    /// Where the traces sent to --otlp can be read: a Jaeger query address, such as http://127.0.0.1:16686
    #[arg(long, value_name = "URL", value_parser = http, requires = "otlp")]
    pub(crate) query: Option<String>,

    /// Where services in stage legacy send their spans by UDP, in place of the receiver in this process
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:6831",
        requires = "otlp"
    )]
    pub(crate) agent: SocketAddr,

    /// Run every fleet of stages in place of one, and print what was seen: the page docs/fleets.md
    #[arg(long, conflicts_with_all = ["stage", "phone", "redis", "otlp", "once", "drill"])]
    pub(crate) fleets: bool,

    /// Make every classic mistake in place of a login, and print what was found: the page docs/mistakes.md
    #[arg(long, conflicts_with_all = ["stage", "phone", "redis", "otlp", "once", "drill", "fleets"])]
    pub(crate) mistakes: bool,

    /// End after the verdict, also in a terminal
    #[arg(long)]
    pub(crate) once: bool,

    /// A drill, which has its own load.
    #[command(flatten)]
    pub(crate) drill: drill::Arguments,
}

/// What has arguments of its own.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs two fleets with the same requests, two of which fail, and shows in what their traces differ
    ///
    /// Ends with 0 if rules explain every difference, with 1 if not, with 2 if it cannot be said.
    Compare(side_by_side::Arguments),
}

/// The stage of each service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Stages {
    /// Of api.
    pub(crate) api: Stage,
    /// Of auth.
    pub(crate) auth: Stage,
    /// Of sms.
    pub(crate) sms: Stage,
}

impl Stages {
    /// The stage of one service.
    #[must_use]
    pub(crate) fn of(self, service: Service) -> Stage {
        match service {
            Service::Api => self.api,
            Service::Auth => self.auth,
            Service::Sms => self.sms,
        }
    }

    /// All of them, in the order of a request.
    #[must_use]
    pub(crate) fn all(self) -> [Stage; 3] {
        Service::ALL.map(|service| self.of(service))
    }

    /// This, if each service can be in its stage: a mistake is made by one alone.
    fn checked(self) -> Result<Self, String> {
        for service in Service::ALL {
            let stage = self.of(service);
            if let Stage::Mistake(mistake) = stage
                && !stage.has(service)
            {
                let makes_it = mistake.service();
                return Err(format!(
                    "{stage} is a stage of {makes_it} alone, such as {makes_it}={stage}"
                ));
            }
        }
        Ok(self)
    }

    /// Whether a service knows the old headers alone.
    #[must_use]
    pub(crate) fn has_old(self) -> bool {
        self.all().into_iter().any(Stage::is_old)
    }

    /// Whether some know the old headers alone, and others have to write and read those for them.
    #[must_use]
    pub(crate) fn is_split(self) -> bool {
        let is_new = |stage: Stage| stage.traces() && !stage.is_old();
        self.has_old() && self.all().into_iter().any(is_new)
    }

    /// Whether the service leaves spans.
    #[must_use]
    pub(crate) fn trace(self, service: Service) -> bool {
        self.of(service).traces()
    }
}

impl fmt::Display for Stages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.api == self.auth && self.auth == self.sms {
            write!(f, "{}", self.api)
        } else {
            write!(f, "api={},auth={},sms={}", self.api, self.auth, self.sms)
        }
    }
}

impl FromStr for Stages {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.contains('=') {
            let stage = text
                .parse()
                .map_err(|error: launcher::NoSuchStage| error.to_string())?;
            return Self {
                api: stage,
                auth: stage,
                sms: stage,
            }
            .checked();
        }
        let mut stages = Self {
            api: Stage::Shim,
            auth: Stage::Shim,
            sms: Stage::Shim,
        };
        let mut named = Vec::new();
        for pair in text.split(',') {
            let Some((service, stage)) = pair.split_once('=') else {
                return Err(format!(
                    "{pair:?} names no service; expected service=stage, such as auth=native"
                ));
            };
            let stage: Stage = stage
                .trim()
                .parse()
                .map_err(|error: launcher::NoSuchStage| error.to_string())?;
            let service = service.trim();
            match service {
                "api" => stages.api = stage,
                "auth" => stages.auth = stage,
                "sms" => stages.sms = stage,
                other => {
                    return Err(format!(
                        "{other:?} is no service; expected one of api, auth, sms"
                    ));
                }
            }
            if named.contains(&service) {
                return Err(format!("{service} is given two stages"));
            }
            named.push(service);
        }
        stages.checked()
    }
}

fn phone(text: &str) -> Result<Phone, String> {
    Phone::parse(text, None).map_err(|_| {
        "expected a phone number in international form, such as +8613800138000".to_owned()
    })
}

fn http(text: &str) -> Result<String, String> {
    let well_formed = text
        .parse::<reqwest::Url>()
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if well_formed {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("expected a URL with scheme and host, such as http://127.0.0.1:16686".to_owned())
    }
}

/// The address of a Redis, which may have a password in it: neither what is wrong with one nor `Debug` quotes it.
#[derive(Clone)]
pub(crate) struct RedisUrl(String);

impl RedisUrl {
    /// The address, password included.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisUrl(***)")
    }
}

impl FromStr for RedisUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let well_formed = text
            .parse::<reqwest::Url>()
            .is_ok_and(|url| matches!(url.scheme(), "redis" | "rediss") && url.has_host());
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err("expected a URL such as redis://127.0.0.1:6379")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_stage_is_for_all_and_an_unnamed_service_is_in_shim() {
        let native: Stages = "native".parse().expect("a stage");
        let mixed: Stages = "api=native,sms=bare".parse().expect("stages");

        assert_eq!(native.to_string(), "native");
        assert_eq!(mixed.to_string(), "api=native,auth=shim,sms=bare");
    }

    #[test]
    fn what_is_no_stage_is_refused_with_what_was_expected() {
        for (text, expected) in [
            (
                "nativ",
                "expected one of bare, legacy, dropin, shim, mixed, native",
            ),
            (
                "",
                "expected one of bare, legacy, dropin, shim, mixed, native",
            ),
            (
                "api=",
                "expected one of bare, legacy, dropin, shim, mixed, native",
            ),
            ("web=native", "expected one of api, auth, sms"),
            ("api=native,shim", "expected service=stage"),
            ("api=native,api=shim", "two stages"),
            ("auth=mistake:none", "expected one of names-with-ids, "),
            (
                "mistake:baggage-dropped",
                "such as auth=mistake:baggage-dropped",
            ),
            ("sms=mistake:baggage-dropped", "is a stage of auth alone"),
        ] {
            let error = text.parse::<Stages>().expect_err(text);

            assert!(error.contains(expected), "{text:?} gave {error:?}");
        }
    }

    #[test]
    fn a_password_is_neither_quoted_nor_shown() {
        let refused = Options::try_parse_from(["demo", "--redis", "redi://:hunter2@localhost"])
            .expect_err("no Redis has this scheme")
            .to_string();
        let taken = Options::try_parse_from(["demo", "--redis", "redis://:hunter2@localhost"])
            .expect("an address of a Redis");

        assert!(
            refused.contains("--redis") && refused.contains("such as redis://"),
            "{refused}"
        );
        assert!(!refused.contains("hunter2"), "{refused}");
        assert!(!format!("{taken:?}").contains("hunter2"), "{taken:?}");
    }

    #[test]
    fn bad_values_are_refused_by_the_command_line() {
        for arguments in [
            &["demo", "--stage", "x"][..],
            &["demo", "--phone", "12"],
            &["demo", "--phone", "+86138001380001234567"],
            &["demo", "--redis", "localhost"],
            &["demo", "--otlp", "http://localhost:4317"],
            &["demo", "--query", "http://localhost:16686"],
            &["demo", "--agent", "127.0.0.1:6831"],
            &[
                "demo",
                "--otlp",
                "localhost:4317",
                "--query",
                "http://localhost:16686",
            ],
        ] {
            assert!(
                Options::try_parse_from(arguments).is_err(),
                "{arguments:?} was accepted"
            );
        }
    }
}
