//! A shop: an order is charged for and handed to the warehouse, through a queue.

mod telemetry;

use std::collections::HashMap;

use opentracing_shim::{Format, SpanFuture as _, Tracer, fields, tags};
use tokio::sync::mpsc;

type Headers = HashMap<String, String>;

#[tokio::main]
async fn main() {
    let telemetry = telemetry::start("shop");
    let tracer = telemetry.tracer();
    let (parcels, queue) = mpsc::channel(8);
    let warehouse = tokio::spawn(warehouse(tracer.clone(), queue));

    order(&tracer, parcels).await;

    warehouse.await.expect("the warehouse does not panic");
    drop(tracer);
    telemetry.shutdown();
}

async fn order(tracer: &Tracer, parcels: mpsc::Sender<Headers>) {
    let span = tracer
        .build_span("order")
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
        .start();
    span.set_baggage_item("channel", "web");
    if charge(tracer, 1200).in_span(&span).await.is_err() {
        span.set_tag("order.paid", false);
    }
    send(tracer, &parcels).in_span(&span).await;
    span.finish();
}

async fn charge(tracer: &Tracer, cents: i64) -> Result<(), &'static str> {
    let span = tracer
        .build_span("charge")
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_CLIENT)
        .tag(tags::HTTP_METHOD, "POST")
        .tag("cents", cents)
        .start();
    let charged = bank(cents).in_span(&span).await;
    if let Err(reason) = charged {
        span.set_tag(tags::ERROR, true).log([
            (fields::EVENT, "error"),
            (fields::ERROR_KIND, "Declined"),
            (fields::MESSAGE, reason),
        ]);
    }
    span.finish();
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

async fn send(tracer: &Tracer, parcels: &mpsc::Sender<Headers>) {
    let span = tracer
        .build_span("send parcel")
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_PRODUCER)
        .start();
    let mut headers = Headers::new();
    if let Err(error) = tracer.inject(&span, Format::TextMap, &mut headers) {
        eprintln!("not all of the context goes along: {error}");
    }
    parcels.send(headers).await.expect("the warehouse is open");
    span.finish();
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
