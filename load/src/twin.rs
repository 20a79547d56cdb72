//! The binary that counts, beside the one that runs.

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};

/// What the binary that counts is called.
const COUNTED: &str = "load-counted";
/// Cargo puts this into each folder that it builds into, and into the one above where that is of one target.
const CARGO_MARK: &str = "CACHEDIR.TAG";
/// By how much one of two binaries may be older that were built together: they are linked in any order.
const TOGETHER: Duration = Duration::from_secs(120);

/// The two binaries that are a system.
#[derive(Clone, Debug)]
pub(crate) struct Twins {
    /// The one that is timed, which is this one.
    pub(crate) timed: PathBuf,
    /// The one that counts allocations.
    pub(crate) counted: PathBuf,
}

/// Where cargo has put a binary, and so how it was built.
#[derive(Debug, PartialEq)]
struct Place<'a> {
    profile: &'a OsStr,
    /// `None` for the target that is built for unasked.
    target: Option<&'a OsStr>,
    folder: &'a Path,
}

impl Twins {
    /// Finds them. `cargo run` builds the one that it runs and no other, so under cargo the other one is built here.
    ///
    /// # Errors
    ///
    /// If it is not there and cannot be built, or is of another build.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let timed = std::env::current_exe().context("this program is not where it was")?;
        let counted = timed.with_file_name(format!("{COUNTED}{EXE_SUFFIX}"));
        let cargo = std::env::var_os("CARGO");
        if let Some(cargo) = &cargo {
            let place = Place::of(&timed);
            let place = place.context("this program is not where cargo puts one")?;
            build(Path::new(cargo), &place)?;
        }
        ensure!(
            counted.is_file(),
            "{} is not there; cargo build -p load --bins builds it",
            counted.display()
        );
        // What cargo has just looked at is right, whatever its age. What a debug build counts is worth nothing either way.
        if cargo.is_none() && !cfg!(debug_assertions) {
            ensure!(
                are_together(&timed, &counted)?,
                "{} is of an earlier build; cargo build --release -p load --bins builds both",
                counted.display()
            );
        }
        Ok(Self { timed, counted })
    }
}

/// With what this one was built with, so that they differ in their allocators alone. This one is left as it is: it is running,
/// and yet to be started many times.
fn build(cargo: &Path, place: &Place<'_>) -> anyhow::Result<()> {
    let mut command = Command::new(cargo);
    command
        .args(["build", "--quiet", "--locked", "--package", "load"])
        .args(["--bin", COUNTED])
        .arg("--profile")
        .arg(place.profile)
        .arg("--target-dir")
        .arg(place.folder)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        // Standard output is for the page.
        .stdout(Stdio::null());
    if let Some(target) = place.target {
        command.arg("--target").arg(target);
    }
    // What `cargo run` tells of this package would be news to build scripts that look at it, and half of all would be built anew.
    for (name, _) in std::env::vars_os() {
        let told = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if told {
            command.env_remove(name);
        }
    }
    let status = command.status().context("cargo cannot be run")?;
    ensure!(
        status.success(),
        "the binary that counts could not be built"
    );
    Ok(())
}

/// Whether the one that counts is no older than the one that is timed.
fn are_together(timed: &Path, counted: &Path) -> io::Result<bool> {
    let time = |file: &Path| file.metadata()?.modified();
    Ok(time(counted)? + TOGETHER >= time(timed)?)
}

// === impl Place ===

impl<'a> Place<'a> {
    /// `<folder>/<profile>/<program>`, or `<folder>/<target>/<profile>/<program>`.
    fn of(program: &'a Path) -> Option<Self> {
        let built = program.parent()?;
        let above = built.parent()?;
        let profile = match built.file_name()? {
            debug if debug == "debug" => OsStr::new("dev"),
            other => other,
        };
        let top = above.parent().filter(|top| top.join(CARGO_MARK).is_file());
        Some(Self {
            profile,
            target: top.and(above.file_name()),
            folder: top.unwrap_or(above),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    #[test]
    fn how_a_binary_was_built_is_seen_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("target");
        let target = folder.join("some-target");
        fs::create_dir_all(&target).unwrap();
        for marked in [&folder, &target] {
            fs::write(marked.join(CARGO_MARK), "").unwrap();
        }

        for (program, profile, target) in [
            (folder.join("debug/load"), "dev", None),
            (folder.join("release/load"), "release", None),
            (folder.join("production/load"), "production", None),
            (target.join("release/load"), "release", Some("some-target")),
        ] {
            let expected = Place {
                profile: OsStr::new(profile),
                target: target.map(OsStr::new),
                folder: &folder,
            };
            assert_eq!(Place::of(&program), Some(expected), "{}", program.display());
        }
        assert_eq!(Place::of(Path::new("load")), None);
    }

    #[test]
    fn what_is_older_than_its_twin_is_of_another_build() {
        let folder = tempfile::tempdir().unwrap();
        let [timed, counted] = ["load", COUNTED].map(|name| folder.path().join(name));
        let now = File::create(&timed).unwrap();
        let now = now.metadata().unwrap().modified().unwrap();
        let file = File::create(&counted).unwrap();

        for (age, expected) in [(0, true), (60, true), (3600, false)] {
            file.set_modified(now - Duration::from_secs(age)).unwrap();
            assert_eq!(
                are_together(&timed, &counted).unwrap(),
                expected,
                "{age} s older"
            );
        }
    }
}
