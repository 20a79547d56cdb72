//! A service's page.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use grid::side_by_side::{Section, sections};
use grid::{BARE, Column, SERVICES};

use super::{WIDTH, markup};

/// The page in Markdown. The first column is bare's.
pub(super) fn text(service: &str, columns: &[Column]) -> anyhow::Result<String> {
    let mut page = format!(
        "# {service} in every stage\n\n\
         <!-- made by cargo xtask pages from services/stages -->\n\n\
         {}\n\n{}\n{}\n",
        introduction(service),
        numbers(service, columns),
        manifests(columns),
    );
    page.push_str("## The code\n");
    for table in tables(columns)? {
        page.push('\n');
        page.push_str(&table);
    }
    Ok(page)
}

fn introduction(service: &str) -> String {
    let others = SERVICES.iter().filter(|other| **other != service);
    let others = others.map(|other| format!("[{other}]({other}.md)"));
    format!(
        "The same service before, during and after a migration: each table of code is a function, each column a stage. Read along a\n\
         row to see what a stage does to a line of business. The other services are {}. What the stages are is told\n\
         [with the services](../../services/README.md), how to go from one to the next in [the guide](../guide.md).\n\n\
         - Plain text is business: the tokens of [{BARE}](../../services/stages/{BARE}/src/{service}.rs), which every stage has, in the\n  \
           same order.\n\
         - <b>Bold</b> is what the stage adds, and what is counted.\n\
         - <i>Italic</i> is a comment, and counts as nothing.\n\
         - What belongs together begins on the same line in all columns. Blank lines make room for it.\n\
         - Lines are broken after {WIDTH} characters here, so that more columns fit, and gain a comma where that ends a list.",
        others.collect::<Vec<_>>().join(" and ")
    )
}

fn numbers(service: &str, columns: &[Column]) -> String {
    let mut table = String::from(
        "## In numbers\n\n\
         | Stage | File | Lines of code | Lines added | Tokens | Tokens added | Manifest lines |\n\
         |---|---|--:|--:|--:|--:|--:|\n",
    );
    let bare = &columns[0];
    for column in columns {
        let Column { stage, file, .. } = column;
        let owner = column.lender.as_ref();
        let owner = owner.map_or_else(String::new, |lender| format!("{lender}'s "));
        let file = format!("[{owner}{service}.rs](../../{file})");
        let only = |one: &Column, other: &Column| {
            let lines = one.manifest.iter();
            lines.filter(|line| !other.manifest.contains(line)).count()
        };
        writeln!(
            table,
            "| [{stage}](../../services/stages/{stage}) | {file} | {} | {} | {} | {} | [+{} −{}](../../services/stages/{stage}/Cargo.toml) |",
            column.lines,
            column.lines.saturating_sub(bare.lines),
            column.tokens,
            column.tokens_added,
            only(column, bare),
            only(bare, column),
        )
        .expect("writing to a string succeeds");
    }
    table
}

/// The dependencies that not all stages have.
fn manifests(columns: &[Column]) -> String {
    let lines = columns.iter().flat_map(|column| &column.manifest);
    let lines = lines.collect::<BTreeSet<_>>().into_iter().filter(|line| {
        let have = |column: &Column| column.manifest.contains(line);
        !columns.iter().all(have)
    });

    let mut table = format!(
        "## The manifests\n\n\
         The three services of a stage have one manifest. These are the dependencies that not every stage has.\n\n\
         <table>\n<tr><th align=\"left\">Line</th>{}</tr>\n",
        heads(columns)
    );
    for line in lines {
        let marks = columns.iter().map(|column| {
            let mark = if column.manifest.contains(line) {
                "yes"
            } else {
                ""
            };
            format!("<td>{mark}</td>")
        });
        writeln!(
            table,
            "<tr><td><code>{}</code></td>{}</tr>",
            markup::escaped(line),
            marks.collect::<String>()
        )
        .expect("writing to a string succeeds");
    }
    table.push_str("</table>\n");
    table
}

fn heads(columns: &[Column]) -> String {
    let heads = columns
        .iter()
        .map(|column| format!("<th align=\"left\">{}</th>", column.stage));
    heads.collect()
}

/// Each part of the flow, as a heading and a table.
fn tables(columns: &[Column]) -> anyhow::Result<Vec<String>> {
    let own = columns.iter().filter(|column| column.lender.is_none());
    let own = own.collect::<Vec<_>>();
    let mut tables = Vec::new();
    for section in sections(&columns[0], &own)? {
        let title = section.function.as_ref();
        let title = title.map_or_else(|| "The head".to_owned(), |name| format!("`{name}`"));
        let cells = cells(&section, own.len());
        let mut cells = cells.iter();
        let cells = columns.iter().map(|column| match &column.lender {
            Some(lender) => format!("<td>{lender}'s file</td>\n"),
            None => {
                let lines = cells.next().map_or(&[][..], Vec::as_slice);
                let lines = lines.iter().map(String::as_str).collect::<Vec<_>>();
                format!("<td>{}</td>\n", markup::preformatted(&lines))
            }
        });
        tables.push(format!(
            "### {title}\n\n<table>\n<tr>{}</tr>\n<tr valign=\"top\">\n{}</tr>\n</table>\n",
            heads(columns),
            cells.collect::<String>()
        ));
    }
    Ok(tables)
}

/// The lines of each column, as many in all, so that what is on one row is on one line.
fn cells(section: &Section, columns: usize) -> Vec<Vec<String>> {
    let mut cells = vec![Vec::new(); columns];
    for row in &section.rows {
        for (cell, beside) in cells.iter_mut().zip(&row.cells) {
            let end = cell.len() + row.height();
            cell.extend(beside.lines.iter().map(markup::line));
            cell.resize(end, String::new());
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use grid::side_by_side::columns;
    use grid::{Sources, stages};

    #[test]
    fn all_columns_of_a_table_have_as_many_lines() {
        let sources = Sources::embedded();
        let stages = stages::all(&sources).expect("the grid is there");
        let columns = columns(&stages, "api").expect("a column a stage");
        let columns = columns.iter().collect::<Vec<_>>();

        for section in sections(columns[0], &columns).expect("all functions are there") {
            let cells = cells(&section, columns.len());

            assert!(cells[0].len() > 1, "{section:?}");
            assert!(cells.iter().all(|lines| lines.len() == cells[0].len()));
        }
    }
}
