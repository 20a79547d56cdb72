//! A2: the types of OpenTelemetry that a caller can meet. The listing itself is kept fresh by `cargo xtask check api`.

/// What can be named from outside, one line for each item.
const LISTING: &str = include_str!("../public-api.txt");

/// Lines that may name OpenTelemetry: the constructor, the propagators, and modules that are asked for as features.
fn may_name_opentelemetry(line: &str) -> bool {
    let places = [
        "pub bridge::TracerShim::builder:",
        "pub bridge::TracerShimBuilder::",
        "pub propagation::",
        "impl opentelemetry::propagation::TextMapPropagator for ",
    ];
    places.iter().any(|place| line.starts_with(place)) || line.ends_with("[feature sdk]")
}

#[test]
fn a2_only_the_constructor_and_the_propagators_name_opentelemetry() {
    let naming: Vec<_> = LISTING
        .lines()
        .filter(|line| line.contains("opentelemetry"))
        .collect();

    assert!(
        naming.len() > 5,
        "the constructor takes a provider: {naming:?}"
    );
    let leaks: Vec<_> = naming
        .into_iter()
        .filter(|line| !may_name_opentelemetry(line))
        .collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}

#[test]
fn a2_the_listing_has_the_whole_vocabulary() {
    let nouns = [
        "Tracer",
        "Span",
        "SpanContext",
        "Scope",
        "ScopeManager",
        "Reference",
        "Baggage",
        "Format",
    ];

    for noun in nouns {
        let line = format!("pub use {noun}: ");
        assert!(
            LISTING.lines().any(|listed| listed.starts_with(&line)),
            "{noun}"
        );
    }
}
