//! Code as HTML that a code host leaves as it is.
//!
//! Such hosts remove styles and classes from a page. What is left to mark a text with are elements: `<b>` for added
//! tokens, `<i>` for comments.

use crate::flow::Token;

/// Lines of code, each already HTML.
///
/// Tokens are in the order of the text, and `added` says of each whether it is to be marked. What belongs to no token and
/// is no blank is a comment.
#[must_use]
pub(super) fn lines(source: &str, tokens: &[Token], added: &[bool]) -> Vec<String> {
    let mut kinds = source
        .lines()
        .map(|line| line.chars().map(Kind::without_token).collect())
        .collect::<Vec<Vec<_>>>();
    for (token, added) in tokens.iter().zip(added) {
        let kind = if *added { Kind::Added } else { Kind::Shared };
        for line in token.start.line..=token.end.line {
            let row = &mut kinds[line - 1];
            let start = if line == token.start.line {
                token.start.column
            } else {
                0
            };
            let end = if line == token.end.line {
                token.end.column
            } else {
                row.len()
            };
            row[start..end].fill(kind);
        }
    }
    let lines = source.lines().zip(&kinds);
    lines.map(|(line, kinds)| marked(line, kinds)).collect()
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blank,
    Comment,
    Shared,
    Added,
}

impl Kind {
    fn without_token(character: char) -> Self {
        if character.is_whitespace() {
            Self::Blank
        } else {
            Self::Comment
        }
    }

    fn tags(self) -> (&'static str, &'static str) {
        match self {
            Self::Blank | Self::Shared => ("", ""),
            Self::Comment => ("<i>", "</i>"),
            Self::Added => ("<b>", "</b>"),
        }
    }
}

/// One line: neighbours of one kind get one element, with the blanks between them.
fn marked(line: &str, kinds: &[Kind]) -> String {
    let mut runs = Vec::<(Kind, String)>::new();
    let mut blanks = String::new();
    for (character, kind) in line.chars().zip(kinds) {
        if *kind == Kind::Blank {
            blanks.push(character);
            continue;
        }
        let between = std::mem::take(&mut blanks);
        match runs.last_mut() {
            Some((last, text)) if last == kind => {
                text.push_str(&between);
                text.push(character);
            }
            _ => {
                if !between.is_empty() {
                    runs.push((Kind::Blank, between));
                }
                runs.push((*kind, character.to_string()));
            }
        }
    }
    let html = runs.iter().map(|(kind, text)| {
        let (open, close) = kind.tags();
        format!("{open}{}{close}", escaped(text))
    });
    html.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Flow;

    /// The lines of a text in which the named tokens are added.
    fn html(source: &str, added: &[&str]) -> Vec<String> {
        let tokens = Flow::parse(source).expect("valid Rust").tokens;
        let marks = tokens
            .iter()
            .map(|token| added.contains(&token.text.as_str()));
        lines(source, &tokens, &marks.collect::<Vec<_>>())
    }

    #[test]
    fn what_means_something_in_html_is_escaped() {
        assert_eq!(
            html("fn f(a: &A<B>) { c(\"</pre><script>&amp;\") }", &["A"]),
            [
                "fn f(a: &amp;<b>A</b>&lt;B&gt;) { c(&quot;&lt;/pre&gt;&lt;script&gt;&amp;amp;&quot;) }"
            ]
        );
        assert_eq!(
            html("fn f() {} // <b>", &[]),
            ["fn f() {} <i>// &lt;b&gt;</i>"]
        );
    }

    #[test]
    fn neighbours_share_an_element_within_their_line() {
        assert_eq!(
            html(
                "fn f() {\n    let a = b;\n\n    c\n}",
                &["let", "a", "=", "b", ";"]
            ),
            ["fn f() {", "    <b>let a = b;</b>", "", "    c", "}"]
        );
    }

    #[test]
    fn a_token_of_several_lines_is_marked_in_each() {
        assert_eq!(
            html("const Ä: &str = \"a\n  b\";", &["\"a\n  b\""]),
            ["const Ä: &amp;str = <b>&quot;a</b>", "<b>  b&quot;</b>;"]
        );
    }

    #[test]
    fn a_block_has_no_blank_line_and_keeps_those_between_others() {
        let block = preformatted(&["", "a", "", "", "b", ""]);

        assert_eq!(block, "<pre>\n&#10;a\n&#10;&#10;b</pre>");
        assert_eq!(preformatted(&["", ""]), "<pre>\n</pre>");
    }
}
