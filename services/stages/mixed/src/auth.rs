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
use tracing::instrument;

use crate::http::server;
use crate::native::{Traced as _, command, producer};
use crate::telemetry::Telemetry;

/// The routes of auth.
pub fn router(app: App, telemetry: Telemetry) -> Router {
    let routes = Router::new()
        .route("/v1/challenges", post(issue_code))
        .route("/v1/sessions", post(log_in))
        .route("/v1/session", get(read_session).delete(log_out));
    let routes = app.guarded(routes);
    let routes = routes
        .layer(Extension(telemetry.clone()))
        .layer(from_fn_with_state(telemetry, server));
    app.internal(routes)
}

async fn issue_code(
    State(app): State<App>,
    Extension(telemetry): Extension<Telemetry>,
    Body(request): Body<IssueCode>,
) -> Result<CodeIssued, Error> {
    let draft = app.draft(&request)?;
    let issued = publish(&app, &telemetry, &draft).await?;
    app.answer(&draft, &issued)
}

async fn log_in(
    State(app): State<App>,
    Body(request): Body<LogIn>,
) -> Result<SessionCreated, Error> {
    let attempt = app.attempt(&request)?;
    let counted = count_attempt(&app, &attempt).await?;
    let proof = app.verify(&attempt, counted)?;
    let won = claim(&app, &attempt, &proof).await?;
    let session = app.begin_session(&attempt, won)?;
    create_session(&app, &session).await?;
    Ok(session.created())
}

async fn read_session(State(app): State<App>, token: Bearer) -> Result<SessionFound, Error> {
    let found = find_session(&app, &token).await?;
    app.found(found)
}

async fn log_out(State(app): State<App>, token: Bearer) -> Result<SessionRevoked, Error> {
    let was_there = revoke_session(&app, &token).await?;
    app.revoked(was_there)
}

// === the message to sms ===

#[instrument(name = "send otp", skip_all, fields(otel.kind = "producer"))]
async fn publish(app: &App, telemetry: &Telemetry, draft: &Draft) -> Result<Issued, Error> {
    let message = app.message(draft);
    let span = producer(draft);
    let message = message.headers(telemetry.inject_message());
    let issued = store_challenge(app, draft, message).await.traced(&span)?;
    Ok(issued)
}

// === calls on the store ===

#[instrument(name = "issue", skip_all, fields(otel.kind = "client"))]
async fn store_challenge(app: &App, draft: &Draft, message: Message) -> Result<Issued, Error> {
    let query = app.store.issue(draft, message);
    let span = command(&query);
    let issued = query.send().await.traced(&span)?;
    Ok(issued)
}

#[instrument(name = "count_attempt", skip_all, fields(otel.kind = "client"))]
async fn count_attempt(app: &App, attempt: &Attempt) -> Result<Counted, Error> {
    let query = app.store.count_attempt(attempt);
    let span = command(&query);
    let counted = query.send().await.traced(&span)?;
    Ok(counted)
}

#[instrument(name = "claim", skip_all, fields(otel.kind = "client"))]
async fn claim(app: &App, attempt: &Attempt, proof: &Proof) -> Result<bool, Error> {
    let query = app.store.claim(attempt, proof);
    let span = command(&query);
    let won = query.send().await.traced(&span)?;
    Ok(won)
}

#[instrument(name = "create_session", skip_all, fields(otel.kind = "client"))]
async fn create_session(app: &App, session: &NewSession) -> Result<(), Error> {
    let query = app.store.create_session(session);
    let span = command(&query);
    query.send().await.traced(&span)?;
    Ok(())
}

#[instrument(name = "find_session", skip_all, fields(otel.kind = "client"))]
async fn find_session(app: &App, token: &Bearer) -> Result<Option<SessionRecord>, Error> {
    let query = app.store.find_session(token);
    let span = command(&query);
    let found = query.send().await.traced(&span)?;
    Ok(found)
}

#[instrument(name = "revoke_session", skip_all, fields(otel.kind = "client"))]
async fn revoke_session(app: &App, token: &Bearer) -> Result<bool, Error> {
    let query = app.store.revoke_session(token);
    let span = command(&query);
    let was_there = query.send().await.traced(&span)?;
    Ok(was_there)
}
