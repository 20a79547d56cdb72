//! The binary that counts, beside the one that runs.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

/// The two binaries that are a system.
#[derive(Clone, Debug)]
pub(crate) struct Twins {
    /// The one that is timed, which is this one.
    pub(crate) timed: PathBuf,
    /// The one that counts allocations.
    pub(crate) counted: PathBuf,
}

impl Twins {
    /// Finds them. `cargo run` builds the one that it runs and no other, so under cargo the other one is built here.
    ///
    /// # Errors
    ///
    /// If it is not there and cannot be built.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let timed = std::env::current_exe().context("this program is not where it was")?;
        let counted = timed.with_file_name(format!("load-counted{EXE_SUFFIX}"));
        if let Some(cargo) = std::env::var_os("CARGO") {
            build(Path::new(&cargo))?;
        }
        ensure!(
            counted.is_file(),
            "{} is not there; cargo build -p load --bins builds it",
            counted.display()
        );
        Ok(Self { timed, counted })
    }
}

/// With what this one was built with, so that they differ in their allocators alone.
fn build(cargo: &Path) -> anyhow::Result<()> {
    let mut command = Command::new(cargo);
    command
        .args(["build", "--quiet", "--package", "load", "--bins"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let status = command.status().context("cargo cannot be run")?;
    ensure!(
        status.success(),
        "the binary that counts could not be built"
    );
    Ok(())
}
