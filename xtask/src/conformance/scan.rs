//! Tests and vectors, by the requirements that they show.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use serde::Deserialize;

/// A test that shows a requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// The name of its function.
    pub name: String,
    /// Its file, from the root of the workspace, with `/` between the parts.
    pub file: String,
}

/// The tests in all Rust files of some folders, by the ids in their names.
///
/// # Errors
///
/// When a file cannot be read or is no Rust.
pub fn tests(root: &Path, folders: &[&str]) -> anyhow::Result<BTreeMap<String, Vec<Test>>> {
    let mut by_id: BTreeMap<String, Vec<Test>> = BTreeMap::new();
    let mut files = Vec::new();
    for folder in folders {
        rust_files(root, folder, &mut files)?;
    }
    for file in files {
        let text = fs::read_to_string(root.join(&file)).with_context(|| file.clone())?;
        for name in test_names(&text).with_context(|| file.clone())? {
            for id in ids(&name) {
                let (name, file) = (name.clone(), file.clone());
                by_id.entry(id).or_default().push(Test { name, file });
            }
        }
    }
    Ok(by_id)
}

/// The names of the vectors in a folder, by their clauses.
///
/// # Errors
///
/// When a vector cannot be read.
pub fn vectors(folder: &Path) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    #[derive(Deserialize)]
    struct Vector {
        name: String,
        clauses: Vec<String>,
    }
    let mut by_id: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in entries(folder)? {
        if path.ends_with(".json") {
            let text = fs::read_to_string(folder.join(&path)).with_context(|| path.clone())?;
            let vector: Vector = serde_json::from_str(&text).with_context(|| path.clone())?;
            for id in vector.clauses {
                by_id.entry(id).or_default().push(vector.name.clone());
            }
        }
    }
    Ok(by_id)
}

/// Sorted, so that a page made from them is the same everywhere.
fn entries(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn rust_files(root: &Path, folder: &str, files: &mut Vec<String>) -> anyhow::Result<()> {
    for name in entries(&root.join(folder))? {
        let path = format!("{folder}/{name}");
        if root.join(&path).is_dir() {
            rust_files(root, &path, files)?;
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// The functions with an attribute that ends in `test`. Tokens rather than syntax, because macros hold tests too.
fn test_names(text: &str) -> anyhow::Result<Vec<String>> {
    let tokens: TokenStream = text
        .parse()
        .map_err(|error| anyhow::anyhow!("no Rust: {error}"))?;
    let mut names = Vec::new();
    walk(tokens, &mut names);
    Ok(names)
}

fn walk(tokens: TokenStream, names: &mut Vec<String>) {
    let mut is_test = false;
    let mut after_fn = false;
    let mut after_hash = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                if after_hash && group.delimiter() == Delimiter::Bracket {
                    is_test |= is_test_attribute(group.stream());
                } else {
                    walk(group.stream(), names);
                    // The arguments or the body of whatever the attribute was for.
                    is_test &= group.delimiter() != Delimiter::Brace;
                }
            }
            TokenTree::Ident(ident) if after_fn => {
                if std::mem::take(&mut is_test) {
                    names.push(ident.to_string());
                }
                after_fn = false;
            }
            TokenTree::Ident(ident) => after_fn = ident == "fn",
            TokenTree::Punct(punct) => {
                after_hash = punct.as_char() == '#';
                continue;
            }
            TokenTree::Literal(_) => {}
        }
        after_hash = false;
    }
}

/// `test`, `tokio::test`, `tokio::test(flavor = "...")`.
fn is_test_attribute(attribute: TokenStream) -> bool {
    let mut last = None;
    for token in attribute {
        match token {
            TokenTree::Ident(ident) => last = Some(ident),
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            _ => break,
        }
    }
    last.is_some_and(|ident| ident == "test")
}

/// The ids at the beginning of a name: `d7_d9_the_error_tag` begins with D7 and D9.
fn ids(name: &str) -> Vec<String> {
    name.split('_')
        .map_while(|part| {
            let number = part.strip_prefix(|first: char| first.is_ascii_lowercase())?;
            let is_id = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            is_id.then(|| part.to_ascii_uppercase())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_with_the_ids_that_they_show() {
        assert_eq!(ids("d7_d9_the_error_tag"), ["D7", "D9"]);
        assert_eq!(ids("e11_any_key_of_f1"), ["E11"]);
        for name in ["w3c_headers", "a_b3_header", "b_1", "_a1", "any"] {
            assert!(ids(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn tests_are_found_with_any_attribute_and_in_macros() {
        let text = r##"
            fn a0_helper() {}
            #[test]
            fn a1_plain() { fn a0_inner() {} }
            #[tokio::test(flavor = "current_thread")]
            #[should_panic]
            async fn a2_async() {}
            #[cfg(test)]
            mod tests { #[test] fn a3_nested() {} }
            proptest! { #[test] fn a4_random(x in 0..3) {} }
            #[derive(Debug)] struct Test;
            #[doc = "#[test] fn a0_text() {}"]
            fn a0_documented() {}
        "##;

        let names = test_names(text).expect("Rust");

        assert_eq!(names, ["a1_plain", "a2_async", "a3_nested", "a4_random"]);
    }

    #[test]
    fn what_is_no_rust_is_an_error() {
        assert!(test_names("fn {").is_err());
    }
}
