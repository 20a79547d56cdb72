//! Fuzzing of everything that reads what strangers wrote, for a short and fixed time.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use crate::workspace::{self, succeed};

/// A package of targets.
struct Suite {
    /// Where it is, below the root.
    folder: &'static str,
    /// Longer inputs find nothing that shorter ones do not.
    max_len: u32,
}

const SUITES: [Suite; 2] = [
    Suite {
        folder: "shim/fuzz",
        max_len: 2048,
    },
    Suite {
        folder: "compare/fuzz",
        max_len: 4096,
    },
];

/// An input that takes longer is a failure: cost may not grow faster than the input.
const SLOWEST_SECONDS: u32 = 10;

/// Runs every target for `seconds`, beginning with the inputs that are in the repository. New ones are not kept, but one
/// that breaks something is, below `artifacts` of the target's package.
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
    SUITES.iter().try_for_each(|suite| suite.run(seconds))
}

impl Suite {
    fn run(&self, seconds: u32) -> anyhow::Result<()> {
        let folder = workspace::root().join(self.folder);
        let targets = targets(&folder)?;
        succeed(self.fuzz("build"))?;
        for target in targets {
            println!("==> {}, {target}: {seconds} s", self.folder);
            let scratch = Scratch::new(&target)?;
            let mut command = self.fuzz("run");
            command
                .arg(&target)
                .arg(&scratch.0)
                .arg(folder.join("corpus").join(&target))
                .arg("--")
                .args(self.limits(seconds));
            let words = dictionary(&folder, &target);
            if words.is_file() {
                command.arg(format!("-dict={}", words.display()));
            }
            succeed(command)?;
        }
        Ok(())
    }

    fn fuzz(&self, subcommand: &str) -> Command {
        let mut command = cargo();
        command.args(["fuzz", subcommand, "--fuzz-dir", self.folder]);
        command
    }

    fn limits(&self, seconds: u32) -> [String; 5] {
        [
            format!("-max_total_time={seconds}"),
            format!("-max_len={}", self.max_len),
            format!("-timeout={SLOWEST_SECONDS}"),
            "-verbosity=0".to_owned(),
            "-print_final_stats=1".to_owned(),
        ]
    }
}

/// Words that inputs of a target are made of. Not every target has some.
fn dictionary(fuzz: &Path, target: &str) -> PathBuf {
    fuzz.join("dictionaries").join(format!("{target}.dict"))
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
        let name = format!("fuzz-{}-{target}", std::process::id());
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
        for Suite { folder, .. } in SUITES {
            let fuzz = workspace::root().join(folder);
            let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).expect("the manifest");

            for target in targets(&fuzz).expect("the targets") {
                assert!(
                    manifest.contains(&format!("path = \"fuzz_targets/{target}.rs\"")),
                    "{target} is no binary of {folder}"
                );
                let corpus = fs::read_dir(fuzz.join("corpus").join(&target)).expect("a corpus");
                assert!(corpus.count() > 0, "{target} has no inputs");
            }
        }
    }

    #[test]
    fn every_dictionary_is_one_of_a_target() {
        for Suite { folder, .. } in SUITES {
            let fuzz = workspace::root().join(folder);
            let of_targets = targets(&fuzz).expect("the targets");
            let of_targets: Vec<_> = of_targets.iter().map(|it| dictionary(&fuzz, it)).collect();

            let files = fs::read_dir(fuzz.join("dictionaries"));
            for file in files.into_iter().flatten() {
                let path = file.expect("a file").path();
                assert!(of_targets.contains(&path), "{}", path.display());
            }
        }
    }

    #[test]
    fn no_two_targets_share_a_name_since_they_share_a_target_folder() {
        let suites = SUITES.iter();
        let mut names: Vec<_> = suites
            .flat_map(|suite| targets(&workspace::root().join(suite.folder)).expect("the targets"))
            .collect();
        let count = names.len();

        names.sort_unstable();
        names.dedup();

        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_run_has_an_end() {
        for suite in SUITES {
            assert_eq!(suite.limits(5)[0], "-max_total_time=5");
        }
    }
}
