//! A service's page.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::Context as _;

use super::align::{Alignment, align};
use super::parts::{self, File, Part};
use super::rows::{self, rows};
use super::{Column, WIDTH, markup};
use crate::stages::{BARE, SERVICES};

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
    for part in sections(columns)? {
        page.push('\n');
        page.push_str(&part);
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
        let file = format!("[{owner}{service}.rs](../../{})", file.display());
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
fn sections(columns: &[Column]) -> anyhow::Result<Vec<String>> {
    let own = columns.iter().filter(|column| column.lender.is_none());
    let own = own.collect::<Vec<_>>();
    let files = own.iter().map(|column| File {
        source: &column.source,
        flow: &column.flow,
    });
    let parts = parts::parts(&files.collect::<Vec<_>>())?;
    let mut sections = Vec::new();
    for part in &parts {
        let title = part.function.as_ref();
        let title = title.map_or_else(|| "The head".to_owned(), |name| format!("`{name}`"));
        let cells = cells(part, &own).with_context(|| title.clone())?;
        let mut cells = cells.iter();
        let cells = columns.iter().map(|column| match &column.lender {
            Some(lender) => format!("<td>{lender}'s file</td>\n"),
            None => {
                let lines = cells.next().map_or(&[][..], Vec::as_slice);
                let lines = lines.iter().map(String::as_str).collect::<Vec<_>>();
                format!("<td>{}</td>\n", markup::preformatted(&lines))
            }
        });
        sections.push(format!(
            "### {title}\n\n<table>\n<tr>{}</tr>\n<tr valign=\"top\">\n{}</tr>\n</table>\n",
            heads(columns),
            cells.collect::<String>()
        ));
    }
    Ok(sections)
}

/// The lines of each column, as many in all, so that what is on one row is on one line.
fn cells(part: &Part, columns: &[&Column]) -> anyhow::Result<Vec<Vec<String>>> {
    let mut cells = vec![Vec::new(); columns.len()];
    for row in painted_rows(part, columns)? {
        let height = row.iter().map(Vec::len).max().unwrap_or_default();
        for (cell, mut lines) in cells.iter_mut().zip(row) {
            lines.resize(height, String::new());
            cell.append(&mut lines);
        }
    }
    Ok(cells)
}

/// The rows of a part: of each column the lines that stand beside the others', as HTML.
fn painted_rows(part: &Part, columns: &[&Column]) -> anyhow::Result<Vec<Vec<Vec<String>>>> {
    let sources = columns
        .iter()
        .map(|column| column.source.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect::<Vec<_>>();
    let bare = &columns[0].flow.tokens[part.places[0].tokens.clone()];
    let mut painted = Vec::new();
    let mut beside = Vec::new();
    for ((column, place), lines) in columns.iter().zip(&part.places).zip(&sources) {
        let tokens = &column.flow.tokens[place.tokens.clone()];
        let Alignment { anchors, added } = align(bare, tokens)
            .with_context(|| format!("stage {} lacks a token of it", column.stage))?;
        painted.push(markup::lines(&column.source, tokens, &added));
        let lines_of = |anchor: &usize| {
            let token = &tokens[*anchor];
            (token.start.line - 1, token.end.line - 1)
        };
        beside.push(rows::Column {
            lines,
            part: place.lines.clone(),
            anchors: anchors.iter().map(lines_of).collect(),
        });
    }

    let rows = rows(&beside).into_iter().map(|row| {
        let cells = row.cells.into_iter().zip(&painted);
        cells
            .map(|(lines, painted)| painted[lines].to_vec())
            .collect()
    });
    Ok(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{stages, workspace};

    /// The text that is neither added nor a comment, without blanks, and without commas, which come and go with line breaks.
    fn business(lines: &[String]) -> String {
        let mut text = lines.concat();
        for (open, close) in [("<b>", "</b>"), ("<i>", "</i>")] {
            while let Some((before, rest)) = text.split_once(open) {
                let (_, after) = rest
                    .split_once(close)
                    .expect("the element ends in its line");
                text = format!("{before}{after}");
            }
        }
        text.replace([' ', ','], "")
    }

    #[test]
    fn each_row_has_the_same_business_in_every_stage() {
        let root = workspace::root();
        let stages = stages::all(&root).expect("the grid is there");
        for service in SERVICES {
            let columns = super::super::columns(&root, &stages, service).expect("a column a stage");
            let columns = columns.iter().collect::<Vec<_>>();
            let files = columns.iter().map(|column| File {
                source: &column.source,
                flow: &column.flow,
            });
            let parts = parts::parts(&files.collect::<Vec<_>>()).expect("all functions are there");

            for part in &parts {
                let rows = painted_rows(part, &columns).expect("all tokens are there");

                for row in &rows {
                    let bare = business(&row[0]);
                    assert!(
                        row.iter().all(|lines| business(lines) == bare),
                        "{service}: {row:#?}"
                    );
                }
                let with_business = rows.iter().filter(|row| !business(&row[0]).is_empty());
                assert!(with_business.count() > 1, "{service}: {part:?}");
                let cells = cells(part, &columns).expect("all tokens are there");
                assert!(cells.iter().all(|lines| lines.len() == cells[0].len()));
            }
        }
    }
}
