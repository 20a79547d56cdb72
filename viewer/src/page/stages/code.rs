//! Code in two columns, row beside row.

use grid::side_by_side::{Cell, Kind, Line, Row, Run, Section, sections};
use grid::{BARE, Column};
use maud::{Markup, html};

use super::super::text::counted;
use super::Chosen;
use super::library::Library;

/// Both flows, function by function.
pub(super) fn view(chosen: &Chosen<'_>) -> Markup {
    let columns = [chosen.left, chosen.right];
    let found = sections(chosen.bare, &columns);
    html! {
        @match found {
            Ok(sections) => {
                @for (at, section) in sections.iter().enumerate() { (table(chosen, section, at)) }
            }
            Err(error) => p role="alert" { (error) },
        }
    }
}

fn table(chosen: &Chosen<'_>, section: &Section, at: usize) -> Markup {
    let title = section.function.as_deref();
    let id = format!("part-{at}");
    html! {
        section .part aria-labelledby=(id) {
            h2 id=(id) { @match title { Some(name) => code { "fn " (name) }, None => "The head of the file" } }
            table .code {
                caption .unseen {
                    (title.unwrap_or("The head of the file")) " in " (chosen.left.stage) " and " (chosen.right.stage)
                }
                thead .again[at > 0] { tr { (head(chosen, chosen.left, at)) (head(chosen, chosen.right, at)) } }
                tbody { @for row in &section.rows { (beside(chosen, row)) } }
            }
        }
    }
}

/// Whose code the column is; the first one says how much of the file is the stage's own, too.
fn head(chosen: &Chosen<'_>, column: &Column, at: usize) -> Markup {
    let service = chosen.service;
    html! {
        th scope="col" {
            strong { (column.stage) }
            @if at == 0 { " " span .note {
                @match &column.lender {
                    Some(lender) => { "takes " (lender) "’s " code { (service) ".rs" } " by " code { "#[path]" } }
                    None => code { (service) ".rs" },
                }
                ", "
                @if column.stage == BARE {
                    (counted(column.lines, "line"))
                } @else {
                    "+" (counted(column.lines.saturating_sub(chosen.bare.lines), "line"))
                }
            } }
        }
    }
}

fn beside(chosen: &Chosen<'_>, row: &Row) -> Markup {
    let [left, right] = row.cells.as_slice() else {
        return html! {};
    };
    let same = left.lines == right.lines;
    html! {
        tr .same[same] {
            (cell(&chosen.left.stage, left))
            (cell(&chosen.right.stage, right))
        }
    }
}

fn cell(stage: &str, cell: &Cell) -> Markup {
    html! {
        td data-stage=(stage) .none[cell.lines.is_empty()] {
            @if !cell.lines.is_empty() { code { (lines(cell.first, &cell.lines)) } }
        }
    }
}

fn lines(first: usize, lines: &[Line]) -> Markup {
    let is_added = |line: &Line| line.iter().any(|run| run.kind == Kind::Added);
    html! {
        @for (number, line) in (first..).zip(lines) {
            span .l .a[is_added(line)] data-n=(number) {
                @for Run { kind, text } in line {
                    @match kind {
                        Kind::Added => ins { (text) },
                        Kind::Comment => i { (text) },
                        Kind::Shared | Kind::Blank => (text),
                    }
                }
            }
        }
    }
}

/// The files that set tracing up, each to be unfolded.
pub(super) fn setup(library: &Library, chosen: &Chosen<'_>) -> Markup {
    let mut columns = vec![chosen.left];
    if chosen.left.stage != chosen.right.stage {
        columns.push(chosen.right);
    }
    html! {
        section .part aria-labelledby="setup" {
            h2 #setup { "What sets tracing up" }
            p .note { "Written once for a stage, and shared by its services. It has no counterpart in " (BARE) "." }
            div .setup {
                @for column in columns {
                    div { h3 { (column.stage) } (files(library, &column.stage)) }
                }
            }
        }
    }
}

fn files(library: &Library, stage: &str) -> Markup {
    let paths = library.setup.get(stage).map_or(&[][..], Vec::as_slice);
    html! {
        @if paths.is_empty() { p .note { "Nothing." } }
        @for path in paths {
            @let lines_of_file = library.files.get(path).map_or(&[][..], Vec::as_slice);
            @let (owner, name) = path.split_once("/src/").unwrap_or_default();
            details {
                summary {
                    @if owner != stage { (owner) "’s " }
                    code { (name) } " " span .note { (counted(lines_of_file.len(), "line")) }
                }
                div .file tabindex="0" role="region" aria-label={ (name) " of " (owner) } {
                    code { (lines(1, lines_of_file)) }
                }
            }
        }
    }
}
