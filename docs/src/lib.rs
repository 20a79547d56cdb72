//! The pages of this project as tests: every block of Rust in them is a doctest.
//!
//! Pages are read where they lie, so that their links work; nothing of them is in this crate's own documentation. The
//! tests in `tests/` hold all pages to the rest: blocks of data parse, links lead somewhere, and no block of Rust escapes.
//!
//! In reading order: `README.md`, `docs/guide.md`, `docs/architecture.md`, `services/README.md`.
//!
//! `shop/` is the guide's program, a package for each step; `tests/shop/` runs what the guide says of it. The example `tree`
//! shows a trace as the pages do.

#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../README.md")]
    mod readme {}

    #[doc = include_str!("../guide.md")]
    mod guide {}

    #[doc = include_str!("../architecture.md")]
    mod architecture {}

    #[doc = include_str!("../../services/README.md")]
    mod services {}
}
