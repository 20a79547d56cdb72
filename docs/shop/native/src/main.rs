//! A shop: an order is charged for and handed to the warehouse, through a queue.

mod telemetry;

use std::collections::HashMap;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::Status;
use opentelemetry::{Context, KeyValue};
use tokio::sync::mpsc;
use tracing::{Instrument as _, Span, info_span, instrument};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::telemetry::Propagator;

type Headers = HashMap<String, String>;

#[tokio::main]
async fn main() {
    let telemetry = telemetry::start("shop");
    let propagator = telemetry.propagator();
    let (parcels, queue) = mpsc::channel(8);
    let warehouse = tokio::spawn(warehouse(propagator.clone(), queue));

    order(&propagator, parcels).await;

    warehouse.await.expect("the warehouse does not panic");
    telemetry.shutdown();
}

async fn order(propagator: &Propagator, parcels: mpsc::Sender<Headers>) {
    let span = info_span!("order", otel.kind = "server");
    // Before the span is entered: what is set around it afterwards is hidden by it.
    let baggage = Context::new().with_baggage([KeyValue::new("channel", "web")]);
    // The error says that no layer takes this span.
    let _ = span.set_parent(baggage);
    async {
        if charge(1200).await.is_err() {
            Span::current().set_attribute("order.paid", false);
        }
        send(propagator, &parcels).await;
    }
    .instrument(span)
    .await;
}

#[instrument(skip_all, fields(otel.kind = "client", http.request.method = "POST", cents = cents))]
async fn charge(cents: i64) -> Result<(), &'static str> {
    let charged = bank(cents).await;
    if let Err(reason) = charged {
        let span = Span::current();
        span.set_status(Status::error(reason));
        span.set_attribute("error.type", "Declined");
        span.add_event(
            "exception",
            vec![
                KeyValue::new("exception.type", "Declined"),
                KeyValue::new("exception.message", reason),
            ],
        );
    }
    charged
}

/// What is not traced: the other side of a call.
async fn bank(cents: i64) -> Result<(), &'static str> {
    tokio::task::yield_now().await;
    if cents > 1000 {
        Err("the card has expired")
    } else {
        Ok(())
    }
}

#[instrument(name = "send parcel", skip_all, fields(otel.kind = "producer"))]
async fn send(propagator: &Propagator, parcels: &mpsc::Sender<Headers>) {
    let mut headers = Headers::new();
    propagator.inject_context(&Context::current(), &mut headers);
    parcels.send(headers).await.expect("the warehouse is open");
}

async fn warehouse(propagator: Propagator, mut parcels: mpsc::Receiver<Headers>) {
    while let Some(headers) = parcels.recv().await {
        show(&headers);
        pack(&propagator, &headers).await;
    }
}

async fn pack(propagator: &Propagator, headers: &Headers) {
    let caller = propagator.extract_with_context(&Context::new(), headers);
    let span = info_span!("pack", otel.kind = "consumer");
    if let Some(channel) = caller.baggage().get("channel") {
        span.set_attribute("channel", channel.as_str().to_owned());
    }
    let _ = span.set_parent(caller);
    tokio::task::yield_now().instrument(span).await;
}

fn show(headers: &Headers) {
    let mut lines: Vec<_> = headers.iter().collect();
    lines.sort();
    for (name, value) in lines {
        println!("{name}: {value}");
    }
}
