//! Which test shows which requirement: the page `docs/conformance.md`.
//!
//! The list of requirements is data ([`list`]). A test says by its name what it shows: `d7_d9_...` shows D7 and D9
//! ([`scan`]); the recorded vectors name their clauses. Nothing is written by hand twice, so the page cannot claim more
//! than there is: a requirement without a test is an error, and so is a test of a requirement that does not exist.

pub mod list;
pub mod scan;

mod page;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};

use list::List;
use scan::Test;

const LIST: &str = "conformance/requirements.toml";
const VECTORS: &str = "conformance/vectors";
const PAGE: &str = "docs/conformance.md";
/// Where the tests of the bridge are.
const SOURCES: [&str; 4] = [
    "shim/src",
    "shim/tests",
    "shim/compile_fail/tests",
    "conformance/tests",
];

/// What shows the requirements: for each id the tests, and the vectors by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Tests by id, in the order of files and lines.
    pub tests: BTreeMap<String, Vec<Test>>,
    /// Names of vectors by id.
    pub vectors: BTreeMap<String, Vec<String>>,
}

/// Writes the page; true if it was stale.
///
/// # Errors
///
/// When a requirement has no test, a test names an unknown one, or a file cannot be read or written.
pub fn write(root: &Path) -> anyhow::Result<bool> {
    let new = generate(root)?;
    let path = root.join(PAGE);
    let is_stale = fs::read_to_string(&path).ok().as_deref() != Some(new.as_str());
    if is_stale {
        fs::write(path, new).context(PAGE)?;
    }
    Ok(is_stale)
}

/// Asks whether [`write()`] would change anything.
///
/// # Errors
///
/// When it would, and when it would fail.
pub fn check(root: &Path) -> anyhow::Result<()> {
    let new = generate(root)?;
    let old = fs::read_to_string(root.join(PAGE)).context(PAGE)?;
    ensure!(
        old == new,
        "{PAGE} is stale: run `cargo xtask pages` and commit it"
    );
    Ok(())
}

fn generate(root: &Path) -> anyhow::Result<String> {
    let list = fs::read_to_string(root.join(LIST)).context(LIST)?;
    let list = List::parse(&list).context(LIST)?;
    let evidence = Evidence {
        tests: scan::tests(root, &SOURCES)?,
        vectors: scan::vectors(&root.join(VECTORS)).context(VECTORS)?,
    };
    complete(&list, &evidence)?;
    Ok(page::render(&list, &evidence))
}

/// Refuses requirements without a test and tests without a requirement, all in one message.
fn complete(list: &List, evidence: &Evidence) -> anyhow::Result<()> {
    let mut faults = Vec::new();
    for requirement in &list.requirements {
        if !evidence.tests.contains_key(&requirement.id) {
            faults.push(format!("{} has no test", requirement.id));
        }
    }
    for (id, tests) in &evidence.tests {
        if !list.has(id) {
            let names = tests.iter().map(|test| test.name.as_str());
            let names = names.collect::<Vec<_>>().join(", ");
            faults.push(format!("{names} would show {id}, which is no requirement"));
        }
    }
    for (id, vectors) in &evidence.vectors {
        if !list.has(id) {
            let names = vectors.join(", ");
            faults.push(format!(
                "the vectors {names} show {id}, which is no requirement"
            ));
        }
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"
        [sections]
        A = "General"
        [[requirement]]
        id = "A1"
        level = "MUST"
        text = "One."
        [[requirement]]
        id = "A2"
        level = "MAY"
        text = "Two."
        differs = "Because."
    "#;

    fn evidence(ids: &[&str]) -> Evidence {
        let test = |id: &&str| {
            let name = format!("{}_holds", id.to_lowercase());
            let file = "shim/tests/a.rs".to_owned();
            ((*id).to_owned(), vec![Test { name, file }])
        };
        Evidence {
            tests: ids.iter().map(test).collect(),
            vectors: BTreeMap::new(),
        }
    }

    #[test]
    fn a_requirement_without_a_test_is_an_error() {
        let list = List::parse(TWO).expect("a valid list");

        let error = complete(&list, &evidence(&["A1"])).expect_err("A2 has none");

        assert_eq!(error.to_string(), "A2 has no test");
        assert!(complete(&list, &evidence(&["A1", "A2"])).is_ok());
    }

    #[test]
    fn a_test_of_an_unknown_requirement_is_an_error() {
        let list = List::parse(TWO).expect("a valid list");

        let error = complete(&list, &evidence(&["A1", "A2", "A3"])).expect_err("there is no A3");

        assert_eq!(
            error.to_string(),
            "a3_holds would show A3, which is no requirement"
        );
    }

    #[test]
    fn a_vector_of_an_unknown_requirement_is_an_error() {
        let list = List::parse(TWO).expect("a valid list");
        let mut evidence = evidence(&["A1", "A2"]);
        let vector = vec!["child_of".to_owned()];
        evidence.vectors.insert("Z9".to_owned(), vector);

        assert!(complete(&list, &evidence).is_err());
    }

    #[test]
    fn a_row_has_the_tests_and_the_difference() {
        let list = List::parse(TWO).expect("a valid list");

        let page = page::render(&list, &evidence(&["A1", "A2"]));

        let row = "| A2 | MAY | Two. | [a2_holds](../shim/tests/a.rs) | Because. |";
        assert!(page.lines().any(|line| line == row), "{page}");
    }
}
