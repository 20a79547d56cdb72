//! What the command line says about a comparison.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use compare::Rules;
use launcher::Service;
use platform::config::secret;

use crate::conditions::Conditions;
use crate::options::{RedisUrl, Stages};

/// A file of the demo's own rules.
struct OwnRules {
    place: &'static str,
    text: &'static str,
    /// Between which fleets it is read.
    apply: fn(Stages, Stages) -> bool,
}

const OWN_RULES: [OwnRules; 2] = [
    OwnRules {
        place: "demo/rules/names.toml",
        text: include_str!("../../rules/names.toml"),
        apply: |_, _| true,
    },
    OwnRules {
        place: "demo/rules/old-headers.toml",
        text: include_str!("../../rules/old-headers.toml"),
        apply: old_headers_tell_them_apart,
    },
];

/// What is compared, by which rules, and how it is shown.
#[derive(Args, Clone, Debug)]
pub(crate) struct Arguments {
    /// The fleet from before: a stage for all services, or one for each, as with --stage
    #[arg(value_name = "BEFORE")]
    pub(crate) left: Stages,

    /// The fleet from after
    #[arg(value_name = "AFTER")]
    pub(crate) right: Stages,

    /// How the report is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,

    /// A file of rules, read after the built-in ones and after the demo's own. May be given more than once
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Vec<PathBuf>,

    /// A Redis to use in place of the stores in this process, such as redis://127.0.0.1:6379
    #[arg(long, value_name = "URL", value_parser = secret::<RedisUrl>())]
    pub(crate) redis: Option<RedisUrl>,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// Side by side, for a terminal
    Text,
    /// For programs
    Json,
    /// A page that needs nothing else
    Html,
}

impl Arguments {
    /// Whether both fleets leave something that can be compared.
    ///
    /// # Errors
    ///
    /// The reason why not.
    pub(crate) fn check(&self) -> Result<(), String> {
        for stages in [self.left, self.right] {
            if !Service::ALL
                .into_iter()
                .any(|service| stages.trace(service))
            {
                return Err(format!(
                    "traces are compared, and stage {stages} leaves none"
                ));
            }
        }
        Ok(())
    }

    /// The rules for these two fleets.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, or is no file of rules.
    pub(crate) fn rules(&self) -> anyhow::Result<Rules> {
        let mut rules = Rules::builtin();
        for own in self.own_rules() {
            rules = rules.with(own.place, own.text)?;
        }
        for path in &self.rules {
            let place = path.display().to_string();
            let text = std::fs::read_to_string(path).context(place.clone())?;
            rules = rules.with(&place, &text)?;
        }
        Ok(rules)
    }

    /// Under what both fleets run.
    #[must_use]
    pub(crate) fn conditions(&self) -> Conditions {
        Conditions::of_fleets(&[self.left, self.right])
    }

    /// Where these are from, beside the built-in ones.
    #[must_use]
    pub(crate) fn rule_files(&self) -> Vec<String> {
        let own = self.own_rules().map(|own| own.place.to_owned());
        let given = self.rules.iter().map(|path| path.display().to_string());
        own.chain(given).collect()
    }

    fn own_rules(&self) -> impl Iterator<Item = &'static OwnRules> {
        let (left, right) = (self.left, self.right);
        OWN_RULES.iter().filter(move |own| (own.apply)(left, right))
    }
}

/// Whether baggage arrives in one fleet, and does not in the other because of its old headers alone.
fn old_headers_tell_them_apart(left: Stages, right: Stages) -> bool {
    let all_trace = |stages: Stages| {
        Service::ALL
            .into_iter()
            .all(|service| stages.trace(service))
    };
    all_trace(left) && all_trace(right) && left.has_old() != right.has_old()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differ(left: &str, right: &str) -> bool {
        let stages = |text: &str| text.parse().expect("stages");
        old_headers_tell_them_apart(stages(left), stages(right))
    }

    #[test]
    fn baggage_may_come_newly_where_old_headers_went_and_nowhere_else() {
        assert!(differ("legacy", "native"));
        assert!(differ("shim", "auth=dropin"));
        assert!(!differ("legacy", "dropin"));
        assert!(!differ("shim", "native"));
        assert!(!differ("legacy", "auth=bare"));
        assert!(!differ("shim", "auth=bare"));
    }
}
