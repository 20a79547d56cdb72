//! The flow of auth.

use auth::{
    App, Attempt, Bearer, Body, CodeIssued, Counted, Draft, Error, IssueCode, Issued, LogIn,
    Message, NewSession, Proof, SessionCreated, SessionFound, SessionRecord, SessionRevoked,
};
use axum::Extension;
use axum::Router;
use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use rustracing_jaeger::span::SpanHandle;

use crate::http::server;
use crate::telemetry::{Telemetry, Traced as _, command_span, inject_message, producer_span};

/// The routes of auth.
pub fn router(app: App, telemetry: Telemetry) -> Router {
    let routes = Router::new()
        .route("/v1/challenges", post(issue_code))
        .route("/v1/sessions", post(log_in))
        .route("/v1/session", get(read_session).delete(log_out));
    let routes = app.guarded(routes);
    let routes = routes.layer(from_fn_with_state(telemetry, server));
    app.internal(routes)
}

async fn issue_code(
    State(app): State<App>,
    Extension(parent): Extension<SpanHandle>,
    Body(request): Body<IssueCode>,
) -> Result<CodeIssued, Error> {
    let draft = app.draft(&request)?;
    let issued = publish(&app, &draft, &parent).await?;
    app.answer(&draft, &issued)
}

async fn log_in(
    State(app): State<App>,
    Extension(parent): Extension<SpanHandle>,
    Body(request): Body<LogIn>,
) -> Result<SessionCreated, Error> {
    let attempt = app.attempt(&request)?;
    let counted = count_attempt(&app, &attempt, &parent).await?;
    let proof = app.verify(&attempt, counted)?;
    let won = claim(&app, &attempt, &proof, &parent).await?;
    let session = app.begin_session(&attempt, won)?;
    create_session(&app, &session, &parent).await?;
    Ok(session.created())
}

async fn read_session(
    State(app): State<App>,
    Extension(parent): Extension<SpanHandle>,
    token: Bearer,
) -> Result<SessionFound, Error> {
    let found = find_session(&app, &token, &parent).await?;
    app.found(found)
}

async fn log_out(
    State(app): State<App>,
    Extension(parent): Extension<SpanHandle>,
    token: Bearer,
) -> Result<SessionRevoked, Error> {
    let was_there = revoke_session(&app, &token, &parent).await?;
    app.revoked(was_there)
}

// === the message to sms ===

async fn publish(app: &App, draft: &Draft, parent: &SpanHandle) -> Result<Issued, Error> {
    let message = app.message(draft);
    let span = producer_span(parent, draft);
    let message = message.headers(inject_message(&span));
    let issued = store_challenge(app, draft, message, &span.handle())
        .await
        .traced(span)?;
    Ok(issued)
}

// === calls on the store ===

async fn store_challenge(
    app: &App,
    draft: &Draft,
    message: Message,
    parent: &SpanHandle,
) -> Result<Issued, Error> {
    let query = app.store.issue(draft, message);
    let span = command_span(parent, &query);
    let issued = query.send().await.traced(span)?;
    Ok(issued)
}

async fn count_attempt(
    app: &App,
    attempt: &Attempt,
    parent: &SpanHandle,
) -> Result<Counted, Error> {
    let query = app.store.count_attempt(attempt);
    let span = command_span(parent, &query);
    let counted = query.send().await.traced(span)?;
    Ok(counted)
}

async fn claim(
    app: &App,
    attempt: &Attempt,
    proof: &Proof,
    parent: &SpanHandle,
) -> Result<bool, Error> {
    let query = app.store.claim(attempt, proof);
    let span = command_span(parent, &query);
    let won = query.send().await.traced(span)?;
    Ok(won)
}

async fn create_session(app: &App, session: &NewSession, parent: &SpanHandle) -> Result<(), Error> {
    let query = app.store.create_session(session);
    let span = command_span(parent, &query);
    query.send().await.traced(span)?;
    Ok(())
}

async fn find_session(
    app: &App,
    token: &Bearer,
    parent: &SpanHandle,
) -> Result<Option<SessionRecord>, Error> {
    let query = app.store.find_session(token);
    let span = command_span(parent, &query);
    let found = query.send().await.traced(span)?;
    Ok(found)
}

async fn revoke_session(app: &App, token: &Bearer, parent: &SpanHandle) -> Result<bool, Error> {
    let query = app.store.revoke_session(token);
    let span = command_span(parent, &query);
    let was_there = query.send().await.traced(span)?;
    Ok(was_there)
}
