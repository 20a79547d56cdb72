//! The page: what arrived, for a browser.
//!
//! Every view is HTML that the server wrote; links and the form need no script. The script adds what a document cannot
//! do: it fetches the same pages again while something changes, and takes keys. Read in this order:
//!
//! - `layout`: the frame of every view, and how its answers are sent;
//! - `list`, `filter` and `when`: the traces, and the search for them;
//! - `trace`: one trace as a waterfall, in chunks;
//! - `span`: all that is known of a span;
//! - `doctor`: what looks wrong in a trace;
//! - `logs`: what services wrote while they worked on a trace;
//! - `compare`: two traces side by side, and `capture`, which makes them comparable;
//! - `guide`: the pages that explain differences and findings;
//! - `stages`: the services' source in two stages, side by side;
//! - `fleet` and `runner`: what is plugged in to run services, and what became of it;
//! - `guard`: who may ask, and who may have something run;
//! - `beside`: where a view is made that takes its time;
//! - `text` and `accent`: what came from outside, made fit to be seen;
//! - `assets`: style, script and icon, which are parts of the binary.
//!
//! No value of a trace is markup: the templates escape all of them, and the policy that is sent along lets a browser run
//! nothing but the script of this page, and apply no style but its own.

mod accent;
mod assets;
mod beside;
mod capture;
mod compare;
mod doctor;
mod filter;
mod fleet;
pub(crate) mod guard;
mod guide;
mod layout;
mod list;
mod logs;
mod runner;
mod span;
mod stages;
mod text;
mod trace;
mod when;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use ::compare::Rules;
use axum::Router;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use opentelemetry::trace::TraceId;

use crate::model::{parse_span_id, parse_trace_id};
use crate::store::{Stats, Store};
use beside::Beside;
use doctor::Examined;
use filter::Filter;
use layout::View;
use runner::Runs;
pub use runner::{Choice, Receiver, Request, Run, Runner, Stages};

#[derive(Clone, Debug)]
struct Page {
    store: Arc<Store>,
    /// Tells the tags of this process from those of one that had the port before.
    started: u128,
    /// By which traces are compared and examined.
    rules: Arc<Rules>,
    comparisons: Arc<compare::Comparisons>,
    beside: Beside,
}

/// How long a list of the last minutes may stay as it is.
const STEP_NANOS: i64 = 5_000_000_000;

type Pairs = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// The routes, without a server around them, and without anything that could be run.
pub fn router(store: Arc<Store>) -> Router {
    router_by(Rules::builtin(), store, None)
}

/// As [`router`], with buttons that run services. Their spans have to go to this receiver.
pub fn router_with(runner: Arc<dyn Runner>, receiver: Receiver) -> Router {
    let store = Arc::clone(&receiver.store);
    router_by(Rules::builtin(), store, Some((runner, receiver)))
}

/// As both, with rules of one's own.
pub(crate) fn router_by(
    rules: Rules,
    store: Arc<Store>,
    plugged: Option<(Arc<dyn Runner>, Receiver)>,
) -> Router {
    let runs = plugged.map(|(runner, receiver)| Arc::new(Runs::new(runner, receiver)));
    let started = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos();
    let stages = stages::router(runs.clone(), started);
    let fleet = fleet::router(Arc::clone(&store), runs);
    Router::new()
        .route("/", get(traces))
        .route("/trace/{id}", get(trace))
        .route("/trace/{id}/span/{span}", get(span))
        .route("/compare", get(compare::answer))
        .route("/guide", get(guide_page))
        .route("/guide/{*page}", get(guide_page))
        .with_state(Page {
            store,
            started,
            rules: Arc::new(rules),
            comparisons: Arc::default(),
            beside: Beside::default(),
        })
        .merge(stages)
        .merge(fleet)
        .merge(assets::router())
}

fn unix_nanos() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(now.unwrap_or_default().as_nanos()).unwrap_or(i64::MAX)
}

