//! The guide's program as projects outside of this workspace.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::pages;

/// The folders of `docs/shop`, in the order of the guide.
pub(crate) const STEPS: [&str; 5] = ["legacy", "dropin", "shim", "mixed", "native"];

/// As in this workspace, so that what is built for it serves here too.
const WORKSPACE: &str = r#"[workspace]
resolver = "3"
members = ["*"]

[profile.dev]
debug = "line-tables-only"

[profile.dev.package."*"]
debug = false
"#;

/// Beside the built tests, so that it may be kept and found again.
pub(crate) struct Scratch {
    target: PathBuf,
}

impl Scratch {
    /// Writes all steps and builds them, without the network.
    pub(crate) fn build() -> Self {
        let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let root = tmp.join("shop");
        write(&root.join("Cargo.toml"), WORKSPACE);
        // The same versions, of which cargo leaves out what is not needed.
        let lock = fs::read_to_string(pages::root().join("Cargo.lock"));
        write(
            &root.join("Cargo.lock"),
            &lock.expect("there is a lock file"),
        );
        for step in STEPS {
            write_project(&root.join(step), step);
        }
        let target = tmp.parent().expect("cargo puts the one into the other");
        build(&root, target);
        Self {
            target: target.to_owned(),
        }
    }

    pub(crate) fn program(&self, step: &str) -> PathBuf {
        self.target.join("debug").join(name(step))
    }
}

fn name(step: &str) -> String {
    format!("outside-{step}")
}

/// What `cargo new` makes, with the dependencies of the step. The drop-ins get the files of before.
fn write_project(folder: &Path, step: &str) {
    let head = format!(
        "[package]\nname = \"{}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
        name(step)
    );
    let clone = pages::root();
    let clone = clone.to_str().expect("it is a plain path");
    let dependencies = dependencies(step).replace("../../..", clone);
    write(
        &folder.join("Cargo.toml"),
        &format!("{head}\n{dependencies}"),
    );
    let sources = match step {
        "dropin" => "legacy",
        step => step,
    };
    for file in ["main.rs", "telemetry.rs"] {
        let source = pages::root()
            .join("docs/shop")
            .join(sources)
            .join("src")
            .join(file);
        let text = fs::read_to_string(source).expect("the step has this file");
        write(&folder.join("src").join(file), &text);
    }
}

/// The table of that name in the manifest of a step.
pub(crate) fn dependencies(step: &str) -> String {
    let manifest = pages::root()
        .join("docs/shop")
        .join(step)
        .join("Cargo.toml");
    let text = fs::read_to_string(manifest).expect("the step has a manifest");
    let start = text.find("[dependencies]").expect("it has dependencies");
    text[start..].to_owned()
}

fn build(root: &Path, target: &Path) {
    let mut cargo = Command::new(env!("CARGO"));
    // Build scripts that look at what cargo tells this test would run every time.
    let about_this_test = env::vars_os().map(|(name, _)| name).filter(|name| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
    });
    for name in about_this_test {
        cargo.env_remove(name);
    }
    let output = cargo
        .args(["build", "--workspace", "--offline", "--quiet"])
        .current_dir(root)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .expect("cargo starts");
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problem}");
}

fn write(path: &Path, text: &str) {
    let folder = path.parent().expect("it is in a folder");
    fs::create_dir_all(folder).expect("the folder can be made");
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
