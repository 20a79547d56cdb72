//! A service's flow in all stages, side by side: `docs/compare/{api,auth,sms}.md`.
//!
//! - `align`: which token of a stage is which of bare
//! - `parts`: the same function in every stage
//! - `rows`: lines that share tokens, beside each other
//! - `markup`: code as HTML, with what was added marked
//! - `page`: all of it in Markdown
//!
//! A page is read on a code host, so it has neither styles nor a script: a table for each function, a column for each
//! stage, added tokens in bold.

mod align;
mod markup;
mod page;
mod parts;
mod rows;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::flow::Flow;
use crate::sameness;
use crate::stages::{self, BARE, SERVICES, Stage};

/// How long a line may be on a page, where six columns have to stand beside each other.
const WIDTH: usize = 60;

/// One service in one stage.
#[derive(Debug)]
struct Column {
    /// The stage.
    stage: String,
    /// Its file, from the root.
    file: PathBuf,
    /// The stage that this one has the file from, if it has none of its own.
    lender: Option<String>,
    /// The file's text with lines of at most [`WIDTH`].
    source: String,
    /// That text as tokens.
    flow: Flow,
    /// How many tokens the file has.
    tokens: usize,
    /// How many of them bare does not have.
    tokens_added: usize,
    /// The file's lines of code.
    lines: usize,
    /// The lines of the manifest that name dependencies.
    manifest: Vec<String>,
}

/// The pages, each with its path from the root.
///
/// # Errors
///
/// When a file is missing, a stage does more than add, or rustfmt does not run.
pub fn pages(root: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let stages = stages::all(root)?;
    ensure!(
        stages.first().is_some_and(|first| first.name == BARE),
        "the stage {BARE} is missing"
    );
    let pages = SERVICES.map(|service| {
        let columns = columns(root, &stages, service).context(service)?;
        let text = page::text(service, &columns).context(service)?;
        Ok((format!("docs/compare/{service}.md"), text))
    });
    pages.into_iter().collect()
}

fn columns(root: &Path, stages: &[Stage], service: &str) -> anyhow::Result<Vec<Column>> {
    let root = root.canonicalize()?;
    let bare = stages[0].flow(service)?;
    let mut columns = Vec::<Column>::new();
    for stage in stages {
        let path = stage.flow_path(service)?;
        let path = path.canonicalize().context(path.display().to_string())?;
        let file = path.strip_prefix(&root)?.to_owned();
        let flow = stage.flow(service)?;
        let lender = columns.iter().find(|earlier| earlier.file == file);
        let source = narrowed(&std::fs::read_to_string(&path)?)
            .with_context(|| file.display().to_string())?;
        columns.push(Column {
            stage: stage.name.clone(),
            lender: lender.map(|lender| lender.stage.clone()),
            flow: Flow::parse(&source)?,
            source,
            tokens: flow.tokens.len(),
            tokens_added: sameness::additions(&bare, &flow)
                .with_context(|| format!("stage {}", stage.name))?,
            lines: stage.flow_lines(service)?,
            manifest: stage.dependencies()?,
            file,
        });
    }
    Ok(columns)
}

/// The same code in shorter lines.
fn narrowed(source: &str) -> anyhow::Result<String> {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--config"])
        .arg(format!("max_width={WIDTH}"))
        .current_dir(crate::workspace::root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("rustfmt does not run")?;
    let mut stdin = rustfmt.stdin.take().expect("it is piped");
    // It reads everything before it writes, so that neither waits for the other.
    stdin.write_all(source.as_bytes())?;
    drop(stdin);
    let output = rustfmt.wait_with_output()?;
    ensure!(
        output.status.success(),
        "rustfmt ended with {}",
        output.status
    );
    String::from_utf8(output.stdout).context("rustfmt prints text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_shorter_and_tokens_stay() {
        let source =
            "fn f(a: &App, telemetry: &Telemetry, phone: &Phone) -> Result<CodeSent, Error> {}\n";

        let narrow = narrowed(source).expect("rustfmt runs");

        assert!(narrow.lines().all(|line| line.len() <= WIDTH), "{narrow}");
        let bare = Flow::parse(source).expect("valid Rust");
        let flow = Flow::parse(&narrow).expect("valid Rust");
        assert!(align::align(&bare.tokens, &flow.tokens).is_some());
    }

    #[test]
    fn what_is_no_rust_is_an_error() {
        assert!(narrowed("fn fn").is_err());
    }
}
