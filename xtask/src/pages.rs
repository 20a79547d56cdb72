//! Generated parts of the documentation.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use grid::Sources;

use crate::{diff, fleets, includes, mapping, mistakes, side_by_side, summary};

/// The pages with the measures of the stages, and where the stages are from there.
const MEASURES: [(&str, &str); 2] = [
    ("README.md", "services/stages"),
    ("services/README.md", "stages"),
];
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
    for generate in GENERATORS {
        for Page { path, old, new } in generate(root)? {
            if old != new {
                let path = root.join(path);
                if let Some(folder) = path.parent() {
                    fs::create_dir_all(folder).context(folder.display().to_string())?;
                }
                fs::write(&path, new).context(path.display().to_string())?;
                outcome = Outcome::Written;
            }
        }
    }
    Ok(outcome)
}

/// Asks whether [`write()`] would change anything.
///
/// # Errors
///
/// When it would, with the lines that it would change, and when it would fail.
pub fn check(root: &Path) -> anyhow::Result<()> {
    for generate in GENERATORS {
        for page in generate(root)? {
            page.check()?;
        }
    }
    Ok(())
}

/// A page, as it is and as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Page {
    path: String,
    old: String,
    new: String,
}

impl Page {
    /// A page that is generated as a whole. It is there once it has been written.
    fn whole(root: &Path, path: &str, new: String) -> Self {
        Self {
            path: path.to_owned(),
            old: fs::read_to_string(root.join(path)).unwrap_or_default(),
            new,
        }
    }

    fn check(&self) -> anyhow::Result<()> {
        let Self { path, old, new } = self;
        ensure!(
            old == new,
            "{path} is stale: run `cargo xtask pages` and commit it\n{}",
            diff::changes(old, new)
        );
        Ok(())
    }
}

type Generator = fn(&Path) -> anyhow::Result<Vec<Page>>;

/// What writes pages. The one that takes a while comes last, when nothing else can be wrong.
const GENERATORS: [Generator; 5] = [
    shown_code,
    the_mapping,
    stages_side_by_side,
    every_mistake,
    every_fleet,
];

fn shown_code(root: &Path) -> anyhow::Result<Vec<Page>> {
    let pages = CODE.into_iter().map(|page| {
        let old = fs::read_to_string(root.join(page)).context(page)?;
        let mut new = includes::refreshed(root, &old).context(page)?;
        if let Some((_, stages)) = MEASURES.iter().find(|(measured, _)| *measured == page) {
            let rows = grid::summary::rows(&Sources::read(root)?)?;
            let table = summary::table(&rows, stages);
            new = with_part(page, &new, &table)?;
        }
        Ok(Page {
            path: page.to_owned(),
            old,
            new,
        })
    });
    pages.collect()
}

fn the_mapping(root: &Path) -> anyhow::Result<Vec<Page>> {
    let path = mapping::PAGE;
    let old = fs::read_to_string(root.join(path)).context(path)?;
    let new = with_part(path, &old, &mapping::tables())?;
    Ok(vec![Page {
        path: path.to_owned(),
        old,
        new,
    }])
}

fn stages_side_by_side(root: &Path) -> anyhow::Result<Vec<Page>> {
    let pages = side_by_side::pages(root)?.into_iter();
    let pages = pages.map(|(path, new)| Page::whole(root, &path, new));
    Ok(pages.collect())
}

fn every_mistake(root: &Path) -> anyhow::Result<Vec<Page>> {
    let new = mistakes::page(root)?;
    Ok(vec![Page::whole(root, mistakes::PAGE, new)])
}

fn every_fleet(root: &Path) -> anyhow::Result<Vec<Page>> {
    Ok(vec![Page::whole(root, fleets::PAGE, fleets::page()?)])
}

/// The page with its generated part.
fn with_part(path: &str, page: &str, part: &str) -> anyhow::Result<String> {
    replaced(page, part)
        .with_context(|| format!("{path} needs the lines `{}` and `{END}`", BEGIN.trim_end()))
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
    fn a_stale_page_is_an_error_that_shows_the_lines() {
        let root = tempfile::tempdir().expect("a folder");
        fs::write(root.path().join("page.md"), "a\nb\n").expect("the page is written");

        let fresh = Page::whole(root.path(), "page.md", "a\nb\n".to_owned());
        let stale = Page::whole(root.path(), "page.md", "a\nc\n".to_owned());
        let missing = Page::whole(root.path(), "none.md", "a\n".to_owned());

        assert!(fresh.check().is_ok());
        let said = |page: Page| page.check().expect_err("it is stale").to_string();
        assert!(
            said(stale).ends_with("commit it\n a\n-b\n+c\n"),
            "the lines are not there"
        );
        assert!(said(missing).starts_with("none.md is stale"));
    }

    #[test]
    fn a_page_without_markers_is_left_alone() {
        assert_eq!(replaced("# Title\n", "new\n"), None);
        assert_eq!(replaced(&format!("{END}{BEGIN}"), "new\n"), None);
    }
}
