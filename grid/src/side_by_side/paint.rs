//! Code in runs: what was added, what was there, what is a comment.

use crate::flow::Token;

/// A line of code, in runs.
pub type Line = Vec<Run>;

/// Neighbours of one kind, with the blanks between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What they are.
    pub kind: Kind,
    /// What they say.
    pub text: String,
}

/// What a piece of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing but blanks: an indentation, or what is between two runs.
    Blank,
    /// A comment.
    Comment,
    /// Tokens that bare has too.
    Shared,
    /// Tokens that bare does not have.
    Added,
}

/// The lines of a text.
///
/// Tokens are in the order of the text, and `added` says of each whether it was added. What belongs to no token and is no
/// blank is a comment.
#[must_use]
pub fn paint(source: &str, tokens: &[Token], added: &[bool]) -> Vec<Line> {
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
    lines.map(|(line, kinds)| runs(line, kinds)).collect()
}

impl Kind {
    fn without_token(character: char) -> Self {
        if character.is_whitespace() {
            Self::Blank
        } else {
            Self::Comment
        }
    }
}

fn runs(line: &str, kinds: &[Kind]) -> Line {
    let mut runs = Line::new();
    let mut blanks = String::new();
    for (character, kind) in line.chars().zip(kinds) {
        if *kind == Kind::Blank {
            blanks.push(character);
            continue;
        }
        let between = std::mem::take(&mut blanks);
        match runs.last_mut() {
            Some(Run { kind: last, text }) if last == kind => {
                text.push_str(&between);
                text.push(character);
            }
            _ => {
                if !between.is_empty() {
                    runs.push(Run {
                        kind: Kind::Blank,
                        text: between,
                    });
                }
                runs.push(Run {
                    kind: *kind,
                    text: character.to_string(),
                });
            }
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Flow;

    /// The lines of a text in which the named tokens are added: these in brackets, comments in braces.
    fn painted(source: &str, added: &[&str]) -> Vec<String> {
        let tokens = Flow::parse(source).expect("valid Rust").tokens;
        let marks = tokens
            .iter()
            .map(|token| added.contains(&token.text.as_str()));
        let lines = paint(source, &tokens, &marks.collect::<Vec<_>>());
        let shown = |Run { kind, text }: &Run| match kind {
            Kind::Blank | Kind::Shared => text.clone(),
            Kind::Comment => format!("{{{text}}}"),
            Kind::Added => format!("[{text}]"),
        };
        let lines = lines.iter();
        lines
            .map(|line| line.iter().map(shown).collect::<String>())
            .collect()
    }

    #[test]
    fn neighbours_share_a_run_within_their_line() {
        assert_eq!(
            painted(
                "fn f() {\n    let a = b;\n\n    c // d e\n}",
                &["let", "a", "=", "b", ";"]
            ),
            ["fn f() {", "    [let a = b;]", "", "    c {// d e}", "}"]
        );
    }

    #[test]
    fn a_token_of_several_lines_is_marked_in_each() {
        assert_eq!(
            painted("const Ä: &str = \"a\n  b\";", &["\"a\n  b\""]),
            ["const Ä: &str = [\"a]", "[  b\"];"]
        );
    }
}
