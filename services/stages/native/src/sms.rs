//! The flow of sms.

use axum::Router;
use axum::middleware::from_fn_with_state;
use opentelemetry::baggage::BaggageExt as _;
use sms::{App, Begun, Delivery, Failure, Receipt, Sms};
use tracing::Instrument as _;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::http::server;
use crate::telemetry::{Telemetry, Traced as _, command_span, consumer_span, gateway_span};

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
        let parent = telemetry.extract_message(delivery.headers());
        let span = consumer_span(&delivery, &parent);
        // Set by api, two services and a queue ago.
        if let Some(channel) = parent.baggage().get("login.channel") {
            span.set_attribute("login.channel", channel.as_str().to_owned());
        }
        async move {
            let processed = process(app, delivery).instrument(span.clone());
            processed.await.traced(&span)
        }
    })
    .await;
}

async fn process(app: App, delivery: Delivery) -> Result<(), Failure> {
    let sms = app.open(&delivery)?;
    let begun = begin(&app, &delivery).await?;
    if app.is_due(begun)? {
        deliver(&app, &sms).await?;
    }
    settle(&app, &delivery).await?;
    Ok(())
}

// === the call of the gateway ===

async fn deliver(app: &App, sms: &Sms) -> Result<Receipt, Failure> {
    let call = app.gateway.deliver(sms);
    let span = gateway_span(&call);
    let receipt = call.send().instrument(span.clone()).await.traced(&span)?;
    Ok(receipt)
}

// === calls on the queue ===

async fn begin(app: &App, delivery: &Delivery) -> Result<Begun, Failure> {
    let query = app.queue.begin(delivery);
    let span = command_span(&query);
    let begun = query.send().instrument(span.clone()).await.traced(&span)?;
    Ok(begun)
}

async fn settle(app: &App, delivery: &Delivery) -> Result<(), Failure> {
    let query = app.queue.settle(delivery);
    let span = command_span(&query);
    query.send().instrument(span.clone()).await.traced(&span)?;
    Ok(())
}
