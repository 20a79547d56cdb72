//! The endpoints that a program asks: Jaeger's HTTP API, the logs of a trace, and counts.

mod params;

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::HeaderName;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};

use crate::jaeger::wire::{Envelope, ErrorJson, OperationJson, RecordJson, TraceJson};
use crate::model::parse_trace_id;
use crate::store::{Stats, Store};
use params::Params;

/// The routes, without a server around them.
pub fn router(store: Arc<Store>) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/api/stats", get(stats))
        .route("/api/services", get(services))
        .route("/api/services/{service}/operations", get(operation_names))
        .route("/api/operations", get(operations))
        .route("/api/traces", get(find))
        .route("/api/traces/{id}", get(trace))
        .route("/api/traces/{id}/logs", get(logs))
        .with_state(store)
}

type Pairs = Query<Vec<(String, String)>>;

/// A part of the path. One that is not UTF-8 is refused in Jaeger's form, as everything else is.
type Name = Result<Path<String>, PathRejection>;

/// An answer that Jaeger would give: an envelope, its status, and nothing for a browser to guess.
fn answer<T: serde::Serialize>(status: StatusCode, envelope: &Envelope<T>) -> Response {
    const NO_SNIFFING: (HeaderName, &str) = (axum::http::header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    (status, [NO_SNIFFING], Json(envelope)).into_response()
}

fn refuse(status: StatusCode, reason: impl std::fmt::Display) -> Response {
    answer(
        status,
        &Envelope::<()>::error(status.as_u16(), reason.to_string()),
    )
}

async fn services(State(store): State<Arc<Store>>) -> Response {
    names(store.services())
}

async fn operation_names(State(store): State<Arc<Store>>, service: Name) -> Response {
    let Path(service) = match service {
        Ok(service) => service,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, error.body_text()),
    };
    let mut found: Vec<String> = store
        .operations(&service)
        .into_iter()
        .map(|operation| operation.name)
        .collect();
    found.dedup();
    names(found)
}

/// A list of names, with its length; an empty one is `null`.
fn names(names: Vec<String>) -> Response {
    let total = names.len();
    let data = Some(names).filter(|names| !names.is_empty());
    answer(
        StatusCode::OK,
        &Envelope {
            data,
            total,
            limit: 0,
            offset: 0,
            errors: None,
        },
    )
}

async fn operations(State(store): State<Arc<Store>>, Query(pairs): Pairs) -> Response {
    let params = Params::new(pairs);
    let Some(service) = params.get("service") else {
        return refuse(StatusCode::BAD_REQUEST, "parameter 'service' is required");
    };
    let wanted = params.get("spanKind");
    let found: Vec<OperationJson> = store
        .operations(service)
        .into_iter()
        .filter(|operation| wanted.is_none_or(|kind| kind == operation.kind.as_str()))
        .map(|operation| OperationJson {
            name: operation.name,
            span_kind: operation.kind.to_string(),
        })
        .collect();
    answer(
        StatusCode::OK,
        &Envelope {
            total: found.len(),
            ..Envelope::data(found)
        },
    )
}

async fn find(State(store): State<Arc<Store>>, Query(pairs): Pairs) -> Response {
    let params = Params::new(pairs);
    let (search, ids) = match (params.search(), params.trace_ids()) {
        (Ok(search), Ok(ids)) => (search, ids),
        (Err(error), _) | (_, Err(error)) => return refuse(StatusCode::BAD_REQUEST, error),
    };
    if ids.is_empty() && search.service.is_none() {
        return refuse(StatusCode::BAD_REQUEST, "parameter 'service' is required");
    }
    let mut missing = Vec::new();
    let traces = if ids.is_empty() {
        store.find(&search)
    } else {
        let known = |id| {
            let trace = store.trace_with(id, search.adjusted);
            if trace.is_none() {
                let trace_id = Some(crate::jaeger::wire::trace_id_text(id));
                missing.push(ErrorJson {
                    code: None,
                    msg: "trace not found".to_owned(),
                    trace_id,
                });
            }
            trace
        };
        ids.into_iter().filter_map(known).collect()
    };
    let mut envelope = Envelope::data(traces.iter().map(TraceJson::from_model).collect::<Vec<_>>());
    envelope.errors = Some(missing).filter(|missing| !missing.is_empty());
    answer(StatusCode::OK, &envelope)
}

async fn trace(State(store): State<Arc<Store>>, id: Name, Query(pairs): Pairs) -> Response {
    let Some(id) = id.ok().and_then(|Path(id)| parse_trace_id(&id)) else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "a trace id is 1 to 32 hexadecimal digits",
        );
    };
    let raw = match Params::new(pairs).flag("raw") {
        Ok(raw) => raw,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, error),
    };
    match store.trace_with(id, !raw) {
        Some(trace) => answer(
            StatusCode::OK,
            &Envelope::data([TraceJson::from_model(&trace)]),
        ),
        None => refuse(StatusCode::NOT_FOUND, "trace not found"),
    }
}

/// Not of Jaeger's API: it has no logs. The records of a trace by their time, in an envelope as everything else.
async fn logs(State(store): State<Arc<Store>>, id: Name) -> Response {
    let Some(id) = id.ok().and_then(|Path(id)| parse_trace_id(&id)) else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "a trace id is 1 to 32 hexadecimal digits",
        );
    };
    let records = store.logs(id);
    if records.is_empty() && store.span_count(id) == 0 {
        return refuse(StatusCode::NOT_FOUND, "trace not found");
    }
    let records: Vec<RecordJson> = records.iter().map(RecordJson::from_model).collect();
    let total = records.len();
    answer(
        StatusCode::OK,
        &Envelope {
            total,
            ..Envelope::data(records)
        },
    )
}

async fn stats(State(store): State<Arc<Store>>) -> Json<Stats> {
    Json(store.stats())
}
