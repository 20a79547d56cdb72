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

use crate::http::edge;
use crate::opentracing::Traced as _;
use crate::telemetry::Telemetry;

/// The routes of the public service.
pub fn router(app: App, telemetry: Telemetry) -> Router {
    let routes = Router::new()
        .route("/v1/login/code", post(send_code))
        .route("/v1/login", post(log_in))
        .route("/v1/session", get(read_session).delete(log_out));
    let routes = app.guarded(routes);
    // Baggage: sms reads it, two services and a queue further on.
    let channel = ("login.channel", "web");
    let routes = routes
        .layer(Extension(telemetry.clone()))
        .layer(from_fn_with_state((telemetry, channel), edge));
    app.public(routes)
}

async fn send_code(
    State(app): State<App>,
    Extension(telemetry): Extension<Telemetry>,
    Body(request): Body<SendCode>,
) -> Result<CodeSent, Error> {
    let phone = app.phone(&request)?;
    let sent = issue_code(&app, &telemetry, &phone).await?;
    Ok(sent)
}

async fn log_in(
    State(app): State<App>,
    Extension(telemetry): Extension<Telemetry>,
    Body(request): Body<LogIn>,
) -> Result<LoggedIn, Error> {
    let attempt = app.attempt(&request)?;
    let session = redeem_code(&app, &telemetry, &attempt).await?;
    Ok(session)
}

async fn read_session(
    State(app): State<App>,
    Extension(telemetry): Extension<Telemetry>,
    token: Bearer,
) -> Result<Session, Error> {
    let session = find_session(&app, &telemetry, &token).await?;
    Ok(session)
}

async fn log_out(
    State(app): State<App>,
    Extension(telemetry): Extension<Telemetry>,
    token: Bearer,
) -> Result<LoggedOut, Error> {
    let over = revoke_session(&app, &telemetry, &token).await?;
    Ok(over)
}

// === calls of auth ===

async fn issue_code(app: &App, telemetry: &Telemetry, phone: &Phone) -> Result<CodeSent, Error> {
    let call = app.auth.issue_code(phone);
    let span = telemetry.call(&call);
    let call = call.headers(telemetry.inject(&span));
    let reply = call.send().await.traced(&span)?;
    Ok(reply.body)
}

async fn redeem_code(
    app: &App,
    telemetry: &Telemetry,
    attempt: &Attempt,
) -> Result<LoggedIn, Error> {
    let call = app.auth.redeem_code(attempt);
    let span = telemetry.call(&call);
    let call = call.headers(telemetry.inject(&span));
    let reply = call.send().await.traced(&span)?;
    Ok(reply.body)
}

async fn find_session(app: &App, telemetry: &Telemetry, token: &Bearer) -> Result<Session, Error> {
    let call = app.auth.find_session(token);
    let span = telemetry.call(&call);
    let call = call.headers(telemetry.inject(&span));
    let reply = call.send().await.traced(&span)?;
    Ok(reply.body)
}

async fn revoke_session(
    app: &App,
    telemetry: &Telemetry,
    token: &Bearer,
) -> Result<LoggedOut, Error> {
    let call = app.auth.revoke_session(token);
    let span = telemetry.call(&call);
    let call = call.headers(telemetry.inject(&span));
    let reply = call.send().await.traced(&span)?;
    Ok(reply.body)
}
