//! What a reader chooses from: the traces of each side, and the kinds of differences.

use maud::{Markup, html};
use opentelemetry::trace::TraceId;

use super::kinds::{Counts, Kind};
use super::request::{Request, joined};
use crate::page::text::{counted, grouped, name, time};
use crate::store::{Search, Store, Summary};

/// How many traces each side is chosen from.
const CHOICES: usize = 200;

/// The two sides.
pub(super) fn sides(store: &Store, request: &Request) -> Markup {
    let search = Search {
        limit: CHOICES,
        ..Search::default()
    };
    let newest = store.summaries(&search, 0).summaries;
    let operation = |ids: &[TraceId]| {
        let chosen = newest.iter().find(|it| ids.contains(&it.id));
        chosen.map(|it| (it.service.clone(), it.operation.clone()))
    };
    let alike = operation(&request.left).or_else(|| operation(&request.right));
    let both = !request.left.is_empty() && !request.right.is_empty();
    html! {
        form #sides method="get" action="/compare" aria-label="What is compared" {
            (side("left", "Before", &request.left, &newest, alike.as_ref()))
            (side("right", "After", &request.right, &newest, alike.as_ref()))
            div .field .actions {
                button type="submit" { "Compare" }
                @if both { a href=(request.swapped()) { "Swap" } }
            }
        }
    }
}

/// Traces that begin alike come first: they are what one wants to compare.
fn side(
    field: &str,
    label: &str,
    chosen: &[TraceId],
    newest: &[Summary],
    alike: Option<&(String, String)>,
) -> Markup {
    let is_alike = |it: &&Summary| {
        alike.is_some_and(|(service, operation)| {
            it.service == *service && it.operation == *operation
        })
    };
    let (first, others): (Vec<&Summary>, Vec<&Summary>) = newest.iter().partition(is_alike);
    let listed = chosen.len() == 1 && newest.iter().any(|it| chosen.contains(&it.id));
    html! {
        div .field .grows {
            label for=(field) { (label) }
            select id=(field) name=(field) required {
                @if chosen.is_empty() { option value="" { "choose a trace" } }
                @else if !listed {
                    option value=(joined(chosen)) selected {
                        @if let [one] = chosen { "trace " (one) } @else { (counted(chosen.len(), "trace")) }
                    }
                }
                @if first.is_empty() {
                    @for it in others { (choice(it, chosen)) }
                } @else {
                    optgroup label="Of the same operation" { @for it in first { (choice(it, chosen)) } }
                    @if !others.is_empty() { optgroup label="Others" { @for it in others { (choice(it, chosen)) } } }
                }
            }
        }
    }
}

fn choice(it: &Summary, chosen: &[TraceId]) -> Markup {
    let (started, _) = time(it.start_unix_nanos);
    let clock = started
        .rsplit_once(' ')
        .map_or(&*started, |(_, clock)| clock);
    let id = it.id.to_string();
    html! {
        option value=(id) selected[chosen == [it.id]] {
            (name(&it.operation)) " · " (name(&it.service)) " · " (clock) " · "
            @if it.failed > 0 { (counted(it.failed, "error")) " · " }
            (counted(it.spans, "span")) " · " (&id[id.len() - 6..])
        }
    }
}

/// Which kinds are shown.
pub(super) fn kinds(request: &Request, counts: &Counts) -> Markup {
    html! {
        form #kinds method="get" action="/compare" {
            input type="hidden" name="left" value=(joined(&request.left));
            input type="hidden" name="right" value=(joined(&request.right));
            fieldset {
                legend { "Show spans that are" }
                @for kind in Kind::ALL {
                    @let word = kind.word_in_links();
                    label .kind .(word) .none[counts.rows(kind) == 0] {
                        input type="checkbox" name="kind" value=(word) checked[request.kinds.has(kind)];
                        span .mark aria-hidden="true" { (kind.sign()) } (kind.word()) " "
                        span .count { (grouped(counts.rows(kind))) }
                    }
                }
            }
            button type="submit" { "Apply" }
        }
    }
}
