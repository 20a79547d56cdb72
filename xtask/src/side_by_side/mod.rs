//! A service's flow in all stages, side by side: `docs/compare/{api,auth,sms}.md`.
//!
//! What stands beside what is found by [`grid::side_by_side`]. Here it becomes a page:
//!
//! - `markup`: code as HTML, with what was added marked
//! - `page`: all of it in Markdown
//!
//! A page is read on a code host, so it has neither styles nor a script: a table for each function, a column for each
//! stage, added tokens in bold.

mod markup;
mod page;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use grid::side_by_side::columns;
use grid::{Column, SERVICES, Sources, stages};

/// How long a line may be on a page, where six columns have to stand beside each other.
const WIDTH: usize = 60;

/// The pages, each with its path from the root.
///
/// # Errors
///
/// When a file is missing, a stage does more than add, or rustfmt does not run.
pub fn pages(root: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let sources = Sources::read(root)?;
    let stages = stages::all(&sources)?;
    let pages = SERVICES.map(|service| {
        let columns = columns(&stages, service)?.into_iter().map(narrow);
        let columns = columns.collect::<anyhow::Result<Vec<_>>>()?;
        let text = page::text(service, &columns).context(service)?;
        Ok((format!("docs/compare/{service}.md"), text))
    });
    pages.into_iter().collect()
}

fn narrow(column: Column) -> anyhow::Result<Column> {
    let source = narrowed(&column.source).with_context(|| column.file.clone())?;
    Ok(column.laid_out(source)?)
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
    use grid::flow::Flow;
    use grid::side_by_side::align;

    use super::*;

    #[test]
    fn lines_become_shorter_and_tokens_stay() {
        let source =
            "fn f(a: &App, telemetry: &Telemetry, phone: &Phone) -> Result<CodeSent, Error> {}\n";

        let narrow = narrowed(source).expect("rustfmt runs");

        assert!(narrow.lines().all(|line| line.len() <= WIDTH), "{narrow}");
        let bare = Flow::parse(source).expect("valid Rust");
        let flow = Flow::parse(&narrow).expect("valid Rust");
        assert!(align(&bare.tokens, &flow.tokens).is_some());
    }

    #[test]
    fn what_is_no_rust_is_an_error() {
        assert!(narrowed("fn fn").is_err());
    }
}
