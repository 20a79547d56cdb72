//! The packages that are meant for others: that they can be packed, and that what was packed builds.
//!
//! `cargo package` would build them too, but through a registry that it makes up, whose packages it takes for unchanged as
//! long as their versions are; so where anything outlives a run, it would build what was packed before.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::workspace::{self, Package, succeed};

/// Where the packed files are laid out, below the target folder's `package`.
const UNPACKED: &str = "unpacked";

/// Packs all of them, unpacks them into a workspace of their own, and checks that.
///
/// # Errors
///
/// If one cannot be packed, or does not build.
pub fn check(root: &Path) -> anyhow::Result<()> {
    let metadata = workspace::metadata()?;
    let packages: Vec<_> = metadata.packages.iter().filter(|p| p.is_public()).collect();
    let mut pack = workspace::cargo();
    pack.args(["package", "--no-verify", "--locked", "--allow-dirty"]);
    for package in &packages {
        pack.args(["-p", &package.name]);
    }
    succeed(pack)?;

    let packed = metadata.target_directory.join("package");
    let folder = packed.join(UNPACKED);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    for package in &packages {
        let mut unpack = Command::new("tar");
        unpack.arg("-xzf");
        unpack.arg(packed.join(format!("{}.crate", name_and_version(package))));
        unpack.arg("-C").arg(&folder);
        succeed(unpack)?;
    }
    fs::write(folder.join("Cargo.toml"), manifest(&packages))?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let mut build = workspace::cargo();
    build.args(["check", "--workspace", "--all-features", "--offline"]);
    build.arg("--manifest-path").arg(folder.join("Cargo.toml"));
    build.env("CARGO_TARGET_DIR", &metadata.target_directory);
    // What cargo has set for this program would make build scripts run anew.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            build.env_remove(&name);
        }
    }
    succeed(build)
}

/// A workspace in which the packages find each other.
fn manifest(packages: &[&Package]) -> String {
    let mut manifest = "[workspace]\nresolver = \"3\"\nmembers = [\n".to_owned();
    for package in packages {
        // To write to a string cannot fail.
        let _ = writeln!(manifest, "    \"{}\",", name_and_version(package));
    }
    manifest.push_str("]\n\n[patch.crates-io]\n");
    for package in packages {
        let (name, path) = (&package.name, name_and_version(package));
        let _ = writeln!(manifest, "{name} = {{ path = \"{path}\" }}");
    }
    manifest
}

fn name_and_version(package: &Package) -> String {
    format!("{}-{}", package.name, package.version)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn packages_find_each_other_in_one_workspace() {
        let package = |name: &str, version: &str| Package {
            name: name.to_owned(),
            version: version.to_owned(),
            features: BTreeMap::new(),
            publish: None,
        };

        let manifest = manifest(&[&package("a", "0.1.0"), &package("b", "0.6.0")]);

        let parsed: toml::Table = manifest.parse().expect("it is TOML");
        let members = parsed["workspace"]["members"].as_array().expect("a list");
        assert_eq!(members.len(), 2);
        assert_eq!(
            parsed["patch"]["crates-io"]["b"]["path"].as_str(),
            Some("b-0.6.0")
        );
    }
}
