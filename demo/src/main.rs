//! The whole story in one command.
fn main() {}
