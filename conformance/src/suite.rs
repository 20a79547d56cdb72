//! All vectors of some folders, with one line for each.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::compare::{Mismatch, Note, compare};
use crate::run::{RunError, run};
use crate::vector::{LoadError, Vector};

/// A folder of vectors.
#[derive(Debug, Clone)]
pub struct Folder {
    /// What is put before the names of its vectors.
    pub label: String,
    /// Where it is.
    pub path: PathBuf,
}

/// How a suite ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Vectors that passed.
    pub passed: usize,
    /// Vectors that failed, and folders that held none.
    pub failed: usize,
    /// Vectors that the filter left out.
    pub filtered_out: usize,
}

impl Summary {
    /// Whether nothing failed.
    pub fn is_success(self) -> bool {
        self.failed == 0
    }
}

/// Why a vector did not pass.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// It could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It did not run to its end.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The run gave something else than the vector expects.
    #[error("{}", lines(.0))]
    Mismatch(Vec<Mismatch>),
}

fn lines(mismatches: &[Mismatch]) -> String {
    let lines: Vec<String> = mismatches.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Reads, runs and compares one vector.
///
/// # Errors
///
/// When the vector cannot be read, does not run to its end, or expects something else.
pub fn check(path: &Path) -> Result<Vec<Note>, Failure> {
    let vector = Vector::read(path)?;
    let outcome = run(&vector)?;
    let comparison = compare(&vector.expect, &outcome);
    if comparison.is_match() {
        Ok(comparison.notes)
    } else {
        Err(Failure::Mismatch(comparison.mismatches))
    }
}

/// Runs every `*.json` of every folder whose name the filter lets pass, and writes a line for each.
///
/// The lines and the last one have the form of the test harness of the standard library, so that tools which count tests
/// can count vectors. A folder that cannot be read or holds no vector is a failure: asked to run vectors and running none
/// is not success.
///
/// # Errors
///
/// When `out` cannot be written to.
pub fn run_all(
    folders: &[Folder],
    filter: impl Fn(&str) -> bool,
    out: &mut impl Write,
) -> io::Result<Summary> {
    let started = Instant::now();
    let mut summary = Summary::default();
    let mut failures = Vec::new();
    for Folder { label, path } in folders {
        let files = match vectors_in(path) {
            Ok(files) => files,
            Err(reason) => {
                let name = format!("{label}*");
                writeln!(out, "test {name} ... FAILED")?;
                failures.push((name, reason));
                continue;
            }
        };
        for file in files {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            let name = format!("{label}{stem}");
            if !filter(&name) {
                summary.filtered_out += 1;
                continue;
            }
            match check(&file) {
                Ok(notes) if notes.is_empty() => writeln!(out, "test {name} ... ok")?,
                Ok(notes) => {
                    let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
                    writeln!(out, "test {name} ... ok ({})", notes.join("; "))?;
                }
                Err(failure) => {
                    writeln!(out, "test {name} ... FAILED")?;
                    failures.push((name, failure.to_string()));
                    continue;
                }
            }
            summary.passed += 1;
        }
    }
    summary.failed = failures.len();
    for (name, reason) in &failures {
        writeln!(out, "\n---- {name} ----\n{reason}")?;
    }
    let verdict = if summary.is_success() { "ok" } else { "FAILED" };
    let Summary {
        passed,
        failed,
        filtered_out,
    } = summary;
    let seconds = started.elapsed().as_secs_f64();
    writeln!(
        out,
        "\ntest result: {verdict}. {passed} passed; {failed} failed; 0 ignored; 0 measured; {filtered_out} filtered \
         out; finished in {seconds:.2}s\n"
    )?;
    Ok(summary)
}

/// The vectors of a folder in the order of their names; never none.
///
/// # Errors
///
/// A sentence that says why there are none.
pub fn vectors_in(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let unreadable =
        |error: io::Error| format!("{}: the folder cannot be read: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(format!(
            "{}: the folder holds no *.json file",
            folder.display()
        ));
    }
    files.sort();
    Ok(files)
}
