//! A program whose *dependency* uses the original crates: with `[patch.crates-io]` its spans leave by OTLP, and nobody's source
//! changes.
//!
//! The program is written into a scratch workspace, built offline from what this build has fetched, in the same target
//! folder, and run.

#[path = "support/collector.rs"]
mod collector;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use collector::Collector;
use viewer::model::RefType;

/// A library of somebody else, as its author published it.
const LIBRARY: [(&str, &str); 2] = [
    ("Cargo.toml", include_str!("patch/library.toml")),
    ("src/lib.rs", include_str!("patch/library.rs")),
];
/// The program: it names the library and nothing else.
const PROGRAM: [(&str, &str); 2] = [
    ("Cargo.toml", include_str!("patch/program.toml")),
    ("src/main.rs", include_str!("patch/program.rs")),
];

#[test]
fn spans_of_a_dependency_arrive_at_an_otlp_receiver() {
    let collector = Collector::start();
    let workspace = scratch_workspace();

    let built = cargo(&workspace)
        .args([
            "build",
            "--offline",
            "--quiet",
            "--package",
            "patched-program",
        ])
        .output();
    succeeded(&built.expect("cargo can be started"));
    let ran = Command::new(target().join("debug").join("patched-program"))
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.grpc_url())
        .output();
    let ran = ran.expect("the program was built");
    succeeded(&ran);

    let spans = collector.spans("library");
    let find = |name| {
        let span = spans.iter().find(|span| span.operation == name);
        span.unwrap_or_else(|| panic!("{name} has not arrived: {spans:?}"))
    };
    let (request, query) = (find("request"), find("query"));
    assert_eq!(spans.len(), 2);
    assert_eq!(query.parent(), Some(request.span_id));
    assert_eq!(query.references[0].ref_type, RefType::ChildOf);
    // What the library writes into headers has the ids that arrived.
    let header = String::from_utf8_lossy(&ran.stdout);
    let trace_id = request.trace_id.to_string();
    let expected = format!(
        "{}:{:x}:0:1",
        trace_id.trim_start_matches('0'),
        u64::from_be_bytes(request.span_id.to_bytes())
    );
    assert_eq!(header.trim(), expected);
}

#[test]
fn the_patch_replaces_both_originals() {
    let workspace = scratch_workspace();

    let tree = cargo(&workspace)
        .args([
            "tree",
            "--offline",
            "--prefix",
            "none",
            "--package",
            "patched-program",
        ])
        .output()
        .expect("cargo can be started");
    succeeded(&tree);

    let tree = String::from_utf8_lossy(&tree.stdout);
    let patched = |name: &str| {
        let line = tree.lines().find(|line| line.starts_with(name));
        let line = line.unwrap_or_else(|| panic!("{name} is not in\n{tree}"));
        assert!(
            line.contains(&repository().join("shim/patch").display().to_string()),
            "{line}"
        );
    };
    patched("rustracing v0.6.0");
    patched("rustracing_jaeger v0.10.0");
}

/// Written anew for each test, over what an earlier one has left.
fn scratch_workspace() -> PathBuf {
    let name = std::thread::current()
        .name()
        .unwrap_or("scratch")
        .to_owned();
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let patch = repository().join("shim/patch");
    let manifest =
        include_str!("patch/workspace.toml").replace("{patch}", &patch.display().to_string());
    write(&root.join("Cargo.toml"), &manifest);
    // The versions of this build, so that nothing has to be fetched.
    let lock = fs::read_to_string(repository().join("Cargo.lock"));
    write(
        &root.join("Cargo.lock"),
        &lock.expect("the repository has a lock file"),
    );
    for (folder, files) in [("library", LIBRARY), ("program", PROGRAM)] {
        for (name, content) in files {
            write(&root.join(folder).join(name), content);
        }
    }
    root
}

fn write(path: &Path, content: &str) {
    fs::create_dir_all(path.parent().expect("it has a folder")).expect("the folder can be made");
    fs::write(path, content).expect("the file can be written");
}

/// Cargo, without what it tells a test of the test's own package: build scripts that look at it would run every time.
fn cargo(workspace: &Path) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    let about_this_test = env::vars_os().map(|(name, _)| name).filter(|name| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
    });
    for name in about_this_test {
        cargo.env_remove(name);
    }
    cargo
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", target());
    cargo
}

fn repository() -> PathBuf {
    let shim = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let repository = shim.and_then(Path::parent);
    repository
        .expect("this package is two folders below")
        .to_owned()
}

/// The folder that this test was built in.
fn target() -> &'static Path {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    tmp.parent().expect("cargo puts the one into the other")
}

fn succeeded(output: &Output) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(!text.contains("was not used"), "{text}");
}
