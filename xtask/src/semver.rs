//! Whether the public surface still keeps what the last release promised.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::public_api::LISTING;

/// Tags of releases are this and the version.
const TAG: &str = "opentracing-shim-v";
const MANIFEST: &str = "Cargo.toml";

/// Compares the listing of the public surface with that of the last release, if there has been one.
///
/// # Errors
///
/// When a line is gone and the version does not say that anything breaks.
pub fn check(root: &Path) -> anyhow::Result<()> {
    if git(root, &["rev-parse", "--git-dir"]).is_err() {
        println!("    this copy has no history, so there is no release to compare with");
        return Ok(());
    }
    let tags = git(
        root,
        &[
            "tag",
            "--list",
            "--sort=-version:refname",
            &format!("{TAG}*"),
        ],
    )?;
    let Some(tag) = tags.lines().next() else {
        println!("    no tag {TAG}* yet: nothing is promised to anybody");
        return Ok(());
    };
    let old = git(root, &["show", &format!("{tag}:{LISTING}")])?;
    let new = std::fs::read_to_string(root.join(LISTING)).context(LISTING)?;
    let gone = gone(&old, &new);
    let (released, version) = (tag.trim_start_matches(TAG), version(root)?);
    println!(
        "    since {tag}: {} line(s) gone, version {version}",
        gone.len()
    );
    ensure!(
        gone.is_empty() || may_break(released, &version)?,
        "{version} may not break what {released} promised:\n{}",
        gone.join("\n")
    );
    Ok(())
}

/// What was promised and is not there any more.
fn gone<'a>(old: &'a str, new: &str) -> Vec<&'a str> {
    let new: BTreeSet<_> = new.lines().collect();
    old.lines().filter(|line| !new.contains(line)).collect()
}

/// Whether the first part of the version that is not zero has grown, or one before it.
fn may_break(released: &str, version: &str) -> anyhow::Result<bool> {
    let (old, new) = (parts(released)?, parts(version)?);
    let leading = old.iter().position(|part| *part != 0).unwrap_or(2);
    Ok(new[..=leading] > old[..=leading])
}

fn parts(version: &str) -> anyhow::Result<[u64; 3]> {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let parts = core
        .split('.')
        .map(str::parse)
        .collect::<Result<Vec<u64>, _>>()
        .with_context(|| format!("{version} is no version"))?;
    <[u64; 3]>::try_from(parts).map_err(|_| anyhow::anyhow!("{version} is no version"))
}

fn version(root: &Path) -> anyhow::Result<String> {
    #[derive(serde::Deserialize)]
    struct Manifest {
        workspace: Workspace,
    }
    #[derive(serde::Deserialize)]
    struct Workspace {
        package: Package,
    }
    #[derive(serde::Deserialize)]
    struct Package {
        version: String,
    }
    let text = std::fs::read_to_string(root.join(MANIFEST)).context(MANIFEST)?;
    let manifest: Manifest = toml::from_str(&text).context(MANIFEST)?;
    Ok(manifest.workspace.package.version)
}

fn git(root: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new("git")
        .current_dir(root)
        .args(arguments)
        .output()
        .context("git does not run")?;
    ensure!(
        output.status.success(),
        "git {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).context("git prints text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn additions_break_nothing_and_removals_do() {
        assert!(gone("a\nb\n", "a\nb\nc\n").is_empty());
        assert_eq!(gone("a\nb\n", "a\nc\n"), ["b"]);
    }

    #[test]
    fn the_first_part_that_is_not_zero_says_that_something_breaks() {
        for (old, new, breaks) in [
            ("0.1.0", "0.1.1", false),
            ("0.1.0", "0.2.0", true),
            ("0.1.0", "1.0.0", true),
            ("1.2.3", "1.3.0", false),
            ("1.2.3", "2.0.0", true),
            ("0.0.1", "0.0.2", true),
            ("0.2.0", "0.1.9", false),
        ] {
            let may = may_break(old, new).expect("both are versions");
            assert_eq!(may, breaks, "{old} to {new}");
        }
        assert!(may_break("0.1", "0.2.0").is_err());
    }
}
