//! G12 and G15: what must not compile.

#[test]
fn g12_g15_a_scope_does_not_cross_an_await_in_a_spawned_task() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
