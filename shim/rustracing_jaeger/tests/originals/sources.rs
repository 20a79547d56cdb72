//! The originals' files, and what in them is a test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// One of the originals.
#[derive(Debug)]
pub(crate) struct Original {
    pub(crate) name: &'static str,
    pub(crate) root: PathBuf,
    /// The number of its unit tests.
    pub(crate) tests: usize,
    /// The number of pieces of code in its documents.
    pub(crate) documents: usize,
}

impl Original {
    /// Finds the package as the lock file of this workspace has it.
    pub(crate) fn find(metadata: &Value, name: &'static str) -> Self {
        let packages = metadata["packages"]
            .as_array()
            .expect("cargo lists packages");
        let package = packages
            .iter()
            .find(|package| package["name"] == name && !package["source"].is_null())
            .unwrap_or_else(|| panic!("{name} is a dependency of these tests"));
        let manifest = package["manifest_path"]
            .as_str()
            .expect("it has a manifest");
        let root = Path::new(manifest).parent().expect("it is in a folder");
        let mut original = Self {
            name,
            root: root.to_owned(),
            tests: 0,
            documents: 0,
        };
        for file in original.files() {
            let text = original.read(&file);
            original.tests += text.matches("#[test]").count();
        }
        original.documents = original.documents().matches("```").count() / 2;
        original
    }

    /// As it is called in the workspace that is made.
    pub(crate) fn scratch_name(&self) -> &'static str {
        match self.name {
            "rustracing" => "on-rustracing",
            _ => "on-rustracing-jaeger",
        }
    }

    pub(crate) fn read(&self, file: &str) -> String {
        let path = self.root.join(file);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The files of its library.
    fn files(&self) -> Vec<String> {
        let folder = fs::read_dir(self.root.join("src")).expect("it has sources");
        let mut files: Vec<String> = folder
            .map(|entry| entry.expect("it can be listed").path())
            .filter(|path| path.is_file())
            .map(|path| {
                let name = path.file_name().expect("it is a file");
                format!("src/{}", name.to_str().expect("it is a plain name"))
            })
            .collect();
        files.sort();
        files
    }

    /// The unit tests of a file: from their first line to the end.
    pub(crate) fn unit_tests(&self, file: &str) -> String {
        let text = self.read(file);
        let start = text
            .find("#[cfg(test)]")
            .unwrap_or_else(|| panic!("{file} has tests"));
        text[start..].to_owned()
    }

    /// Its page, and what its files say in comments that are documents. Only pieces of code matter.
    pub(crate) fn documents(&self) -> String {
        let mut documents = rust_only(&self.read("README.md"));
        for file in self.files() {
            let lines = self.read(&file);
            let lines = lines.lines().map(|line| {
                let line = line.trim_start();
                let comment = line.strip_prefix("//!").or(line.strip_prefix("///"));
                comment.map_or("", |comment| comment.strip_prefix(' ').unwrap_or(comment))
            });
            for line in lines {
                documents.push_str(line);
                documents.push('\n');
            }
        }
        documents
    }
}

/// Without pieces of what is no Rust.
fn rust_only(text: &str) -> String {
    let is_rust = |(index, part): &(usize, &str)| index % 2 == 0 || part.starts_with("rust");
    let parts: Vec<String> = text
        .split("```")
        .enumerate()
        .filter(is_rust)
        .map(|(index, part)| match index % 2 {
            0 => part.to_owned(),
            _ => format!("```{part}```"),
        })
        .collect();
    parts.concat()
}

/// What cargo says of this workspace. Nothing is fetched, so it is asked about this platform alone: the packages of others may
/// never have been.
pub(crate) fn metadata() -> Value {
    let version = output(Command::new("rustc").arg("-vV"));
    let version = String::from_utf8(version).expect("rustc writes text");
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let metadata = output(
        Command::new(env!("CARGO"))
            .args(["metadata", "--offline", "--format-version", "1"])
            .args(["--filter-platform", host.expect("rustc names its host")])
            .current_dir(env!("CARGO_MANIFEST_DIR")),
    );
    serde_json::from_slice(&metadata).expect("cargo writes JSON")
}

fn output(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("it starts");
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problem}");
    output.stdout
}
