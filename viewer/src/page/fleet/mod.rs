//! A stage for each service, a run, and what it left.

mod told;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::{FormRejection, PathRejection, QueryRejection};
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use maud::{Markup, html};

use super::guard;
use super::layout::{self, Section, View};
use super::runner::{Busy, Choice, Runs, SERVICES, Stages};
use crate::store::Store;

/// How long an answer waits for the run that it began. One that takes longer is shown as under way.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is chosen when nobody has chosen.
const DEFAULT: &str = "shim";

#[derive(Clone, Debug)]
struct Fleet {
    store: Arc<Store>,
    runs: Option<Arc<Runs>>,
}

type Pairs = Vec<(String, String)>;

pub(super) fn router(store: Arc<Store>, runs: Option<Arc<Runs>>) -> Router {
    let routes = Router::new()
        .route("/fleet", get(choose))
        .route("/fleet/runs", post(start))
        .route("/fleet/runs/{number}", get(run));
    guard::same_origin(routes).with_state(Fleet { store, runs })
}

async fn choose(
    State(fleet): State<Fleet>,
    pairs: Result<Query<Pairs>, QueryRejection>,
) -> Response {
    let pairs = pairs.map(|Query(pairs)| pairs).unwrap_or_default();
    let chosen = chosen(&pairs).unwrap_or_else(|| Stages::all(DEFAULT));
    layout::answer(&view(
        StatusCode::OK,
        "Fleet",
        html! {
            h1 { "Fleet" }
            p .lead {
                "A fleet moves service by service. Choose a stage for each of the three, let somebody log in, and see what trace is left."
            }
            @match &fleet.runs {
                Some(runs) => { (form(runs, &chosen)) (earlier(runs)) }
                None => (nothing_to_run()),
            }
        },
    ))
}

async fn start(State(fleet): State<Fleet>, pairs: Result<Form<Pairs>, FormRejection>) -> Response {
    let Some(runs) = &fleet.runs else {
        let main = html! { h1 { "Nothing to run" } (nothing_to_run()) };
        return layout::answer(&view(StatusCode::NOT_FOUND, "Nothing to run", main));
    };
    let pairs = pairs.map(|Form(pairs)| pairs).unwrap_or_default();
    let stages = chosen(&pairs).filter(|stages| runs.offers(stages));
    let Some(stages) = stages else {
        let sentence = "Each of api, auth and sms needs one of the stages that it can be in.";
        return refuse(StatusCode::BAD_REQUEST, "Not understood", sentence, None);
    };
    match runs.start(stages) {
        Ok(number) => {
            runs.wait(number, PATIENCE).await;
            Redirect::to(&path(number)).into_response()
        }
        Err(Busy { number }) => {
            let sentence = "There is one run at a time, and one is under way. It ends by itself.";
            refuse(StatusCode::CONFLICT, "Busy", sentence, Some(number))
        }
    }
}

async fn run(State(fleet): State<Fleet>, number: Result<Path<u64>, PathRejection>) -> Response {
    let runs = fleet.runs.as_ref();
    let found = number
        .ok()
        .and_then(|Path(number)| runs.and_then(|runs| runs.get(number)));
    let Some(told) = found else {
        let sentence =
            "No run of that number is known. The last ones are kept until the process ends.";
        return refuse(StatusCode::NOT_FOUND, "Not here", sentence, None);
    };
    let title = format!("Run {}", told.number);
    let is_running = told.outcome.is_none();
    let main = html! {
        h1 { (title) }
        (told::stages_of(&told.stages))
        // The element stays when what it says is another: so it is said to whoever does not see it.
        div #said role="status" data-live[is_running] {
            @match &told.outcome {
                None => p .running { "Under way. Its end shows up here by itself." },
                Some(outcome) => (told::verdict(outcome)),
            }
        }
        div #left data-live[is_running] {
            @match &told.outcome {
                None => p .note { "Since " (told.age().as_secs()) " s." },
                Some(outcome) => (told::traces(&fleet.store, outcome)),
            }
        }
        p #onward .actions-row data-live[is_running] {
            a href=(format!("/fleet?{}", query(&told.stages))) { "Choose again" }
            @if let Some(link) = told::against_the_one_before(runs.map(AsRef::as_ref), &told) {
                a href=(link.1) { (link.0) }
            }
        }
    };
    let view = view(StatusCode::OK, &title, main);
    if is_running {
        layout::answer_for_now(&view)
    } else {
        layout::answer(&view)
    }
}

