//! The page of every fleet, which the demo writes from a run of all of them.

use std::process::Stdio;

use anyhow::{Context as _, ensure};

use crate::workspace;

/// The page.
pub const PAGE: &str = "docs/fleets.md";

/// Runs every fleet, which takes a minute, and returns the page.
///
/// # Errors
///
/// When the demo cannot be built, or a fleet is not what its stages say. Standard error tells which.
pub fn page() -> anyhow::Result<String> {
    let output = workspace::cargo()
        .args("run --quiet --locked --package demo -- --fleets".split(' '))
        .stderr(Stdio::inherit())
        .output()
        .context("cargo does not run")?;
    ensure!(
        output.status.success(),
        "`cargo run -- --fleets` ended with {}",
        output.status
    );
    String::from_utf8(output.stdout).context("the demo prints text")
}
