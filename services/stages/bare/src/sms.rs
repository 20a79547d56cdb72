//! The flow of sms.

use axum::Router;
use sms::{App, Begun, Delivery, Failure, Receipt, Sms};

/// The routes of sms: its probes, and the demo's inbox.
pub fn router(app: App) -> Router {
    let routes = app.demo(Router::new());
    let routes = app.guarded(routes);
    app.internal(routes)
}

/// Consumes the queue until the service drains.
pub async fn run(app: App) {
    app.consume(process).await;
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
    let receipt = call.send().await?;
    Ok(receipt)
}

// === calls on the queue ===

async fn begin(app: &App, delivery: &Delivery) -> Result<Begun, Failure> {
    let query = app.queue.begin(delivery);
    let begun = query.send().await?;
    Ok(begun)
}

async fn settle(app: &App, delivery: &Delivery) -> Result<(), Failure> {
    let query = app.queue.settle(delivery);
    query.send().await?;
    Ok(())
}
