//! Generated parts of the documentation.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::summary;

const PAGE: &str = "services/README.md";
const BEGIN: &str = "<!-- begin: cargo xtask pages -->\n";
const END: &str = "<!-- end: cargo xtask pages -->";

/// What became of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was as it should be.
    Fresh,
    /// It was written.
    Written,
}

/// Writes the generated parts into their pages.
///
/// # Errors
///
/// When a stage does more than add, or a page cannot be read or has no place for its part.
pub fn write(root: &Path) -> anyhow::Result<Outcome> {
    let (old, new) = generate(root)?;
    if old == new {
        return Ok(Outcome::Fresh);
    }
    fs::write(root.join(PAGE), new).context(PAGE)?;
    Ok(Outcome::Written)
}

/// Asks whether [`write()`] would change anything.
///
/// # Errors
///
/// When it would, and when it would fail.
pub fn check(root: &Path) -> anyhow::Result<()> {
    let (old, new) = generate(root)?;
    if old != new {
        bail!("{PAGE} is stale: run `cargo xtask pages` and commit it");
    }
    Ok(())
}

fn generate(root: &Path) -> anyhow::Result<(String, String)> {
    let old = fs::read_to_string(root.join(PAGE)).context(PAGE)?;
    let table = summary::table(&summary::rows(root)?);
    let new = replaced(&old, &table)
        .with_context(|| format!("{PAGE} needs the lines `{}` and `{END}`", BEGIN.trim_end()))?;
    Ok((old, new))
}

fn replaced(page: &str, part: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{part}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_between_the_markers_is_replaced() {
        let page = format!("# Title\n\n{BEGIN}old\n{END}\n\nrest\n");

        let new = replaced(&page, "new\n").expect("markers");

        assert_eq!(new, format!("# Title\n\n{BEGIN}new\n{END}\n\nrest\n"));
        assert_eq!(replaced(&new, "new\n"), Some(new));
    }

    #[test]
    fn a_page_without_markers_is_left_alone() {
        assert_eq!(replaced("# Title\n", "new\n"), None);
        assert_eq!(replaced(&format!("{END}{BEGIN}"), "new\n"), None);
    }
}
