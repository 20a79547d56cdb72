//! The whole run, short: it has to work, what it measures means nothing.

use std::path::Path;
use std::process::{Command, Output};

use testbed::programs::REDIS_SERVER;

/// Runs the command in a folder of its own.
fn cards(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_load"))
        .arg("cards")
        .args(arguments)
        .current_dir(folder)
        // The binary that counts was built with this test.
        .env_remove("CARGO")
        .output()
        .expect("cargo has built it")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The cells of a stage's row below this heading of a table.
fn row(page: &str, table: &str, stage: &str) -> Vec<String> {
    let (_, rest) = page
        .split_once(table)
        .unwrap_or_else(|| panic!("{table} is not in\n{page}"));
    let start = format!("| {stage} |");
    let found = rest.lines().find(|line| line.starts_with(&start));
    let found = found.unwrap_or_else(|| panic!("{stage} has no row below {table} in\n{page}"));
    found
        .trim_matches('|')
        .split('|')
        .map(|cell| cell.trim().to_owned())
        .collect()
}

fn number(cell: &str) -> f64 {
    cell.parse()
        .unwrap_or_else(|_| panic!("{cell:?} is no number"))
}

#[test]
fn a_run_over_the_store_in_memory_counts_what_each_stage_does() {
    let folder = tempfile::tempdir().unwrap();

    let output = cards(
        folder.path(),
        &[
            "--quick",
            "--stages",
            "shim,native",
            "--sampling",
            "100,0",
            "--store",
            "memory",
        ],
    );

    let (page, said) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Not written to docs/cost.md"), "{said}");
    assert!(
        page.contains("| shim is not dearer than native |"),
        "{page}"
    );
    let (kept, not_kept) = page.split_once("## Keeping 0 %").unwrap();
    let table = "What a login takes";
    let [bare, shim, native] = ["bare", "shim", "native"].map(|stage| row(kept, table, stage));
    for traced in [&shim, &native] {
        assert!(number(&traced[1]) > 0.0, "CPU: {traced:?}");
        assert!(
            number(&traced[3]) > number(&bare[3]),
            "spans are not made without memory: {traced:?}"
        );
        assert_eq!(traced[5], "15.0", "spans: {traced:?}");
        assert!(number(&traced[6]) > 1000.0, "bytes: {traced:?}");
    }
    for quiet in [
        &bare,
        &row(not_kept, table, "shim"),
        &row(not_kept, table, "native"),
    ] {
        assert_eq!((&*quiet[5], &*quiet[6]), ("0.0", "0"), "{quiet:?}");
    }
}

#[test]
fn a_run_over_a_real_redis_takes_spans_by_either_way() {
    if REDIS_SERVER.find_or_skip().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();

    let output = cards(
        folder.path(),
        &[
            "--quick",
            "--stages",
            "legacy,dropin",
            "--sampling",
            "100",
            "--store",
            "redis",
        ],
    );

    let (page, said) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(page.contains("| Store | Redis "), "{page}");
    for stage in ["legacy", "dropin"] {
        let taken = row(&page, "What a login takes", stage);
        assert_eq!(taken[5], "15.0", "spans: {taken:?}");
        assert!(number(&taken[6]) > 1000.0, "bytes: {taken:?}");
    }
}

#[test]
fn a_rate_beyond_what_a_stage_bears_is_refused() {
    let folder = tempfile::tempdir().unwrap();

    let output = cards(
        folder.path(),
        &[
            "--quick", "--stages", "bare", "--store", "memory", "--rate", "900000",
        ],
    );

    let said = text(&output.stderr);
    assert!(!output.status.success());
    assert!(
        said.contains("900000 logins a second are more than the slowest stage can bear"),
        "{said}"
    );
}

#[test]
fn a_redis_that_is_wanted_and_not_there_is_named_with_the_remedy() {
    let output = Command::new(env!("CARGO_BIN_EXE_load"))
        .args(["cards", "--quick", "--store", "redis"])
        .env(REDIS_SERVER.variable, "no/such/redis-server")
        .env_remove("CARGO")
        .output()
        .expect("cargo has built it");

    let said = text(&output.stderr);
    assert!(!output.status.success());
    assert!(
        said.contains("install redis-server, or use --store memory"),
        "{said}"
    );
}

#[test]
#[cfg(debug_assertions)]
fn a_debug_build_writes_no_page() {
    let folder = tempfile::tempdir().unwrap();

    let output = cards(folder.path(), &["--quick", "--output", "cost.md"]);

    let said = text(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("use cargo run --release"), "{said}");
    assert!(!folder.path().join("cost.md").exists());
}
