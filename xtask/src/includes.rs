//! Code in the documentation: copies of what is compiled elsewhere, and differences between two such places.
//!
//! A page names what it shows, and everything down to the end is written by [`refreshed`]:
//!
//! ```text
//! <!-- include: services/stages/shim/src/telemetry.rs#start -->
//! <!-- end -->
//! <!-- diff: services/stages/{bare,shim}/src/sms.rs#deliver,settle -->
//! <!-- end -->
//! ```
//!
//! Behind the `#` stand functions, methods (`Telemetry::inject`) or a table of a manifest (`[dependencies]`); without it,
//! the whole file is meant.
//!
//! Copies of Rust are marked `rs` and not `rust`: they are compiled where they come from, with the lines around them, and
//! alone they would be no doctest.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use syn::spanned::Spanned as _;

use crate::diff;

const INCLUDE: &str = "<!-- include: ";
const DIFF: &str = "<!-- diff: ";
const CLOSE: &str = " -->";
const END: &str = "<!-- end -->";

/// The page with all that it names, as it stands in the files below `root` now.
///
/// # Errors
///
/// When a marker is not closed, or a file or a part of it is missing.
pub fn refreshed(root: &Path, page: &str) -> anyhow::Result<String> {
    let mut fresh = String::with_capacity(page.len());
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        push(&mut fresh, line);
        let Some(block) = block(root, line).with_context(|| line.to_owned())? else {
            continue;
        };
        push(&mut fresh, &block);
        let closed = lines
            .by_ref()
            .take_while(|old| !is_marker(old))
            .any(|old| old == END);
        ensure!(closed, "there is no `{END}` after `{line}`");
        push(&mut fresh, END);
    }
    Ok(fresh)
}

fn is_marker(line: &str) -> bool {
    line.starts_with(INCLUDE) || line.starts_with(DIFF)
}

/// What belongs below a line, if that is a marker.
fn block(root: &Path, line: &str) -> anyhow::Result<Option<String>> {
    let named = |start| line.strip_prefix(start)?.strip_suffix(CLOSE);
    if let Some(place) = named(INCLUDE) {
        let (path, parts) = split(place);
        let text = text(root, path, parts)?;
        let language = path.rsplit('.').next().unwrap_or_default();
        let comment = match language {
            "rs" => "//",
            "lua" => "--",
            "toml" | "yaml" => "#",
            other => bail!("{other:?} is no kind of file that pages show"),
        };
        return Ok(Some(format!("```{language}\n{comment} {path}\n{text}```")));
    }
    if let Some(place) = named(DIFF) {
        let (path, parts) = split(place);
        let (old, new) = both(path).context("expected {one,other} in the path")?;
        let (old_text, new_text) = (text(root, &old, parts)?, text(root, &new, parts)?);
        let changes = diff::lines(&old_text, &new_text);
        return Ok(Some(format!("```diff\n--- {old}\n+++ {new}\n{changes}```")));
    }
    Ok(None)
}

fn split(place: &str) -> (&str, Option<&str>) {
    match place.split_once('#') {
        Some((path, parts)) => (path, Some(parts)),
        None => (place, None),
    }
}

/// `a/{b,c}/d` as `a/b/d` and `a/c/d`.
fn both(path: &str) -> Option<(String, String)> {
    let (before, rest) = path.split_once('{')?;
    let (choice, after) = rest.split_once('}')?;
    let (one, other) = choice.split_once(',')?;
    Some((
        format!("{before}{one}{after}"),
        format!("{before}{other}{after}"),
    ))
}

