//! The chapters of docs/; every Rust block is a doctest.
