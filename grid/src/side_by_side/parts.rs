//! A file in parts: what comes before the first function, and each function of bare.

use std::ops::Range;

use crate::Error;
use crate::flow::{Flow, Token};

/// The same part of several files.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The function; none before the first one.
    pub(super) function: Option<String>,
    /// Where it is in each file.
    pub(super) places: Vec<Place>,
}

/// Where a part is in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Among the file's tokens.
    pub(super) tokens: Range<usize>,
    /// Among its lines, blank ones around it left out.
    pub(super) lines: Range<usize>,
}

/// A file.
#[derive(Debug, Clone, Copy)]
pub(super) struct File<'a> {
    /// Whose it is, for what is said when something is missing.
    pub(super) stage: &'a str,
    /// Its text.
    pub(super) source: &'a str,
    /// The same as tokens.
    pub(super) flow: &'a Flow,
}

/// Takes files apart at the functions of the first one. Together the parts have every token.
///
/// # Errors
///
/// When a file lacks one of these functions, or has them in another order.
pub(super) fn parts(files: &[File<'_>]) -> Result<Vec<Part>, Error> {
    let functions = files.first().map_or(&[][..], |bare| &bare.flow.functions);
    let names = functions.iter().map(|function| function.name.as_str());
    let names = names.collect::<Vec<_>>();
    let split = files.iter().map(|file| places(*file, &names));
    let split = split.collect::<Result<Vec<_>, _>>()?;

    let titles = std::iter::once(None).chain(names.iter().map(|name| Some((*name).to_owned())));
    let parts = titles.enumerate().map(|(at, function)| Part {
        function,
        places: split.iter().map(|places| places[at].clone()).collect(),
    });
    Ok(parts.collect())
}

/// The part before the first of the functions, and one that ends with each.
fn places(file: File<'_>, names: &[&str]) -> Result<Vec<Place>, Error> {
    let File {
        stage,
        source,
        flow,
    } = file;
    let mut functions = flow.functions.iter();
    // The first token of the next part, and its first line.
    let mut bounds = vec![(0, 0)];
    for (at, name) in names.iter().enumerate() {
        let function = functions
            .find(|function| function.name == *name)
            .ok_or_else(|| Error::Lacks {
                stage: stage.to_owned(),
                what: format!("function `{name}`"),
            })?;
        let (first, last) = (function.tokens.first(), function.tokens.last());
        if at == 0 {
            let first = position(flow, first);
            bounds.push((first, line_behind(&flow.tokens[..first])));
        }
        let end = position(flow, last) + 1;
        bounds.push((end, line_behind(&flow.tokens[..end])));
    }
    // What follows the last function is shown with it.
    if !names.is_empty() {
        bounds.pop();
    }
    bounds.push((flow.tokens.len(), source.lines().count()));

    let lines = source.lines().collect::<Vec<_>>();
    let places = bounds.windows(2).map(|pair| Place {
        tokens: pair[0].0..pair[1].0,
        lines: trimmed(&lines, pair[0].1..pair[1].1),
    });
    Ok(places.collect())
}

fn position(flow: &Flow, wanted: Option<&Token>) -> usize {
    let wanted = wanted.expect("a function has a name at least");
    let found = flow
        .tokens
        .iter()
        .position(|token| token.start == wanted.start);
    found.expect("a function's tokens are the file's")
}

/// The line that follows tokens, counted from zero.
fn line_behind(tokens: &[Token]) -> usize {
    tokens.last().map_or(0, |token| token.end.line)
}

fn trimmed(lines: &[&str], range: Range<usize>) -> Range<usize> {
    let has_text = |line: &usize| !lines[*line].trim().is_empty();
    let start = range.clone().find(has_text).unwrap_or(range.end);
    let end = range.rev().find(has_text).map_or(start, |line| line + 1);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of each part of each file.
    fn split(sources: &[&str]) -> Result<Vec<String>, Error> {
        let flows = sources
            .iter()
            .map(|source| Flow::parse(source).expect("valid Rust"))
            .collect::<Vec<_>>();
        let files = sources.iter().zip(&flows);
        let files = files
            .map(|(source, flow)| File {
                stage: "this",
                source,
                flow,
            })
            .collect::<Vec<_>>();
        let parts = parts(&files)?;
        for (at, flow) in flows.iter().enumerate() {
            let tokens = parts.iter().map(|part| part.places[at].tokens.clone());
            assert!(tokens.flatten().eq(0..flow.tokens.len()), "{parts:?}");
        }
        let show = |part: &Part| {
            let places = part.places.iter().zip(sources).map(|(place, source)| {
                let lines = source.lines().collect::<Vec<_>>();
                lines[place.lines.clone()].join("/")
            });
            let name = part.function.as_deref().unwrap_or("-");
            format!("{name}: {}", places.collect::<Vec<_>>().join(" | "))
        };
        Ok(parts.iter().map(show).collect())
    }

    #[test]
    fn a_function_brings_what_stands_above_it() {
        let bare = "//! F.\nuse a;\n\n/// G.\nfn g() {}\n\n// h\n\nfn h() {}\n";
        let stage = "//! F.\nuse a;\nuse b;\n\n/// G.\n#[c]\nfn g() {}\nfn x() {}\n\n// h\n\nfn h() {}\nfn y() {}\n";

        assert_eq!(
            split(&[bare, stage]).expect("all functions are there"),
            [
                "-: //! F./use a; | //! F./use a;/use b;",
                "g: /// G./fn g() {} | /// G./#[c]/fn g() {}",
                "h: // h//fn h() {} | fn x() {}//// h//fn h() {}/fn y() {}",
            ]
        );
    }

    #[test]
    fn a_file_without_functions_is_one_part() {
        assert_eq!(
            split(&["use a;", "use a;\nuse b;\nfn f() {}"]).expect("one part"),
            ["-: use a; | use a;/use b;/fn f() {}"]
        );
    }

    #[test]
    fn a_function_that_is_missing_is_named() {
        let error = split(&["fn f() {}\nfn g() {}", "fn g() {}\nfn f() {}"])
            .expect_err("g stands before f");

        assert_eq!(
            error.to_string(),
            "stage this lacks function `g` of bare, or has it elsewhere"
        );
    }
}
