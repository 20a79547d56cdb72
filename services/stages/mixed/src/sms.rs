//! The flow of sms.

use axum::Router;
use axum::middleware::from_fn_with_state;
use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt as _;
use opentracing_shim::SpanFuture as _;
use sms::{App, Begun, Delivery, Failure, Receipt, Sms};
use tracing::instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::http::server;
use crate::native::{Traced as _, command, gateway};
use crate::opentracing::Traced as _;
use crate::telemetry::Telemetry;

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
        let span = telemetry.consumer(&delivery);
        // Set by api, two services and a queue ago.
        if let Some(channel) = span.baggage_item("login.channel") {
            span.set_tag("login.channel", channel);
        }
        async move {
            let processed = process(app, delivery).in_span(&span);
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

#[instrument(name = "deliver sms", skip_all, fields(otel.kind = "client"))]
async fn deliver(app: &App, sms: &Sms) -> Result<Receipt, Failure> {
    let call = app.gateway.deliver(sms);
    let span = gateway(&call);
    // The same item, read natively.
    if let Some(channel) = Context::current().baggage().get("login.channel") {
        span.set_attribute("login.channel", channel.as_str().to_owned());
    }
    let receipt = call.send().await.traced(&span)?;
    Ok(receipt)
}

// === calls on the queue ===

#[instrument(name = "begin", skip_all, fields(otel.kind = "client"))]
async fn begin(app: &App, delivery: &Delivery) -> Result<Begun, Failure> {
    let query = app.queue.begin(delivery);
    let span = command(&query);
    let begun = query.send().await.traced(&span)?;
    Ok(begun)
}

#[instrument(name = "settle", skip_all, fields(otel.kind = "client"))]
async fn settle(app: &App, delivery: &Delivery) -> Result<(), Failure> {
    let query = app.queue.settle(delivery);
    let span = command(&query);
    query.send().await.traced(&span)?;
    Ok(())
}
