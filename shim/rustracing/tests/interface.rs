//! Every public path and signature, compiled against the original and against the drop-in.

#![cfg(feature = "stacktrace")]
#![expect(clippy::duplicate_mod, reason = "one text for both")]

#[macro_use]
#[path = "support/has.rs"]
mod has;

#[path = "same"]
mod original {
    use original_rustracing as rustracing;
    pub(super) mod auto_traits;
    mod interface;
}

#[path = "same"]
mod drop_in {
    use opentracing_shim_rustracing as rustracing;
    pub(super) mod auto_traits;
    mod interface;
}

#[test]
fn types_may_go_wherever_those_of_the_original_may() {
    let original = original::auto_traits::table();

    assert_eq!(drop_in::auto_traits::table(), original);
    assert!(original.contains(&("Span<Cell<u8>>", "Sync", false)));
    assert!(original.contains(&("Span<u8>", "Send", true)));
}
