//! What holds of every capture and of every comparison, whatever was read.

use compare::output::{self, Style};
use compare::{Capture, Report, Rules, compare, doctor};

/// Reads a capture. An error names a place that is there.
pub fn read(source: &str, text: &[u8]) -> Option<Capture> {
    match Capture::from_slice(source, text) {
        Ok(capture) => Some(capture),
        Err(error) => {
            let said = error.to_string();
            if let Some((line, column)) = place(&said, source) {
                assert_within(text, line, column);
            }
            None
        }
    }
}

/// What a capture is to itself: the same. And that its findings can be shown.
pub fn check_alone(capture: &Capture, rules: &Rules) {
    let report = compare(capture, capture, rules);
    let mut differences = report.differences();
    assert!(report.is_equivalent() && differences.next().is_none());
    assert_shown(&report);

    let findings = doctor(capture, rules);
    assert_plain(&output::findings(&findings, Style::default()));
    serde_json::to_string(&findings).expect("findings are JSON");
}

/// Compares two captures, and shows the report in every form.
pub fn check_pair(left: &Capture, right: &Capture, rules: &Rules) -> Report {
    let report = compare(left, right, rules);
    assert_eq!(
        report.is_equivalent(),
        report.unexplained().next().is_none()
    );
    assert_shown(&report);
    report
}

/// `source:line:column: …`, if the message begins like that.
pub fn place(said: &str, source: &str) -> Option<(usize, usize)> {
    let mut parts = said.strip_prefix(source)?.strip_prefix(':')?.split(':');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// A place is in the text, or where its next byte would be.
pub fn assert_within(text: &[u8], line: usize, column: usize) {
    let lines: Vec<_> = text.split(|byte| *byte == b'\n').collect();
    assert!((1..=lines.len()).contains(&line), "line {line}");
    let length = lines[line - 1].len();
    assert!((1..=length + 1).contains(&column), "{line}:{column}");
}

fn assert_shown(report: &Report) {
    assert_plain(&output::text(report, Style::default()));
    serde_json::to_string(report).expect("a report is JSON");

    // No text adds a tag or takes one away: the page of the same report without any text has the same ones.
    let mut silent = report.clone();
    silence(&mut silent);
    assert_eq!(tags(&output::html(report)), tags(&output::html(&silent)));
}

/// Nothing but lines: no control character, and none that turns a line around.
fn assert_plain(text: &str) {
    let turns = |c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_harmful = |c: char| c != '\n' && (c.is_control() || turns(c));
    assert!(!text.contains(is_harmful), "{text:?}");
}

fn silence(report: &mut Report) {
    let silence = |text: &mut String| text.clear();
    let silence_if = |text: &mut Option<String>| text.iter_mut().for_each(String::clear);
    silence(&mut report.left.source);
    silence(&mut report.right.source);
    for group in &mut report.groups {
        silence(&mut group.operation);
        for row in &mut group.rows {
            silence_if(&mut row.left);
            silence_if(&mut row.right);
            for found in &mut row.differences {
                silence(&mut found.path);
                silence(&mut found.part);
                for text in [
                    &mut found.left,
                    &mut found.right,
                    &mut found.rule,
                    &mut found.note,
                    &mut found.page,
                ] {
                    silence_if(text);
                }
            }
        }
    }
}

/// All tags of a page, attributes included, in their order.
fn tags(page: &str) -> Vec<&str> {
    let opened = page.split('<').skip(1);
    opened
        .map(|rest| rest.split_once('>').map_or(rest, |(tag, _)| tag))
        .collect()
}
