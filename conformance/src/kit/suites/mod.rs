//! The suites. A file holds one topic; its table of cases comes first and its `CASES` is joined here.

mod go;
mod javascript;
mod otel;
mod python;
mod rust;
mod testbed;

use super::Case;

pub(super) fn all() -> impl Iterator<Item = &'static Case> {
    [
        go::SUITE,
        python::SUITE,
        javascript::SUITE,
        testbed::SUITE,
        otel::SUITE,
        rust::SUITE,
    ]
    .into_iter()
    .flatten()
    .copied()
    .flatten()
}