fn view(status: StatusCode, title: &str, main: Markup) -> View {
    View {
        section: Section::Fleet,
        status,
        title: title.to_owned(),
        main,
    }
}

fn refuse(status: StatusCode, title: &str, sentence: &str, running: Option<u64>) -> Response {
    let main = html! {
        h1 { (title) }
        p { (sentence) }
        @if let Some(number) = running { p { a href=(path(number)) { "To run " (number) } } }
        p { a href="/fleet" { "Choose the stages of a fleet" } }
    };
    layout::answer(&view(status, title, main))
}

fn path(number: u64) -> String {
    format!("/fleet/runs/{number}")
}

/// The stage of each service, if all three are named.
fn chosen(pairs: &[(String, String)]) -> Option<Stages> {
    let of = |service: &str| {
        let mut pairs = pairs.iter();
        let named = pairs.find(|(name, _)| name == service);
        named.map(|(_, stage)| stage.clone())
    };
    Some(Stages {
        api: of("api")?,
        auth: of("auth")?,
        sms: of("sms")?,
    })
}

fn query(stages: &Stages) -> String {
    let pairs = SERVICES.map(|service| {
        let stage = stages.of(service).unwrap_or_default();
        let stage =
            percent_encoding::utf8_percent_encode(stage, percent_encoding::NON_ALPHANUMERIC);
        format!("{service}={stage}")
    });
    pairs.join("&")
}

fn form(runs: &Runs, chosen: &Stages) -> Markup {
    html! {
        form .run .panel-form method="post" action="/fleet/runs" aria-label="Run a fleet" {
            @for service in SERVICES {
                div .field {
                    label for=(service) { (service) }
                    select id=(service) name=(service) {
                        (options(&runs.runner.choices(service), chosen.of(service)))
                    }
                }
            }
            div .field .actions { button type="submit" { "Run a login" } }
        }
    }
}

fn options(choices: &[Choice], chosen: Option<&str>) -> Markup {
    let option = |choice: &Choice| {
        html! {
            option value=(choice.value) selected[chosen == Some(choice.value.as_str())] { (choice.label) }
        }
    };
    let mistakes = choices.iter().filter(|choice| choice.mistake);
    let mistakes: Vec<_> = mistakes.collect();
    html! {
        optgroup label="Stages" {
            @for choice in choices.iter().filter(|choice| !choice.mistake) { (option(choice)) }
        }
        @if !mistakes.is_empty() {
            optgroup label="With a mistake" { @for choice in mistakes { (option(choice)) } }
        }
    }
}

/// A button that runs the login with all services in one stage; nothing without a runner, or where the stage is no choice.
pub(super) fn button(runs: Option<&Runs>, stage: &str) -> Markup {
    let stages = Stages::all(stage);
    html! {
        @if runs.is_some_and(|runs| runs.offers(&stages)) {
            form .run method="post" action="/fleet/runs" aria-label={ "Run stage " (stage) } {
                @for service in SERVICES { input type="hidden" name=(service) value=(stage); }
                button type="submit" { "Run the login in stage " (stage) }
            }
        }
    }
}

fn nothing_to_run() -> Markup {
    html! {
        div .empty {
            p { "Nothing is plugged into this viewer that could run services: it only receives." }
            p { "In a checkout of the project, " code { "cargo run" }
                " in a terminal starts the demo. The page at the address that it prints has the buttons." }
        }
    }
}

fn earlier(runs: &Runs) -> Markup {
    let all = runs.all();
    html! {
        @if !all.is_empty() {
            section aria-labelledby="earlier" {
                h2 #earlier { "Runs" }
                ul .runs {
                    @for told in all {
                        li {
                            a href=(path(told.number)) { "Run " (told.number) }
                            " " span .note { (told.stages.to_string()) } " "
                            (told::mark(told.outcome.as_ref()))
                        }
                    }
                }
            }
        }
    }
}
