//! Input of any kind is read as the original reads it, and panics nobody.

#![expect(clippy::duplicate_mod, reason = "one text for both")]

use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::{option, sample};

#[path = "same"]
mod original {
    use original_rustracing as rustracing;
    use original_rustracing_jaeger as rustracing_jaeger;
    pub(super) mod reading;
}

#[path = "same"]
mod drop_in {
    use opentracing_shim_rustracing as rustracing;
    use opentracing_shim_rustracing_jaeger as rustracing_jaeger;
    pub(super) mod reading;
}

/// Text that is nearly a header: the right characters, or the right form, or neither.
fn header() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9a-f]{0,33}(:|%3A|%3a)[+]?[0-9a-f]{0,17}:[0-9a-f]{0,2}:[0-9a-f]{0,3}",
        "[0-9a-fA-F:+%é]{0,80}",
        any::<String>(),
    ]
}

fn name() -> impl Strategy<Value = String> {
    sample::select(vec![
        "uber-trace-id",
        "Uber-Trace-Id",
        "jaeger-debug-id",
        "JAEGER-DEBUG-ID",
        "uberctx-tenant",
        "traceparent",
        "baggage",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn headers_are_read_alike(fields in vec((name(), prop_oneof![header().prop_map(String::into_bytes), vec(any::<u8>(), 0..40)]), 0..4)) {
        prop_assert_eq!(drop_in::reading::http(&fields), original::reading::http(&fields));
    }

    #[test]
    fn text_maps_are_read_alike(context in option::of(header()), debug in option::of(any::<String>()), case in any::<bool>()) {
        let name = if case { "uber-trace-id" } else { "Uber-Trace-Id" };
        let context = context.map(|value| (name.to_owned(), value));
        let debug = debug.map(|value| ("jaeger-debug-id".to_owned(), value));
        let entries: HashMap<String, String> = context.into_iter().chain(debug).collect();

        prop_assert_eq!(drop_in::reading::text_map(&entries), original::reading::text_map(&entries));
    }

    #[test]
    fn states_and_trace_ids_are_parsed_alike(text in header()) {
        prop_assert_eq!(drop_in::reading::parsed(&text), original::reading::parsed(&text));
    }

    /// Less is not enough for a context: see `short_binary_input_is_no_context`.
    #[test]
    fn whole_binary_contexts_are_read_alike(bytes in vec(any::<u8>(), 33..60)) {
        prop_assert_eq!(drop_in::reading::binary(&bytes), original::reading::binary(&bytes));
    }
}

/// The original makes a context of what it finds, with zeros for the rest.
#[test]
fn short_binary_input_is_no_context() {
    for length in 0..33 {
        let bytes = vec![7; length];

        let (read, rest) = drop_in::reading::binary(&bytes);

        let expected = if length == 0 { "None" } else { "InvalidInput" };
        assert_eq!((read.as_str(), rest), (expected, 0), "{length} bytes");
        assert!(original::reading::binary(&bytes).0.starts_with("Some"));
    }
}