fn text(root: &Path, path: &str, parts: Option<&str>) -> anyhow::Result<String> {
    let source = fs::read_to_string(root.join(path)).with_context(|| path.to_owned())?;
    let Some(parts) = parts else {
        return Ok(source);
    };
    let texts = parts
        .split(',')
        .map(|part| {
            let text = if path.ends_with(".rs") {
                function(&source, part)?
            } else {
                table(&source, part)
            };
            text.with_context(|| format!("there is no {part} in {path}"))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    Ok(texts.join("\n"))
}

/// A function at the top of the file, or a method as `Type::method`, with its documentation.
fn function(source: &str, name: &str) -> syn::Result<Option<String>> {
    let file = syn::parse_file(source)?;
    let span = file.items.iter().find_map(|item| match item {
        syn::Item::Fn(function) if function.sig.ident == name => Some(function.span()),
        syn::Item::Impl(block) if block.trait_.is_none() => {
            let (of, method) = name.split_once("::")?;
            let syn::Type::Path(own) = &*block.self_ty else {
                return None;
            };
            own.path.is_ident(of).then_some(())?;
            block.items.iter().find_map(|item| match item {
                syn::ImplItem::Fn(function) if function.sig.ident == method => {
                    Some(function.span())
                }
                _ => None,
            })
        }
        _ => None,
    });
    Ok(span.map(|span| {
        let (first, last) = (span.start().line, span.end().line);
        let lines = source.lines().skip(first - 1).take(last + 1 - first);
        let indent = span.start().column;
        lines
            .map(|line| format!("{}\n", line.get(indent..).unwrap_or_default()))
            .collect()
    }))
}

/// A table of a manifest, from its head to the next. What is said above that is not of this one.
fn table(source: &str, head: &str) -> Option<String> {
    let mut lines = source.lines().skip_while(|line| line.trim() != head);
    let head = lines.next()?;
    let body = lines.take_while(|line| !line.starts_with('['));
    let mut text = std::iter::once(head).chain(body).collect::<Vec<_>>();
    let is_of_this = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let end = text.iter().rposition(is_of_this).map_or(0, |last| last + 1);
    text.truncate(end);
    Some(format!("{}\n", text.join("\n")))
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "//! File.\n\n/// Opens.\nfn open() {\n    f();\n}\n\nstruct A;\n\nimpl A {\n    /// Shuts.\n    \
                          fn shut(&self) {\n        g();\n    }\n}\n";

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder for tests");
        for (name, text) in [
            ("one.rs", SOURCE.to_owned()),
            ("two.rs", SOURCE.replace("f()", "h()")),
            ("one.toml", "[a]\nb = 1\n\n# Of c.\n[c]\nd = 2\n".to_owned()),
        ] {
            fs::write(folder.path().join(name), text).expect("a file for tests");
        }
        folder
    }

    fn shown(marker: &str) -> anyhow::Result<String> {
        let page = format!("before\n{marker}\nstale\n{END}\nafter\n");
        let fresh = refreshed(folder().path(), &page)?;
        let again = refreshed(folder().path(), &fresh)?;
        assert_eq!(fresh, again, "a fresh page was changed");
        let shown = fresh
            .strip_prefix(&format!("before\n{marker}\n"))
            .and_then(|rest| rest.strip_suffix(&format!("\n{END}\nafter\n")))
            .context("what is around the marker was changed")?;
        Ok(shown.to_owned())
    }

    #[test]
    fn functions_and_methods_are_shown_with_their_documentation() {
        assert_eq!(
            shown("<!-- include: one.rs#open,A::shut -->").expect("all is there"),
            "```rs\n// one.rs\n/// Opens.\nfn open() {\n    f();\n}\n\n/// Shuts.\nfn shut(&self) {\n    g();\n}\n```"
        );
    }

    #[test]
    fn a_table_ends_where_the_next_begins() {
        assert_eq!(
            shown("<!-- include: one.toml#[a] -->").expect("all is there"),
            "```toml\n# one.toml\n[a]\nb = 1\n```"
        );
    }

    #[test]
    fn a_difference_keeps_what_is_the_same() {
        assert_eq!(
            shown("<!-- diff: {one,two}.rs#open -->").expect("all is there"),
            "```diff\n--- one.rs\n+++ two.rs\n /// Opens.\n fn open() {\n-    f();\n+    h();\n }\n```"
        );
    }

    #[test]
    fn what_is_not_there_is_named() {
        for (marker, missing) in [
            ("<!-- include: three.rs -->", "three.rs"),
            ("<!-- include: one.rs#A::open -->", "A::open"),
            ("<!-- include: one.toml#[e] -->", "[e]"),
            ("<!-- diff: one.rs -->", "{one,other}"),
        ] {
            let error = format!("{:#}", shown(marker).expect_err(marker));

            assert!(error.contains(missing), "{error}");
        }
    }

    #[test]
    fn a_marker_without_an_end_swallows_nothing() {
        let marker = "<!-- include: one.rs#open -->";
        for page in [
            format!("{marker}\ntext\n"),
            format!("{marker}\n{marker}\n{END}\n"),
        ] {
            assert!(refreshed(folder().path(), &page).is_err(), "{page}");
        }
    }
}
