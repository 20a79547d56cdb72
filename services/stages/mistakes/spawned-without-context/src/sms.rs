//! The flow of sms.

use axum::Router;
use axum::middleware::from_fn_with_state;
use sms::{App, Begun, Delivery, Failure, Receipt, Sms};

use crate::http::server;
use crate::telemetry::{Telemetry, Traced as _};

/// The routes of sms: its probes, and the demo's inbox.
pub fn router(app: App, telemetry: Telemetry) -> Router {
    let routes = app.demo(Router::new());
    let routes = app.guarded(routes);
    let routes = routes.layer(from_fn_with_state(telemetry, server));
    app.internal(routes)
}

/// Consumes the queue until the service drains.
pub async fn run(app: App, telemetry: Telemetry) {
    app.consume(move |app, delivery| {
        let telemetry = telemetry.clone();
        let span = telemetry.consumer(&delivery);
        // Set by api, two services and a queue ago.
        if let Some(channel) = span.baggage_item("login.channel") {
            span.set_tag("login.channel", channel);
        }
        async move {
            let processed = tokio::spawn(process(app, telemetry, delivery));
            let processed = processed.await.expect("processing does not panic");
            processed.traced(&span)
        }
    })
    .await;
}

async fn process(app: App, telemetry: Telemetry, delivery: Delivery) -> Result<(), Failure> {
    let sms = app.open(&delivery)?;
    let begun = begin(&app, &telemetry, &delivery).await?;
    if app.is_due(begun)? {
        deliver(&app, &telemetry, &sms).await?;
    }
    settle(&app, &telemetry, &delivery).await?;
    Ok(())
}

// === the call of the gateway ===

async fn deliver(app: &App, telemetry: &Telemetry, sms: &Sms) -> Result<Receipt, Failure> {
    let call = app.gateway.deliver(sms);
    let span = telemetry.gateway(&call);
    let receipt = call.send().await.traced(&span)?;
    Ok(receipt)
}

// === calls on the queue ===

async fn begin(app: &App, telemetry: &Telemetry, delivery: &Delivery) -> Result<Begun, Failure> {
    let query = app.queue.begin(delivery);
    let span = telemetry.command(&query);
    let begun = query.send().await.traced(&span)?;
    Ok(begun)
}

async fn settle(app: &App, telemetry: &Telemetry, delivery: &Delivery) -> Result<(), Failure> {
    let query = app.queue.settle(delivery);
    let span = telemetry.command(&query);
    query.send().await.traced(&span)?;
    Ok(())
}
