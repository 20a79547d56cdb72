//! What each stage adds to the uninstrumented text, as a table in Markdown.

use std::fmt::Write as _;

use grid::summary::Row;

/// The rows as a table in Markdown, for a page from which the stages are at `stages`.
#[must_use]
pub fn table(rows: &[Row], stages: &str) -> String {
    let mut table = String::from(
        "| Stage | Manifest lines | Lines of set-up | Flow lines added | Tokens added: api | auth | sms | Business tokens changed |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for row in rows {
        let Row {
            stage,
            dependencies_added,
            dependencies_removed,
            setup_lines,
            flow_lines,
            tokens: [api, auth, sms],
        } = row;
        // The last number is what `sameness` proves: a row with any other would not have come about.
        writeln!(
            table,
            "| [{stage}]({stages}/{stage}) | +{dependencies_added} −{dependencies_removed} | {setup_lines} | {flow_lines} | {api} | {auth} | {sms} | 0 |"
        )
        .expect("writing to a string succeeds");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_a_row() {
        let row = Row {
            stage: "shim".to_owned(),
            dependencies_added: 4,
            dependencies_removed: 0,
            setup_lines: 120,
            flow_lines: 60,
            tokens: [100, 200, 50],
        };

        let table = table(&[row], "services/stages");

        let last = table.lines().last().expect("a row");
        assert_eq!(
            last,
            "| [shim](services/stages/shim) | +4 −0 | 120 | 60 | 100 | 200 | 50 | 0 |"
        );
        let bars = |line: &str| line.matches('|').count();
        assert!(
            table.lines().all(|line| bars(line) == bars(last)),
            "{table}"
        );
    }
}
