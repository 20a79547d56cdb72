//! The rules as a table in Markdown, which the documentation holds.

use std::fmt::Write as _;

use super::Rules;
use super::file::Convert;

impl Rules {
    /// The rules for attributes and events as tables in Markdown.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut out = String::new();
        out.push_str("| Tag or attribute | today | value | |\n|---|---|---|---|\n");
        for (old, rule) in &self.attributes {
            let today = match &rule.on_server {
                Some(server) => format!("`{}`, on a server `{server}`", rule.to),
                None => format!("`{}`", rule.to),
            };
            let mut value: Vec<String> = match rule.convert {
                Some(Convert::Integer) => vec!["an integer, also from text".to_owned()],
                Some(Convert::Text) => vec!["text, also from a number".to_owned()],
                Some(Convert::Host) => vec!["the host alone".to_owned()],
                Some(Convert::Path) => vec!["of a path, the path alone".to_owned()],
                None => Vec::new(),
            };
            value.extend(
                rule.values
                    .iter()
                    .map(|(from, to)| format!("`{from}` → `{to}`")),
            );
            row(
                &mut out,
                &[
                    &format!("`{old}`"),
                    &today,
                    &value.join(", "),
                    note(rule.note.as_ref()),
                ],
            );
        }
        for (old, why) in &self.dropped {
            row(
                &mut out,
                &[&format!("`{old}`"), "none", "", note(why.note.as_ref())],
            );
        }
        for (new, why) in &self.implied {
            let when = if why.when.is_some() {
                "where the status is an error"
            } else {
                ""
            };
            row(
                &mut out,
                &["none", &format!("`{new}`"), when, note(why.note.as_ref())],
            );
        }

        out.push_str("\n| Log with `event=` | event today | its fields | |\n|---|---|---|---|\n");
        for (old, rule) in &self.events {
            let fields = rule.attributes.iter();
            let fields: Vec<_> = fields
                .map(|(from, to)| format!("`{from}` → `{to}`"))
                .collect();
            row(
                &mut out,
                &[
                    &format!("`{old}`"),
                    &format!("`{}`", rule.to),
                    &fields.join(", "),
                    note(rule.note.as_ref()),
                ],
            );
        }

        let volatile: Vec<_> = self.volatile.keys().map(|key| format!("`{key}`")).collect();
        let _infallible = writeln!(
            out,
            "\nOf these only the type counts, since no two runs share a value: {}.",
            volatile.join(", ")
        );
        out
    }
}

fn row(out: &mut String, cells: &[&str]) {
    // A bar would end the cell, and a line break the row.
    let one_line = |cell: &&str| cell.replace('|', "\\|").replace(['\n', '\r'], " ");
    let cells: Vec<_> = cells.iter().map(one_line).collect();
    let _infallible = writeln!(out, "| {} |", cells.join(" | "));
}

fn note(note: Option<&String>) -> &str {
    note.map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_bar_or_a_line_break_stays_in_its_cell() {
        let rules = Rules::none()
            .with("rules", "[attribute.\"a|b\\nc\"]\nto = \"d\"\n")
            .expect("they are rules");

        let markdown = rules.to_markdown();

        assert!(markdown.contains("\n| `a\\|b c` | `d` |"), "{markdown}");
    }
}
