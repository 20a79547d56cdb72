//! Every chain of up to five services of a mixed fleet: which traces split, and who is whose parent.
//!
//! `cargo test -p opentracing-shim --test chain_simulator -- --nocapture` prints the counts.

mod hop;
mod prediction;
mod tally;

use opentracing_shim::propagation::Dialect;

use hop::{Hop, Kind, Services, Span};
use prediction::Prediction;
use tally::Tally;

const LONGEST: u32 = 5;

/// All chains of a length, each hop being one of six.
fn chains(length: u32) -> impl Iterator<Item = Vec<Hop>> {
    let choices = Hop::ALL.len();
    (0..choices.pow(length)).map(move |number| {
        (0..length)
            .map(|place| Hop::ALL[number / choices.pow(place) % choices])
            .collect()
    })
}

/// Sends a request down every chain and holds what comes of it against the prediction.
fn simulate(marker: bool, preferred: Dialect) -> Tally {
    let services = Services::new(marker, preferred);
    let mut tally = Tally::default();
    for chain in (1..=LONGEST).flat_map(chains) {
        let spans = services.run(&chain);
        let predicted = prediction::predict(&chain, marker, preferred);
        assert_eq!(
            spans.iter().map(Prediction::from).collect::<Vec<_>>(),
            predicted,
            "{chain:?}"
        );
        tally.count(&chain, &spans);
    }
    tally
}

fn report(marker: bool, preferred: Dialect) -> Tally {
    let tally = simulate(marker, preferred);
    println!("marker {marker}, {preferred:?} preferred\n{tally}");
    tally
}

#[test]
fn all_chains_are_simulated() {
    let counts: Vec<_> = (1..=LONGEST).map(|length| chains(length).count()).collect();

    assert_eq!(counts, [6, 36, 216, 1296, 7776]);
}

#[test]
fn the_counts_are_those_of_the_documentation() {
    let documentation = include_str!("../../docs/propagation.md");
    let words: Vec<_> = documentation.split_whitespace().collect();
    let [with, without] = [true, false].map(|marker| simulate(marker, Dialect::W3c).totals());

    assert_eq!(with[..2], without[..2], "the marker saves no trace");
    let sentences = [
        format!("Of {} chains {} split,", with[0], with[1]),
        format!(
            "{} times with the marker, and {} times without.",
            with[2], without[2]
        ),
    ];
    for sentence in sentences {
        assert!(words.join(" ").contains(&sentence), "{sentence}");
    }
}

#[test]
fn with_the_marker_only_two_single_dialects_side_by_side_hide_the_caller() {
    let tally = report(true, Dialect::W3c);

    for (chain, spans) in tally.misplaced() {
        for span in spans.iter().filter(|span| span.is_misplaced()) {
            let since_dual = chain[..span.place]
                .iter()
                .rev()
                .take_while(|hop| hop.kind != Kind::Dual);
            let kinds: Vec<Kind> = since_dual.map(|hop| hop.kind).collect();
            assert!(
                kinds.contains(&Kind::Legacy) && kinds.contains(&Kind::W3c),
                "{chain:?}: hop {}",
                span.place
            );
        }
    }
}

#[test]
fn without_the_marker_one_old_service_in_a_row_is_recognised() {
    let tally = report(false, Dialect::W3c);

    assert!(tally.misplaced().next().is_some());
    let dual_legacy_dual = [Kind::Dual, Kind::Legacy, Kind::Dual];
    let misplaced =
        |(chain, _): &(Vec<Hop>, Vec<Span>)| chain.iter().map(|hop| hop.kind).eq(dual_legacy_dual);
    assert!(!tally.misplaced().any(misplaced));
}

#[test]
fn the_other_preference_splits_no_more_and_no_less() {
    let [w3c, jaeger] = [Dialect::W3c, Dialect::Jaeger].map(|preferred| report(true, preferred));

    assert_eq!(w3c.split_chains(), jaeger.split_chains());
}

#[test]
fn one_old_or_one_new_dialect_beside_dual_services_never_splits() {
    for marker in [true, false] {
        let tally = simulate(marker, Dialect::W3c);

        for (chain, spans) in tally.split() {
            let has = |kind| chain.iter().any(|hop| hop.kind == kind);
            assert!(has(Kind::Legacy) && has(Kind::W3c), "{chain:?}");
            // A new trace begins only where no header came that the service knows.
            for span in spans.iter().filter(|span| span.parent.is_none()) {
                assert!(
                    span.place == 0 || chain[span.place].kind != Kind::Dual,
                    "{chain:?}"
                );
            }
        }
    }
}
