//! The flow of the public service.

use api::{
    App, Attempt, Bearer, Body, CodeSent, Error, LogIn, LoggedIn, LoggedOut, Phone, SendCode,
    Session,
};
use axum::Extension;
use axum::Router;
use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use rustracing_jaeger::span::SpanHandle;

use crate::http::edge;
use crate::telemetry::{Telemetry, Traced as _, call_span, inject};

/// The routes of the public service.
pub fn router(app: App, telemetry: Telemetry) -> Router {
    let routes = Router::new()
        .route("/v1/login/code", post(send_code))
        .route("/v1/login", post(log_in))
        .route("/v1/session", get(read_session).delete(log_out));
    let routes = app.guarded(routes);
    // Baggage: every span of this service has it. No header takes it further.
    let channel = ("login.channel", "web");
    let routes = routes.layer(from_fn_with_state((telemetry, channel), edge));
    app.public(routes)
}

async fn send_code(
    State(app): State<App>,
    Extension(parent): Extension<SpanHandle>,
    Body(request): Body<SendCode>,
) -> Result<CodeSent, Error> {
    let phone = app.phone(&request)?;
    let sent = issue_code(&app, &phone, &parent).await?;
    Ok(sent)
}

async fn log_in(
    State(app): State<App>,
    Extension(parent): Extension<SpanHandle>,
    Body(request): Body<LogIn>,
) -> Result<LoggedIn, Error> {
    let attempt = app.attempt(&request)?;
    let session = redeem_code(&app, &attempt, &parent).await?;
    Ok(session)
}

async fn read_session(
    State(app): State<App>,
    Extension(parent): Extension<SpanHandle>,
    token: Bearer,
) -> Result<Session, Error> {
    let session = find_session(&app, &token, &parent).await?;
    Ok(session)
}

async fn log_out(
    State(app): State<App>,
    Extension(parent): Extension<SpanHandle>,
    token: Bearer,
) -> Result<LoggedOut, Error> {
    let over = revoke_session(&app, &token, &parent).await?;
    Ok(over)
}

// === calls of auth ===

async fn issue_code(app: &App, phone: &Phone, parent: &SpanHandle) -> Result<CodeSent, Error> {
    let call = app.auth.issue_code(phone);
    let span = call_span(parent, &call);
    let call = call.headers(inject(&span));
    let reply = call.send().await.traced(span)?;
    Ok(reply.body)
}

async fn redeem_code(app: &App, attempt: &Attempt, parent: &SpanHandle) -> Result<LoggedIn, Error> {
    let call = app.auth.redeem_code(attempt);
    let span = call_span(parent, &call);
    let call = call.headers(inject(&span));
    let reply = call.send().await.traced(span)?;
    Ok(reply.body)
}

async fn find_session(app: &App, token: &Bearer, parent: &SpanHandle) -> Result<Session, Error> {
    let call = app.auth.find_session(token);
    let span = call_span(parent, &call);
    let call = call.headers(inject(&span));
    let reply = call.send().await.traced(span)?;
    Ok(reply.body)
}

async fn revoke_session(
    app: &App,
    token: &Bearer,
    parent: &SpanHandle,
) -> Result<LoggedOut, Error> {
    let call = app.auth.revoke_session(token);
    let span = call_span(parent, &call);
    let call = call.headers(inject(&span));
    let reply = call.send().await.traced(span)?;
    Ok(reply.body)
}
