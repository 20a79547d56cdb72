//! The flow of sms.

use axum::Router;
use axum::middleware::from_fn_with_state;
use rustracing::tag::Tag;
use rustracing_jaeger::span::SpanHandle;
use sms::{App, Begun, Delivery, Failure, Receipt, Sms};

use crate::http::server;
use crate::telemetry::{Telemetry, Traced as _, command_span, gateway_span};

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
        let mut span = telemetry.consumer(&delivery);
        let parent = span.handle();
        // Set by api, two services and a queue ago. The headers of rustracing_jaeger carry none, so there is none.
        if let Some(channel) = parent.get_baggage_item("login.channel") {
            span.set_tag(|| Tag::new("login.channel", channel.value().to_owned()));
        }
        async move {
            let processed = process(app, delivery, parent);
            processed.await.traced(span)
        }
    })
    .await;
}

async fn process(app: App, delivery: Delivery, parent: SpanHandle) -> Result<(), Failure> {
    let sms = app.open(&delivery)?;
    let begun = begin(&app, &delivery, &parent).await?;
    if app.is_due(begun)? {
        deliver(&app, &sms, &parent).await?;
    }
    settle(&app, &delivery, &parent).await?;
    Ok(())
}

// === the call of the gateway ===

async fn deliver(app: &App, sms: &Sms, parent: &SpanHandle) -> Result<Receipt, Failure> {
    let call = app.gateway.deliver(sms);
    let span = gateway_span(parent, &call);
    let receipt = call.send().await.traced(span)?;
    Ok(receipt)
}

// === calls on the queue ===

async fn begin(app: &App, delivery: &Delivery, parent: &SpanHandle) -> Result<Begun, Failure> {
    let query = app.queue.begin(delivery);
    let span = command_span(parent, &query);
    let begun = query.send().await.traced(span)?;
    Ok(begun)
}

async fn settle(app: &App, delivery: &Delivery, parent: &SpanHandle) -> Result<(), Failure> {
    let query = app.queue.settle(delivery);
    let span = command_span(parent, &query);
    query.send().await.traced(span)?;
    Ok(())
}
