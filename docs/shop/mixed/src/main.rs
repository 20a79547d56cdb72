//! A shop: an order is charged for and handed to the warehouse, through a queue.

mod telemetry;

use std::collections::HashMap;

use opentelemetry::trace::Status;
use opentelemetry::{Context, KeyValue};
use opentracing_shim::{Format, SpanFuture as _, Tracer, tags};
use tokio::sync::mpsc;
use tracing::{Span, instrument};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::telemetry::Propagator;

type Headers = HashMap<String, String>;

#[tokio::main]
async fn main() {
    let telemetry = telemetry::start("shop");
    let tracer = telemetry.tracer();
    let propagator = telemetry.propagator();
    let (parcels, queue) = mpsc::channel(8);
    let warehouse = tokio::spawn(warehouse(tracer.clone(), queue));

    order(&tracer, &propagator, parcels).await;

    warehouse.await.expect("the warehouse does not panic");
    drop(tracer);
    telemetry.shutdown();
}

async fn order(tracer: &Tracer, propagator: &Propagator, parcels: mpsc::Sender<Headers>) {
    let span = tracer
        .build_span("order")
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
        .start();
    span.set_baggage_item("channel", "web");
    if charge(1200).in_span(&span).await.is_err() {
        span.set_tag("order.paid", false);
    }
    send(propagator, &parcels).in_span(&span).await;
    span.finish();
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

async fn warehouse(tracer: Tracer, mut parcels: mpsc::Receiver<Headers>) {
    while let Some(headers) = parcels.recv().await {
        show(&headers);
        pack(&tracer, &headers).await;
    }
}

async fn pack(tracer: &Tracer, headers: &Headers) {
    let caller = tracer.extract(Format::TextMap, headers).unwrap_or_default();
    let span = tracer
        .build_span("pack")
        .child_of(caller)
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_CONSUMER)
        .start();
    if let Some(channel) = span.baggage_item("channel") {
        span.set_tag("channel", channel);
    }
    tokio::task::yield_now().await;
    span.finish();
}

fn show(headers: &Headers) {
    let mut lines: Vec<_> = headers.iter().collect();
    lines.sort();
    for (name, value) in lines {
        println!("{name}: {value}");
    }
}
