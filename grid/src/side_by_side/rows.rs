//! Lines of several texts, put beside each other so that what they share is on one row.

use std::ops::Range;

/// One text, or a part of it.
#[derive(Debug)]
pub(super) struct Column<'a> {
    /// All lines of the text.
    pub(super) lines: &'a [String],
    /// The lines that belong to the part.
    pub(super) part: Range<usize>,
    /// The lines of each shared token, first and last. All columns have the same tokens, in the same order.
    pub(super) anchors: Vec<(usize, usize)>,
}

/// The lines of each column that stand beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// A range of lines for each column; some of them empty.
    pub(super) cells: Vec<Range<usize>>,
}

impl Row {
    /// How many lines the row takes.
    #[must_use]
    pub(super) fn height(&self) -> usize {
        self.cells.iter().map(Range::len).max().unwrap_or_default()
    }
}

/// Puts the columns beside each other. Every line of a part is on exactly one row, in order.
///
/// A row is as small as it can be: it ends wherever all columns have a line's end between the same two shared tokens. What
/// stands between two such rows is put on rows by the comments that all have there.
#[must_use]
pub(super) fn rows(columns: &[Column<'_>]) -> Vec<Row> {
    let count = columns.first().map_or(0, |column| column.anchors.len());
    let cuts = (1..count).filter(|at| {
        columns
            .iter()
            .all(|column| column.anchors[at - 1].1 < column.anchors[*at].0)
    });
    let mut bounds = [0].into_iter().chain(cuts).collect::<Vec<_>>();
    bounds.push(count);

    let mut rows = Vec::new();
    let mut ends = starts(columns);
    if count > 0 {
        for bound in bounds.windows(2) {
            let lines = |column: &Column<'_>| {
                column.anchors[bound[0]].0..column.anchors[bound[1] - 1].1 + 1
            };
            let shared = columns.iter().map(lines).collect::<Vec<_>>();
            between(columns, &ends, &firsts(&shared), &mut rows);
            ends = shared.iter().map(|lines| lines.end).collect();
            push(shared, &mut rows);
        }
    }
    let last = columns.iter().map(|column| column.part.end);
    between(columns, &ends, &last.collect::<Vec<_>>(), &mut rows);
    rows
}

fn starts(columns: &[Column<'_>]) -> Vec<usize> {
    columns.iter().map(|column| column.part.start).collect()
}

fn firsts(ranges: &[Range<usize>]) -> Vec<usize> {
    ranges.iter().map(|range| range.start).collect()
}

/// The lines without shared tokens: a line that is the same in all columns, as a heading is, is on one row.
fn between(columns: &[Column<'_>], starts: &[usize], ends: &[usize], rows: &mut Vec<Row>) {
    let mut starts = starts.to_vec();
    for line in starts[0]..ends[0] {
        let text = columns[0].lines[line].trim();
        if text.is_empty() {
            continue;
        }
        let same = columns.iter().zip(starts.iter().zip(ends));
        let same = same.map(|(column, (start, end))| {
            (*start..*end).find(|other| column.lines[*other].trim() == text)
        });
        let Some(same) = same.collect::<Option<Vec<_>>>() else {
            continue;
        };
        push(ranges(&starts, &same), rows);
        starts = same.iter().map(|line| line + 1).collect();
        push(ranges(&same, &starts), rows);
    }
    push(ranges(&starts, ends), rows);
}

fn ranges(starts: &[usize], ends: &[usize]) -> Vec<Range<usize>> {
    let pairs = starts.iter().zip(ends);
    pairs.map(|(start, end)| *start..*end).collect()
}

fn push(cells: Vec<Range<usize>>, rows: &mut Vec<Row>) {
    let row = Row { cells };
    if row.height() > 0 {
        rows.push(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of one-letter tokens; capital ones are shared. Each row is shown as its cells.
    fn table(texts: &[&str]) -> Vec<String> {
        let texts = texts
            .iter()
            .map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
            .collect::<Vec<_>>();
        let columns = texts.iter().map(|lines| Column {
            lines,
            part: 0..lines.len(),
            anchors: anchors(lines),
        });
        let rows = rows(&columns.collect::<Vec<_>>());
        let show = |row: &Row| {
            let cells = row.cells.iter().zip(&texts);
            let cells = cells.map(|(cell, lines)| lines[cell.clone()].join("/"));
            cells.collect::<Vec<_>>().join("|")
        };
        rows.iter().map(show).collect()
    }

    fn anchors(lines: &[String]) -> Vec<(usize, usize)> {
        let lines = lines.iter().enumerate();
        lines
            .flat_map(|(at, line)| {
                let shared = line.chars().filter(|token| token.is_ascii_uppercase());
                shared.map(move |_| (at, at))
            })
            .collect()
    }

    #[test]
    fn an_added_line_has_a_row_of_its_own() {
        assert_eq!(
            table(&["AB\nC", "AB\nx\nC", "AxB\nC"]),
            ["AB|AB|AxB", "|x|", "C|C|C"]
        );
    }

    #[test]
    fn a_line_that_was_broken_up_stays_beside_the_whole_one() {
        assert_eq!(table(&["AB\nC", "A\nx\nB\nC"]), ["AB|A/x/B", "C|C"]);
    }

    #[test]
    fn lines_that_end_at_different_tokens_share_a_row() {
        assert_eq!(table(&["AB\nCD\nE", "ABC\nD\nE"]), ["AB/CD|ABC/D", "E|E"]);
    }

    #[test]
    fn a_comment_that_all_have_is_on_one_row() {
        assert_eq!(
            table(&["A\n\n// b\n\nC", "A\nx\n\n// b\n\ny\nC"]),
            ["A|A", "|x/", "// b|// b", "|/y", "C|C"]
        );
    }

    #[test]
    fn what_stands_before_the_first_and_behind_the_last_token_is_shown_too() {
        assert_eq!(table(&["A", "x\nA\ny"]), ["|x", "A|A", "|y"]);
        assert_eq!(table(&["", "x"]), ["|x"]);
    }
}
