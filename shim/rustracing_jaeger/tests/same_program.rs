//! One program, on the original and on the drop-in: spans, headers and Thrift are the same.

#![cfg(feature = "thrift")]
#![expect(clippy::duplicate_mod, reason = "one text for both")]

#[path = "same"]
mod original {
    use original_rustracing as rustracing;
    use original_rustracing_jaeger as rustracing_jaeger;
    pub(super) mod shop;
}

#[path = "same"]
mod drop_in {
    use opentracing_shim_rustracing as rustracing;
    use opentracing_shim_rustracing_jaeger as rustracing_jaeger;
    pub(super) mod shop;
}

#[test]
fn spans_are_the_same_field_by_field() {
    let original = original::shop::spans();

    assert_eq!(drop_in::shop::spans(), original);
    assert_eq!(
        original
            .lines()
            .filter(|line| line.starts_with('#'))
            .count(),
        12
    );
}

#[test]
fn what_is_printed_for_debugging_is_the_same() {
    assert_eq!(drop_in::shop::debug(), original::shop::debug());
}

#[test]
fn headers_are_the_same_byte_for_byte() {
    let original = original::shop::headers();

    assert_eq!(drop_in::shop::headers(), original);
    assert!(
        original.contains("uber-trace-id: a000000000000000b:c:0:1"),
        "{original}"
    );
}

#[test]
fn thrift_is_the_same_byte_for_byte() {
    let (compact, binary) = original::shop::thrift();

    assert_eq!(drop_in::shop::thrift(), (compact.clone(), binary.clone()));
    assert!(compact.len() > 300 && binary.len() > compact.len());
}
