//! Two stages of a service side by side: what a migration changes, on one screen.
//!
//! The source is a part of the binary, so that a container without a checkout shows it too.

mod code;
mod library;
mod numbers;

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use grid::Column;
use maud::{Markup, html};

use super::fleet;
use super::layout::{self, Section, View};
use super::runner::Runs;
use library::{Library, library};

/// What is shown when nobody has chosen: the text without instrumentation, and the one with OpenTracing's calls.
const DEFAULT: (&str, &str, &str) = (grid::BARE, "shim", "api");

#[derive(Clone, Debug)]
struct Stages {
    runs: Option<Arc<Runs>>,
    /// Changes with the process, and so with its sources.
    tag: Arc<str>,
}

/// What was chosen.
struct Chosen<'a> {
    service: &'a str,
    /// Bare's column, which says what is business.
    bare: &'a Column,
    left: &'a Column,
    right: &'a Column,
}

pub(super) fn router(runs: Option<Arc<Runs>>, started: u128) -> Router {
    let tag = format!("W/\"{started:x}-stages\"").into();
    Router::new()
        .route("/stages", get(stages))
        .with_state(Stages { runs, tag })
}

async fn stages(
    State(stages): State<Stages>,
    headers: HeaderMap,
    pairs: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Response {
    let pairs = pairs.map(|Query(pairs)| pairs).unwrap_or_default();
    let asked = |name: &str| {
        let mut pairs = pairs.iter().filter(|(key, _)| key == name);
        pairs.next().map(|(_, value)| value.as_str())
    };
    // It reads all of the source the first time, which nobody else is to wait for.
    let library = tokio::task::spawn_blocking(library)
        .await
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
    let (left, right, service) = DEFAULT;
    let chosen = Chosen::of(
        library,
        asked("service").unwrap_or(service),
        asked("left").unwrap_or(left),
        asked("right").unwrap_or(right),
    );
    let Some(chosen) = chosen else {
        return layout::answer(&unknown(library));
    };
    layout::answer_if_changed(&headers, &stages.tag, || {
        view(library, &chosen, stages.runs.as_deref())
    })
}

impl<'a> Chosen<'a> {
    fn of(library: &'a Library, service: &str, left: &str, right: &str) -> Option<Self> {
        let columns = library.service(service)?;
        let column = |stage: &str| columns.iter().find(|column| column.stage == stage);
        let mut services = library.services.iter();
        Some(Self {
            service: services.find(|(name, _)| *name == service)?.0,
            bare: columns.first()?,
            left: column(left)?,
            right: column(right)?,
        })
    }

    fn link(&self, service: &str, left: &str, right: &str) -> String {
        format!("/stages?left={left}&right={right}&service={service}")
    }
}

fn unknown(library: &Library) -> View {
    let stages: Vec<_> = library.stages().collect();
    let services = library.services.iter().map(|(name, _)| *name);
    let services: Vec<_> = services.collect();
    View {
        section: Section::Stages,
        status: StatusCode::BAD_REQUEST,
        title: "Not understood".to_owned(),
        main: html! {
            h1 { "Not understood" }
            p { "A stage is one of " (stages.join(", ")) ", a service one of " (services.join(", ")) "." }
            p { a href="/stages" { "Choose again" } }
        },
    }
}

fn view(library: &Library, chosen: &Chosen<'_>, runs: Option<&Runs>) -> View {
    let (left, right) = (chosen.left.stage.as_str(), chosen.right.stage.as_str());
    View {
        section: Section::Stages,
        status: StatusCode::OK,
        title: format!("{} in {left} and {right}", chosen.service),
        main: html! {
            h1 { "Stages" }
            p .lead {
                "The same service at two points of a migration. What a stage adds to the business of a service is "
                ins { "marked" } "; the rest is the text of stage " (grid::BARE) ", word for word."
            }
            (form(library, chosen))
            (run(runs, left, right))
            nav .tabs aria-label="Services" {
                @for (service, _) in &library.services {
                    a href=(chosen.link(service, left, right)) aria-current=[(*service == chosen.service).then_some("true")] {
                        (service)
                    }
                }
            }
            (code::view(chosen))
            (numbers::manifests(chosen))
            (numbers::table(library, chosen))
            (code::setup(library, chosen))
        },
    }
}

fn form(library: &Library, chosen: &Chosen<'_>) -> Markup {
    let (left, right) = (chosen.left.stage.as_str(), chosen.right.stage.as_str());
    let field = |name: &str, label: &str, stage: &str| {
        html! {
            div .field {
                label for=(name) { (label) }
                select id=(name) name=(name) {
                    @for other in library.stages() { option value=(other) selected[other == stage] { (other) } }
                }
            }
        }
    };
    html! {
        form .panel-form method="get" action="/stages" aria-label="Choose two stages" {
            (field("left", "Left", left))
            (field("right", "Right", right))
            input type="hidden" name="service" value=(chosen.service);
            div .field .actions {
                button type="submit" { "Show" }
                a href=(chosen.link(chosen.service, right, left)) { "Swap" }
            }
        }
    }
}

fn run(runs: Option<&Runs>, left: &str, right: &str) -> Markup {
    html! {
        div .run-row {
            @if runs.is_some() {
                (fleet::button(runs, left))
                @if left != right { (fleet::button(runs, right)) }
            } @else {
                p .note { "To run a stage’s login from here, " a href="/fleet" { "a runner has to be plugged in" } "." }
            }
        }
    }
}
