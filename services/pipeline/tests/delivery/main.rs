//! What becomes of spans and log records: delivered, refused, lost, and said so.

mod counts;
mod logs;
mod records;
mod support;
mod words;
