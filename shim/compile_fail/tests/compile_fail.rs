//! G12 and G15: what must not compile, and how that is said.
//!
//! That it does not compile is a `compile_fail` doctest of `Scope` as well, for any compiler. The words are the compiler's
//! and change with it, so they are compared with those of the version that they were recorded with alone.

use std::process::Command;

const RECORDED_WITH: &str = "rustc 1.95.";

#[test]
fn g12_g15_a_scope_does_not_cross_an_await_in_a_spawned_task() {
    let version = Command::new("rustc").arg("--version").output();
    let version = version.expect("the compiler that built this test is there");
    let version = String::from_utf8_lossy(&version.stdout);
    if !version.starts_with(RECORDED_WITH) {
        println!(
            "skipped: the messages were recorded with {RECORDED_WITH}x, and this is {version}"
        );
        return;
    }

    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
