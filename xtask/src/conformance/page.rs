//! The page as text.

use std::fmt::Write as _;

use super::list::{List, Requirement};
use super::{Evidence, VECTORS};

const HEAD: &str = "\
# Conformance

<!-- made by cargo xtask pages from conformance/requirements.toml and the names of the tests -->

`opentracing-shim` follows the page *OpenTracing Compatibility* of the OpenTelemetry specification as of commit 1377f53. The
page has been deprecated since March 2026 and is not removed before March 2027, so the commit is pinned, and the list below is
the project's own. Beyond the page it holds what OpenTracing 1.1 asks for, and what follows from how the Rust crates behave.

A test says by its name which requirements it shows, and the check of the pages fails when one has none. The vectors are
programs that were run on the reference, opentelemetry-java's `opentelemetry-opentracing-shim` 1.63.0; the last column says
where we do otherwise, and why. Besides, the cases of the [kit](../conformance/README.md) run on every kind of tracer there is.

Levels in capitals are those of the page. *says*: stated there without such a word. *open*: left open there. *OpenTracing*:
stated by OpenTracing alone. *Rust*: from how the crates behave.
";

pub(super) fn render(list: &List, evidence: &Evidence) -> String {
    let mut page = HEAD.to_owned();
    let tests: usize = evidence.tests.values().map(Vec::len).sum();
    let requirements = list.requirements.len();
    let _ = write!(
        page,
        "\n{requirements} requirements, shown {tests} times by tests.\n"
    );
    for (letter, title) in &list.sections {
        let _ = write!(
            page,
            "\n## {letter}. {title}\n\n\
             | id | level | requirement | shown by | where it differs from the reference, and why |\n\
             |---|---|---|---|---|\n"
        );
        for requirement in &list.requirements {
            if requirement.section() == Some(*letter) {
                page.push_str(&row(requirement, evidence));
            }
        }
    }
    page
}

fn row(requirement: &Requirement, evidence: &Evidence) -> String {
    let Requirement {
        id,
        level,
        text,
        differs,
    } = requirement;
    let tests = evidence.tests.get(id).into_iter().flatten();
    let mut shown = tests
        .map(|test| format!("[{}](../{})", test.name, test.file))
        .collect::<Vec<_>>();
    if let Some(vectors) = evidence.vectors.get(id) {
        let links = vectors
            .iter()
            .map(|name| format!("[{name}](../{VECTORS}/{name}.json)"));
        shown.push(format!("vectors: {}", links.collect::<Vec<_>>().join(", ")));
    }
    format!(
        "| {id} | {level} | {text} | {} | {} |\n",
        shown.join("<br>"),
        differs.as_deref().unwrap_or_default()
    )
}
