//! The flow of the public service.

use api::{
    App, Attempt, Bearer, Body, CodeSent, Error, LogIn, LoggedIn, LoggedOut, Phone, SendCode,
    Session,
};
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};

/// The routes of the public service.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .route("/v1/login/code", post(send_code))
        .route("/v1/login", post(log_in))
        .route("/v1/session", get(read_session).delete(log_out));
    let routes = app.guarded(routes);
    app.public(routes)
}

async fn send_code(
    State(app): State<App>,
    Body(request): Body<SendCode>,
) -> Result<CodeSent, Error> {
    let phone = app.phone(&request)?;
    let sent = issue_code(&app, &phone).await?;
    Ok(sent)
}

async fn log_in(State(app): State<App>, Body(request): Body<LogIn>) -> Result<LoggedIn, Error> {
    let attempt = app.attempt(&request)?;
    let session = redeem_code(&app, &attempt).await?;
    Ok(session)
}

async fn read_session(State(app): State<App>, token: Bearer) -> Result<Session, Error> {
    let session = find_session(&app, &token).await?;
    Ok(session)
}

async fn log_out(State(app): State<App>, token: Bearer) -> Result<LoggedOut, Error> {
    let over = revoke_session(&app, &token).await?;
    Ok(over)
}

// === calls of auth ===

async fn issue_code(app: &App, phone: &Phone) -> Result<CodeSent, Error> {
    let call = app.auth.issue_code(phone);
    let reply = call.send().await?;
    Ok(reply.body)
}

async fn redeem_code(app: &App, attempt: &Attempt) -> Result<LoggedIn, Error> {
    let call = app.auth.redeem_code(attempt);
    let reply = call.send().await?;
    Ok(reply.body)
}

async fn find_session(app: &App, token: &Bearer) -> Result<Session, Error> {
    let call = app.auth.find_session(token);
    let reply = call.send().await?;
    Ok(reply.body)
}

async fn revoke_session(app: &App, token: &Bearer) -> Result<LoggedOut, Error> {
    let call = app.auth.revoke_session(token);
    let reply = call.send().await?;
    Ok(reply.body)
}
