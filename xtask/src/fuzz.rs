//! Fuzzing of the parsers, for a short and fixed time.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use crate::workspace::{self, succeed};

/// Where the targets are, below the root.
const FUZZ: &str = "shim/fuzz";
/// Longer inputs find nothing that shorter ones do not.
const MAX_LEN: u32 = 2048;

/// Runs every target for `seconds`, beginning with the inputs that are in the repository. New ones are not kept, but one
/// that breaks something is, below `shim/fuzz/artifacts`.
///
/// # Errors
///
/// If a target fails, or with `CI=true` if the tools are not here.
pub fn run(seconds: u32) -> anyhow::Result<()> {
    if !is_here() {
        let remedy = "cargo-fuzz is not here: cargo install --locked cargo-fuzz";
        if env::var_os("CI").is_some_and(|ci| ci == "true") {
            bail!(remedy);
        }
        println!("    skipped: {remedy}");
        return Ok(());
    }
    let root = workspace::root();
    let targets = targets(&root.join(FUZZ))?;
    succeed(fuzz("build"))?;
    for target in targets {
        println!("==> {target}: {seconds} s");
        let scratch = Scratch::new(&target)?;
        let mut command = fuzz("run");
        command
            .arg(&target)
            .arg(&scratch.0)
            .arg(root.join(FUZZ).join("corpus").join(&target))
            .arg("--")
            .args(limits(seconds));
        succeed(command)?;
    }
    Ok(())
}

fn limits(seconds: u32) -> [String; 4] {
    [
        format!("-max_total_time={seconds}"),
        format!("-max_len={MAX_LEN}"),
        "-verbosity=0".to_owned(),
        "-print_final_stats=1".to_owned(),
    ]
}

/// One for each file in `fuzz_targets`, in the order of their names.
fn targets(fuzz: &Path) -> anyhow::Result<Vec<String>> {
    let folder = fuzz.join("fuzz_targets");
    let files = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut targets = Vec::new();
    for file in files {
        let path = file?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        targets.push(name.context("a target without a name")?.to_owned());
    }
    ensure!(!targets.is_empty(), "no target in {}", folder.display());
    targets.sort_unstable();
    Ok(targets)
}

fn is_here() -> bool {
    let version = cargo().args(["fuzz", "--version"]).output();
    version.is_ok_and(|output| output.status.success())
}

fn fuzz(subcommand: &str) -> Command {
    let mut command = cargo();
    command.args(["fuzz", subcommand, "--fuzz-dir", FUZZ]);
    command
}

/// Not the cargo that runs this, which knows nothing of toolchains: rustup's. The sanitizer wants a nightly compiler;
/// where there is none, the stable one is told to behave like it.
fn cargo() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(workspace::root());
    if has_nightly() {
        command.arg("+nightly");
    } else {
        command.env("RUSTC_BOOTSTRAP", "1");
    }
    command
}

fn has_nightly() -> bool {
    let version = Command::new("cargo")
        .args(["+nightly", "--version"])
        .output();
    version.is_ok_and(|output| output.status.success())
}

/// A folder for the inputs that a run finds, gone when it ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(target: &str) -> anyhow::Result<Self> {
        let name = format!("opentracing-shim-fuzz-{}-{target}", std::process::id());
        let path = env::temp_dir().join(name);
        fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is left to whoever cleans the folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_a_binary_and_inputs_to_begin_with() {
        let fuzz = workspace::root().join(FUZZ);
        let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).expect("the manifest");

        for target in targets(&fuzz).expect("the targets") {
            assert!(
                manifest.contains(&format!("path = \"fuzz_targets/{target}.rs\"")),
                "{target} is no binary of the manifest"
            );
            let corpus = fs::read_dir(fuzz.join("corpus").join(&target)).expect("a corpus");
            assert!(corpus.count() > 0, "{target} has no inputs");
        }
    }

    #[test]
    fn a_run_has_an_end() {
        assert_eq!(limits(5)[0], "-max_total_time=5");
    }
}
