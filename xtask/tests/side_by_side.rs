//! The pages that show a service in every stage.

use std::fs;

use grid::SERVICES;
use xtask::{side_by_side, workspace};

/// What a code host still shows in full.
const LIMIT: usize = 150_000;

#[test]
fn the_pages_are_fresh_and_of_a_bearable_size() {
    let root = workspace::root();

    let pages = side_by_side::pages(&root).expect("the stages can be compared");

    assert_eq!(pages.len(), SERVICES.len());
    for (path, page) in pages {
        let old = fs::read_to_string(root.join(&path)).expect("the page is there");
        assert!(page.len() < LIMIT, "{path} has {} bytes", page.len());
        assert!(old == page, "{path} is stale: run `cargo xtask pages`");
    }
}

#[test]
fn no_table_of_code_is_ended_early() {
    let pages = side_by_side::pages(&workspace::root()).expect("the stages can be compared");

    for (path, page) in pages {
        let tables = page.split("<table>").skip(1);
        let tables = tables.map(|rest| rest.split("</table>").next().unwrap_or(rest));
        let tables = tables.collect::<Vec<_>>();
        assert!(tables.len() > 5, "{path} has {} tables", tables.len());
        for table in tables {
            // To Markdown, a blank line is the end of the HTML.
            assert!(
                !table.trim().lines().any(|line| line.trim().is_empty()),
                "{path}: {table}"
            );
            let columns = table.matches("<th").count();
            assert_eq!(
                table.matches("<td>").count() % columns,
                0,
                "{path}: {table}"
            );
            for tag in ["td", "tr", "pre", "b", "i", "code"] {
                let [open, close] = [format!("<{tag}>"), format!("</{tag}>")];
                let opened = table.replace(" valign=\"top\"", "").matches(&open).count();
                assert_eq!(
                    opened,
                    table.matches(&close).count(),
                    "{path}: {tag}: {table}"
                );
            }
        }
    }
}
