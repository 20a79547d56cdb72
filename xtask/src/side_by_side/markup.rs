//! Code as HTML that a code host leaves as it is.
//!
//! Such hosts remove styles and classes from a page. What is left to mark a text with are elements: `<b>` for added
//! tokens, `<i>` for comments.

use grid::side_by_side::{Kind, Line, Run};

/// A line of code.
#[must_use]
pub(super) fn line(line: &Line) -> String {
    let html = line.iter().map(|Run { kind, text }| {
        let (open, close) = match kind {
            Kind::Blank | Kind::Shared => ("", ""),
            Kind::Comment => ("<i>", "</i>"),
            Kind::Added => ("<b>", "</b>"),
        };
        format!("{open}{}{close}", escaped(text))
    });
    html.collect()
}

/// A text with the characters that mean something in HTML replaced.
#[must_use]
pub(super) fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut html, character| {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            _ => html.push(character),
        }
        html
    })
}

/// Lines as one preformatted block within a block of HTML in Markdown.
///
/// A blank line would end that block, so each is written as a reference to the character. The parser drops a line's end
/// right behind the opening tag, and so one stands there to be dropped. Blank lines at the end are left out.
#[must_use]
pub(super) fn preformatted(lines: &[&str]) -> String {
    let text = lines.iter().rposition(|line| !line.is_empty());
    let lines = &lines[..text.map_or(0, |last| last + 1)];
    let mut html = String::from("<pre>\n");
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            let blank = lines[at - 1].is_empty();
            html.push_str(if blank { "&#10;" } else { "\n" });
        }
        html.push_str(line);
    }
    html.push_str("</pre>");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_element_and_what_means_something_in_html_is_escaped() {
        let run = |kind, text: &str| Run {
            kind,
            text: text.to_owned(),
        };

        let html = line(&vec![
            run(Kind::Blank, "    "),
            run(Kind::Shared, "f(&"),
            run(Kind::Added, "\"</pre>&amp;\""),
            run(Kind::Shared, ")"),
            run(Kind::Blank, " "),
            run(Kind::Comment, "// <b>"),
        ]);

        assert_eq!(
            html,
            "    f(&amp;<b>&quot;&lt;/pre&gt;&amp;amp;&quot;</b>) <i>// &lt;b&gt;</i>"
        );
    }

    #[test]
    fn a_block_has_no_blank_line_and_keeps_those_between_others() {
        let block = preformatted(&["", "a", "", "", "b", ""]);

        assert_eq!(block, "<pre>\n&#10;a\n&#10;&#10;b</pre>");
        assert_eq!(preformatted(&["", ""]), "<pre>\n</pre>");
    }
}
