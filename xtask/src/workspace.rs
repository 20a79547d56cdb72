//! Where the workspace is, and what cargo knows about it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The folder of the root manifest.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this package lies in the workspace")
        .to_owned()
}

/// The cargo that runs this, or the one on the search path.
#[must_use]
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Runs `command` to its end.
///
/// # Errors
///
/// When it cannot be started, or does not succeed.
pub fn succeed(mut command: Command) -> anyhow::Result<()> {
    let line = format!("{command:?}");
    let status = command.status().with_context(|| line.clone())?;
    ensure!(status.success(), "{line} ended with {status}");
    Ok(())
}

/// A package of the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its features, each with what it turns on.
    pub features: BTreeMap<String, Vec<String>>,
    /// The registries that may have it; none is named where any may.
    pub publish: Option<Vec<String>>,
}

impl Package {
    /// Whether it is meant for others.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.publish.as_ref().is_none_or(|names| !names.is_empty())
    }
}

/// What cargo knows about the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    /// Its packages.
    pub packages: Vec<Package>,
    /// Where it builds.
    pub target_directory: PathBuf,
}

/// Asks cargo for the packages of the workspace.
///
/// # Errors
///
/// When cargo cannot read the manifests.
pub fn packages() -> anyhow::Result<Vec<Package>> {
    Ok(metadata()?.packages)
}

/// Asks cargo for all that it knows about the workspace.
///
/// # Errors
///
/// When cargo cannot read the manifests.
pub fn metadata() -> anyhow::Result<Metadata> {
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version=1"])
        .output()
        .context("cargo does not run")?;
    ensure!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    read(&output.stdout)
}

fn read(metadata: &[u8]) -> anyhow::Result<Metadata> {
    serde_json::from_slice(metadata).context("cargo metadata prints something unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_has_its_crate_and_its_commands() {
        let packages = packages().expect("cargo reads the manifests");

        let names = packages
            .iter()
            .map(|package| package.name.as_str())
            .collect::<Vec<_>>();
        assert!(names.contains(&"opentracing-shim"), "{names:?}");
        assert!(names.contains(&"xtask"), "{names:?}");
    }

    #[test]
    fn what_is_meant_for_others_is_told_from_the_rest() {
        let packages = packages().expect("cargo reads the manifests");

        let is_public = |name: &str| {
            let mut found = packages.iter().filter(|package| package.name == name);
            found.next().map(Package::is_public)
        };
        assert_eq!(is_public("opentracing-shim"), Some(true));
        assert_eq!(is_public("opentracing-shim-rustracing"), Some(true));
        assert_eq!(is_public("xtask"), Some(false));
    }

    #[test]
    fn packages_are_read_with_their_features() {
        let metadata = br#"{
            "packages": [{"name": "a", "version": "1.2.3", "features": {"sdk": ["dep:x"]}, "id": "y"}],
            "target_directory": "/t"
        }"#;

        let packages = read(metadata).expect("valid metadata").packages;

        assert_eq!(packages[0].name, "a");
        assert_eq!(packages[0].features["sdk"], ["dep:x"]);
    }
}
