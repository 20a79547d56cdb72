//! Two traces side by side, or two lots of them: what was matched, and in what it differs.
//!
//! What is matched, and which rule explains a difference, is decided by the package `compare`, as for the command
//! `trace-compare`. Here is how it is asked for and shown:
//!
//! - `request`: which traces, and which kinds of differences;
//! - `comparisons`: the reports that were made last;
//! - `kinds`: the kinds of differences, and the rows that have them;
//! - `form`: what a reader chooses from;
//! - `rows`: the spans, in chunks.

mod comparisons;
mod form;
mod kinds;
mod request;
mod rows;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use compare::Report;
use maud::{Markup, html};

use super::layout::{self, Section, View};
use super::text::{counted, grouped};
use super::{Page, Pairs};
pub(super) use comparisons::Comparisons;
use kinds::{Counts, Kind};
use request::{Request, Wrong};

/// Answers `/compare`.
pub(super) async fn answer(State(page): State<Page>, pairs: Pairs) -> Response {
    let request = match pairs {
        Ok(pairs) => Request::new(pairs.0),
        Err(error) => {
            let reason = error.body_text();
            return send(page, move |page| refuse(page, &Request::default(), &reason)).await;
        }
    };
    let request = match request {
        Ok(request) => request,
        Err(Wrong::Ticked(link)) => return Redirect::to(&link).into_response(),
        Err(wrong) => {
            let reason = wrong.to_string();
            return send(page, move |page| refuse(page, &Request::default(), &reason)).await;
        }
    };
    if request.left.is_empty() || request.right.is_empty() {
        return send(page, move |page| choose(page, &request)).await;
    }
    let made = page
        .comparisons
        .report(&page.store, &page.rules, &request)
        .await;
    send(page, move |page| match made {
        Ok(report) => view(page, &request, &report),
        Err(refused) => {
            let mut view = refuse(page, &request, &refused.to_string());
            view.status = refused.status();
            view
        }
    })
    .await
}

/// All of these views tell the newest traces in short, which takes its time when they are large.
async fn send(page: Page, view: impl FnOnce(&Page) -> View + Send + 'static) -> Response {
    let beside = page.beside.clone();
    beside.run(move || layout::answer(&view(&page))).await
}

fn frame(status: StatusCode, main: Markup) -> View {
    View {
        section: Section::Compare,
        status,
        title: "Compare".to_owned(),
        main,
    }
}

fn choose(page: &Page, request: &Request) -> View {
    frame(
        StatusCode::OK,
        html! {
            h1 { "Compare" }
            p { "What did a change do to a trace? Choose one from before and one from after, here or by two ticks on the "
                a href="/" { "list of traces" } "." }
            (form::sides(&page.store, request))
            p .note { "Spans are matched by their place and name, never by ids or times. What the change was meant to do is "
                "told apart from what it was not, by " a href="/guide/trace-compare#the-built-in-rules" { "rules" }
                ". For files, and for other backends, there is the command " code { "trace-compare" } "." }
        },
    )
}

fn refuse(page: &Page, request: &Request, reason: &str) -> View {
    frame(
        StatusCode::BAD_REQUEST,
        html! {
            h1 { "Compare" }
            p .refused role="alert" { (super::text::shown(reason, super::text::VALUE)) }
            (form::sides(&page.store, request))
        },
    )
}

fn view(page: &Page, request: &Request, report: &Report) -> View {
    let counts = Counts::of(report);
    frame(
        StatusCode::OK,
        html! {
            h1 { "Compare" }
            // Lines further down come without what stands above all of them.
            @if request.from == 0 { (form::sides(&page.store, request)) }
            (verdict(report, &counts))
            (form::kinds(request, &counts))
            (rows::table(request, report))
        },
    )
}

fn verdict(report: &Report, counts: &Counts) -> Markup {
    let differences = |number: usize| counted(number, "difference");
    let (by_rule, others) = counts.differences();
    let (class, word, sentence) = if !report.is_equivalent() {
        let by_rule = match by_rule {
            0 => String::new(),
            number => format!(", and {} that one does", grouped(number)),
        };
        let sentence = format!("{} that no rule explains{by_rule}.", differences(others));
        ("differs", "Different", sentence)
    } else if by_rule == 0 {
        (
            "same",
            "The same",
            "Nothing differs but ids and times.".to_owned(),
        )
    } else {
        let sentence = match by_rule {
            1 => "The only difference is explained by a rule.".to_owned(),
            number => format!("Each of {} is explained by a rule.", differences(number)),
        };
        ("same", "Equivalent", sentence)
    };
    let sign = if class == "same" {
        Kind::Same
    } else {
        Kind::Changed
    }
    .sign();
    html! {
        p #verdict .verdict .(class) role="status" {
            strong { span aria-hidden="true" { (sign) " " } (word) } " " (sentence)
        }
    }
}
