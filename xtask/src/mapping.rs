//! From OpenTracing's tags to today's conventions: the tables of the rules by which `compare` explains a difference.

use compare::Rules;

/// The page that has the tables.
pub const PAGE: &str = "docs/trace-compare.md";

/// What the built-in rules say, in Markdown.
#[must_use]
pub fn tables() -> String {
    Rules::builtin().to_markdown()
}
