//! A service's flow in several stages, line beside line.
//!
//! - `column`: a service in one stage
//! - `align`: which token of a stage is which of bare
//! - `parts`: the same function in every stage
//! - `rows`: lines that share tokens, beside each other
//! - `paint`: code in runs, with what was added told apart

mod align;
mod column;
mod paint;
mod parts;
mod rows;

pub use align::{Alignment, align};
pub use column::{Column, columns};
pub use paint::{Kind, Line, Run, paint};

use crate::Error;
use parts::{File, Part};

/// The same part of several files: what comes before the first function, or a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The function; none before the first one.
    pub function: Option<String>,
    /// Its lines, beside each other.
    pub rows: Vec<Row>,
}

/// What stands beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The lines of each column; some of them none.
    pub cells: Vec<Cell>,
}

/// The lines of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The number of the first line, counted from one.
    pub first: usize,
    /// The lines.
    pub lines: Vec<Line>,
}

impl Row {
    /// How many lines the row takes.
    #[must_use]
    pub fn height(&self) -> usize {
        let heights = self.cells.iter().map(|cell| cell.lines.len());
        heights.max().unwrap_or_default()
    }
}

/// Puts columns beside each other, function by function. Bare may be one of them.
///
/// # Errors
///
/// When one lacks a function or a token of bare.
pub fn sections(bare: &Column, columns: &[&Column]) -> Result<Vec<Section>, Error> {
    let files = [bare].into_iter().chain(columns.iter().copied());
    let files = files.map(|column| File {
        stage: &column.stage,
        source: &column.source,
        flow: &column.flow,
    });
    let parts = parts::parts(&files.collect::<Vec<_>>())?;
    let parts = parts.into_iter().map(|part| {
        Ok(Section {
            rows: rows_of(&part, bare, columns)?,
            function: part.function,
        })
    });
    parts.collect()
}

/// The rows of a part, whose first place is bare's.
fn rows_of(part: &Part, bare: &Column, columns: &[&Column]) -> Result<Vec<Row>, Error> {
    let sources = columns
        .iter()
        .map(|column| column.source.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect::<Vec<_>>();
    let bare = &bare.flow.tokens[part.places[0].tokens.clone()];
    let mut painted = Vec::new();
    let mut beside = Vec::new();
    for ((column, place), lines) in columns.iter().zip(&part.places[1..]).zip(&sources) {
        let tokens = &column.flow.tokens[place.tokens.clone()];
        let Alignment { anchors, added } = align(bare, tokens).ok_or_else(|| {
            let function = part.function.as_ref();
            Error::Lacks {
                stage: column.stage.clone(),
                what: function.map_or_else(
                    || "a token before the first function".to_owned(),
                    |name| format!("a token of `{name}`"),
                ),
            }
        })?;
        painted.push(paint(&column.source, tokens, &added));
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

    let rows = rows::rows(&beside).into_iter().map(|row| {
        let cells = row.cells.into_iter().zip(&painted);
        let cells = cells.map(|(lines, painted)| Cell {
            first: lines.start + 1,
            lines: painted[lines].to_vec(),
        });
        Row {
            cells: cells.collect(),
        }
    });
    Ok(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SERVICES, Sources, stages};

    /// The text that is neither added nor a comment, without blanks, and without commas, which come and go with line breaks.
    fn business(cell: &Cell) -> String {
        let runs = cell.lines.iter().flatten();
        let shared = runs.filter(|run| run.kind == Kind::Shared);
        let text: String = shared.map(|run| run.text.as_str()).collect();
        text.replace([' ', ','], "")
    }

    #[test]
    fn each_row_has_the_same_business_in_every_stage() {
        let sources = Sources::embedded();
        let stages = stages::all(&sources).expect("the grid is there");
        for service in SERVICES {
            let columns = columns(&stages, service).expect("a column a stage");
            let columns = columns.iter().collect::<Vec<_>>();

            let sections = sections(columns[0], &columns).expect("all functions are there");

            for section in &sections {
                for row in &section.rows {
                    let bare = business(&row.cells[0]);
                    assert!(
                        row.cells.iter().all(|cell| business(cell) == bare),
                        "{service}: {row:#?}"
                    );
                }
                let with_business = section.rows.iter();
                let with_business = with_business.filter(|row| !business(&row.cells[0]).is_empty());
                assert!(with_business.count() > 1, "{service}: {section:?}");
            }
        }
    }

    #[test]
    fn any_two_stages_can_stand_beside_each_other_with_all_of_their_lines() {
        let sources = Sources::embedded();
        let stages = stages::all(&sources).expect("the grid is there");
        let columns = columns(&stages, "auth").expect("a column a stage");

        for left in &columns {
            for right in &columns {
                let pair = [left, right];
                let sections = sections(&columns[0], &pair).expect("all functions are there");

                for (at, column) in pair.into_iter().enumerate() {
                    let rows = sections.iter().flat_map(|section| &section.rows);
                    let cells = rows.map(|row| &row.cells[at]);
                    let lines = cells.flat_map(|cell| {
                        let numbers = cell.first..;
                        numbers.zip(&cell.lines)
                    });
                    let text: Vec<_> = column.source.lines().collect();
                    let mut shown = 0;
                    for (number, line) in lines {
                        let runs = line.iter().map(|run| run.text.as_str());
                        assert_eq!(runs.collect::<String>(), text[number - 1].trim_end());
                        shown += usize::from(!line.is_empty());
                    }
                    let written = text.iter().filter(|line| !line.is_empty());
                    assert_eq!(shown, written.count(), "{}", column.stage);
                }
            }
        }
    }
}
