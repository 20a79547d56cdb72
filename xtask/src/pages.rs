//! Generated parts of the documentation.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::{fleets, includes, summary};

/// The page with the measures of the stages.
const MEASURES: &str = "services/README.md";
/// The pages that may show code.
const CODE: [&str; 4] = [
    "README.md",
    "services/README.md",
    "docs/architecture.md",
    "docs/guide.md",
];
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
/// When a stage does more than add, or a page cannot be read, has no place for its part, or shows what is not there.
pub fn write(root: &Path) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::Fresh;
    for (page, old, new) in generate(root)? {
        if old != new {
            fs::write(root.join(page), new).context(page)?;
            outcome = Outcome::Written;
        }
    }
    Ok(outcome)
}

/// Asks whether [`write()`] would change anything.
///
/// # Errors
///
/// When it would, and when it would fail.
pub fn check(root: &Path) -> anyhow::Result<()> {
    for (page, old, new) in generate(root)? {
        if old != new {
            bail!("{page} is stale: run `cargo xtask pages` and commit it");
        }
    }
    Ok(())
}

/// Each page, as it is and as it should be.
fn generate(root: &Path) -> anyhow::Result<Vec<(&'static str, String, String)>> {
    let mut pages = CODE
        .into_iter()
        .map(|page| {
            let old = fs::read_to_string(root.join(page)).context(page)?;
            let mut new = includes::refreshed(root, &old).context(page)?;
            if page == MEASURES {
                let table = summary::table(&summary::rows(root)?);
                new = replaced(&new, &table).with_context(|| {
                    format!("{page} needs the lines `{}` and `{END}`", BEGIN.trim_end())
                })?;
            }
            Ok((page, old, new))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    // The one that takes a while comes last, when nothing else can be wrong. It is there once it has been written.
    let old = fs::read_to_string(root.join(fleets::PAGE)).unwrap_or_default();
    pages.push((fleets::PAGE, old, fleets::page()?));
    Ok(pages)
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
