//! What the stages cost in lines: the manifests of two, and the numbers of all.

use std::collections::BTreeSet;

use grid::summary::Row;
use grid::{BARE, SERVICES};
use maud::{Markup, html};

use super::Chosen;
use super::library::Library;

/// The dependencies of both stages: those that one of them lacks, and then the rest.
pub(super) fn manifests(chosen: &Chosen<'_>) -> Markup {
    let (left, right) = (chosen.left, chosen.right);
    let lines: BTreeSet<_> = left.manifest.iter().chain(&right.manifest).collect();
    let in_both = |line: &&String| left.manifest.contains(line) && right.manifest.contains(line);
    let (both, different): (Vec<&String>, Vec<_>) = lines.into_iter().partition(in_both);
    html! {
        section .part aria-labelledby="manifests" {
            h2 #manifests { "The manifests" }
            @if different.is_empty() {
                p { "Both have the same dependencies." }
            } @else {
                div .scroll tabindex="0" role="region" aria-labelledby="manifests" {
                    table .grid aria-labelledby="manifests" {
                        thead { tr {
                            th scope="col" { "Dependency" }
                            th scope="col" { (left.stage) }
                            th scope="col" { (right.stage) }
                        } }
                        tbody {
                            @for line in &different {
                                tr {
                                    th scope="row" { code { (line) } }
                                    (has(left.manifest.contains(line)))
                                    (has(right.manifest.contains(line)))
                                }
                            }
                        }
                    }
                }
            }
            @if !both.is_empty() {
                details {
                    summary { (both.len()) " that both have" }
                    ul .plain { @for line in &both { li { code { (line) } } } }
                }
            }
        }
    }
}

fn has(line: bool) -> Markup {
    html! { td { @if line { "yes" } @else { span .note { "no" } } } }
}

/// All stages in numbers; the two that are shown stand out.
pub(super) fn table(library: &Library, chosen: &Chosen<'_>) -> Markup {
    let is_shown = |row: &Row| [&chosen.left.stage, &chosen.right.stage].contains(&&row.stage);
    html! {
        section .part aria-labelledby="numbers" {
            h2 #numbers { "All stages in numbers" }
            p .note { "What each adds to " (BARE) ". That no token of " (BARE) " changes is what a test asks of every file." }
            div .scroll tabindex="0" role="region" aria-labelledby="numbers" {
                table .grid aria-labelledby="numbers" {
                    thead { tr {
                        th scope="col" { "Stage" }
                        th scope="col" .number { "Manifest lines" }
                        th scope="col" .number { "Lines of set-up" }
                        th scope="col" .number { "Flow lines added" }
                        @for service in SERVICES { th scope="col" .number { "Tokens added: " (service) } }
                        th scope="col" .number { "Business tokens changed" }
                    } }
                    tbody {
                        @for row in &library.rows {
                            tr .shown[is_shown(row)] {
                                th scope="row" {
                                    a href=(chosen.link(chosen.service, BARE, &row.stage)) { (row.stage) }
                                    @if is_shown(row) { " " span .note { "shown" } }
                                }
                                td .number { "+" (row.dependencies_added) " −" (row.dependencies_removed) }
                                td .number { (row.setup_lines) }
                                td .number { (row.flow_lines) }
                                @for tokens in row.tokens { td .number { (tokens) } }
                                td .number { "0" }
                            }
                        }
                    }
                }
            }
        }
    }
}
