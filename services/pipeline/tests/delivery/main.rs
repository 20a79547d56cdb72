//! What becomes of spans: delivered, refused, lost, and said so.

mod counts;
mod support;
mod words;