async fn traces(State(page): State<Page>, headers: HeaderMap, pairs: Pairs) -> Response {
    let pairs = match pairs {
        Ok(Query(pairs)) => pairs,
        Err(error) => return refuse(&error.body_text()),
    };
    let stats = page.store.stats();
    let filter = Filter::new(pairs);
    // What lies within the last minutes changes by itself.
    let step = filter.is_relative().then(|| unix_nanos() / STEP_NANOS);
    let tag = page.tag(&stats, step.unwrap_or_default());
    let store = Arc::clone(&page.store);
    let view = move || list::view(&store, &filter, unix_nanos());
    layout::answer_beside(&headers, &tag, &page.beside, view).await
}

async fn trace(
    State(page): State<Page>,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
    pairs: Pairs,
) -> Response {
    let Some(id) = id.ok().and_then(|Path(id)| parse_trace_id(&id)) else {
        return refuse("A trace id is 1 to 32 hexadecimal digits.");
    };
    let from = pairs.ok().and_then(|Query(pairs)| {
        let from = pairs.into_iter().find(|(key, _)| key == "from")?;
        from.1.parse().ok()
    });
    let tag = page.trace_tag(id);
    let from = from.unwrap_or(0);
    let (store, rules) = (Arc::clone(&page.store), Arc::clone(&page.rules));
    let view = move || {
        let Some(trace) = store.trace(id) else {
            return logs::without_spans(&store, id).unwrap_or_else(|| missing(id));
        };
        // Lines further down come without what stands above all of them.
        let examined = match from {
            0 => doctor::examine(&store, &rules, id),
            _ => Examined::Elsewhere,
        };
        let listed = trace::has_logs(&trace, from).then_some(span::LISTED);
        let records = store.first_logs(id, None, listed.unwrap_or(0));
        trace::view(&trace, &records, &examined, from)
    };
    layout::answer_beside(&headers, &tag, &page.beside, view).await
}

async fn span(
    State(page): State<Page>,
    headers: HeaderMap,
    ids: Result<Path<(String, String)>, PathRejection>,
) -> Response {
    let ids = ids.ok().and_then(|Path((trace, span))| {
        let (trace, span) = (parse_trace_id(&trace)?, parse_span_id(&span)?);
        Some((trace, span))
    });
    let Some((id, span)) = ids else {
        return refuse("A trace id is 1 to 32 hexadecimal digits, and a span id 1 to 16.");
    };
    let tag = page.trace_tag(id);
    let store = Arc::clone(&page.store);
    let view = move || {
        let trace = store.trace(id);
        let found = trace.and_then(|trace| {
            let records = store.first_logs(id, Some(span), span::LISTED);
            span::view(&trace, &records, span)
        });
        found.unwrap_or_else(|| missing(id))
    };
    layout::answer_beside(&headers, &tag, &page.beside, view).await
}

async fn guide_page(State(page): State<Page>, headers: HeaderMap, uri: Uri) -> Response {
    let tag = format!("W/\"{:x}\"", page.started);
    layout::answer_if_changed(&headers, &tag, || {
        guide::view(uri.path()).unwrap_or_else(|| {
            let title = "No such page";
            View::message(
                StatusCode::NOT_FOUND,
                title,
                "The guide has no page of that name.",
            )
        })
    })
}

fn missing(id: TraceId) -> View {
    View::message(
        StatusCode::NOT_FOUND,
        "Not here",
        &format!(
            "Nothing of that id is held in trace {id}. It has not arrived yet, or it left for newer ones."
        ),
    )
}

fn refuse(reason: &str) -> Response {
    layout::answer(&View::message(
        StatusCode::BAD_REQUEST,
        "Not understood",
        reason,
    ))
}

// === impl Page ===

impl Page {
    /// Changes with what the list shows, and with the time.
    fn tag(&self, stats: &Stats, step: i64) -> String {
        let Stats {
            spans,
            traces,
            received_spans,
            dropped_spans,
            rejected_spans,
            ..
        } = stats;
        format!(
            "W/\"{:x}-{step:x}-{spans:x}-{traces:x}-{received_spans:x}-{dropped_spans:x}-{rejected_spans:x}\"",
            self.started
        )
    }

    /// Changes with that trace alone.
    fn trace_tag(&self, id: TraceId) -> String {
        let (spans, logs) = (self.store.span_count(id), self.store.log_count(id));
        format!("W/\"{:x}-{spans:x}-{logs:x}\"", self.started)
    }
}
