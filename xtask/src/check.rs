//! What continuous integration asks besides the tests.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};

use crate::workspace::{self, Package};
use crate::{conformance, package, pages, public_api, semver};

/// One check. All are run, in this order, when none is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Check {
    /// rustfmt would change nothing
    Format,
    /// Clippy has nothing to say about the workspace
    Clippy,
    /// Each feature of each package compiles alone, and so does none
    Features,
    /// The documentation builds, with all its links
    Docs,
    /// The generated pages are fresh
    Pages,
    /// Every requirement has a test, and their table is fresh
    Requirements,
    /// The public surface of the crate to publish is the listed one
    Api,
    /// That surface keeps what the last release promised
    Semver,
    /// The crates to publish can be packaged, and the packages build
    Package,
    /// The graph of dependencies has no banned crate, licence or source
    Dependencies,
}

/// Runs checks until one fails, and says how long each took.
///
/// # Errors
///
/// The first failure.
pub fn run(checks: &[Check]) -> anyhow::Result<()> {
    for check in checks {
        let start = Instant::now();
        println!("==> {check:?}");
        check
            .run()
            .with_context(|| format!("the check {check:?} failed"))?;
        println!("    {check:?}: {:.1} s", start.elapsed().as_secs_f32());
    }
    Ok(())
}

impl Check {
    fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Format => succeed(cargo("fmt --all --check")),
            Self::Clippy => succeed(cargo(
                "clippy --workspace --all-targets --locked -- -D warnings",
            )),
            Self::Features => features(),
            Self::Docs => {
                let mut command = cargo("doc --workspace --no-deps --locked");
                command.env("RUSTDOCFLAGS", "-D warnings");
                succeed(command)
            }
            Self::Pages => pages::check(&workspace::root()),
            Self::Requirements => conformance::check(&workspace::root()),
            Self::Api => public_api::check(&workspace::root()),
            Self::Semver => semver::check(&workspace::root()),
            Self::Package => package::check(&workspace::root()),
            Self::Dependencies => dependencies(),
        }
    }
}

fn features() -> anyhow::Result<()> {
    for package in workspace::packages()? {
        for arguments in alone(&package) {
            succeed(cargo(&arguments))?;
        }
    }
    Ok(())
}

/// The calls of cargo that show a package without features and with each one alone; none for a package that has none.
fn alone(package: &Package) -> Vec<String> {
    let Package { name, features, .. } = package;
    let bare = format!("clippy --package {name} --lib --locked --no-default-features");
    let chosen = features
        .keys()
        .filter(|feature| *feature != "default")
        .map(|feature| format!("{bare} --features {feature} -- -D warnings"))
        .collect::<Vec<_>>();
    if chosen.is_empty() {
        return chosen;
    }
    let none = format!("{bare} -- -D warnings");
    [vec![none], chosen].concat()
}

fn dependencies() -> anyhow::Result<()> {
    let here = workspace::cargo()
        .args(["deny", "--version"])
        .output()
        .context("cargo does not run")?;
    if !here.status.success() {
        let remedy = "cargo-deny is not here: cargo install --locked cargo-deny";
        if std::env::var_os("CI").is_some_and(|ci| ci == "true") {
            bail!(remedy);
        }
        println!("    skipped: {remedy}");
        return Ok(());
    }
    succeed(cargo("deny --locked check bans licenses sources"))
}

fn cargo(arguments: &str) -> Command {
    let mut command = workspace::cargo();
    command.args(arguments.split(' '));
    command
}

fn succeed(mut command: Command) -> anyhow::Result<()> {
    let arguments = command
        .get_args()
        .map(|argument| argument.to_string_lossy());
    let line = format!("cargo {}", arguments.collect::<Vec<_>>().join(" "));
    println!("    {line}");
    let status = command.status().with_context(|| line.clone())?;
    ensure!(status.success(), "`{line}` ended with {status}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn package(features: &[&str]) -> Package {
        let features = features
            .iter()
            .map(|feature| ((*feature).to_owned(), Vec::new()));
        Package {
            name: "a".to_owned(),
            version: "0.1.0".to_owned(),
            features: features.collect::<BTreeMap<_, _>>(),
            publish: None,
        }
    }

    #[test]
    fn each_feature_is_tried_alone_and_none_at_all() {
        assert_eq!(
            alone(&package(&["default", "sdk", "serde"])),
            [
                "clippy --package a --lib --locked --no-default-features -- -D warnings",
                "clippy --package a --lib --locked --no-default-features --features sdk -- -D warnings",
                "clippy --package a --lib --locked --no-default-features --features serde -- -D warnings",
            ]
        );
    }

    #[test]
    fn a_package_without_features_is_clippys_alone() {
        assert!(alone(&package(&[])).is_empty());
        assert!(alone(&package(&["default"])).is_empty());
    }

    #[test]
    fn a_command_that_fails_is_named_with_its_arguments() {
        let failed = succeed(cargo("no-such-command --loud")).expect_err("no such command");

        assert!(
            failed
                .to_string()
                .starts_with("`cargo no-such-command --loud` ended with")
        );
    }
}
