//! A shop: an order is charged for and handed to the warehouse, through a queue.

mod telemetry;

use std::collections::HashMap;

use rustracing::span::BaggageItem;
use rustracing::tag::{StdTag, Tag};
use rustracing_jaeger::Tracer;
use rustracing_jaeger::span::{SpanContext, SpanHandle};
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
    let mut span = tracer
        .span("order")
        .tag(StdTag::span_kind("server"))
        .start();
    span.set_baggage_item(|| BaggageItem::new("channel", "web"));
    let parent = span.handle();
    if charge(&parent, 1200).await.is_err() {
        span.set_tag(|| Tag::new("order.paid", false));
    }
    send(&parent, &parcels).await;
}

async fn charge(parent: &SpanHandle, cents: i64) -> Result<(), &'static str> {
    let mut span = parent.child("charge", |start| {
        start
            .tag(StdTag::span_kind("client"))
            .tag(StdTag::http_method("POST"))
            .tag(Tag::new("cents", cents))
            .start()
    });
    let charged = bank(cents).await;
    if let Err(reason) = charged {
        span.error_log(|log| {
            log.kind("Declined").message(reason);
        });
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

async fn send(parent: &SpanHandle, parcels: &mpsc::Sender<Headers>) {
    let span = parent.child("send parcel", |start| {
        start.tag(StdTag::span_kind("producer")).start()
    });
    let mut headers = Headers::new();
    if let Some(context) = span.context()
        && let Err(error) = context.inject_to_text_map(&mut headers)
    {
        eprintln!("the context does not go along: {error}");
    }
    parcels.send(headers).await.expect("the warehouse is open");
}

async fn warehouse(tracer: Tracer, mut parcels: mpsc::Receiver<Headers>) {
    while let Some(headers) = parcels.recv().await {
        show(&headers);
        pack(&tracer, &headers).await;
    }
}

async fn pack(tracer: &Tracer, headers: &Headers) {
    let caller = SpanContext::extract_from_text_map(headers).unwrap_or_default();
    let mut span = tracer
        .span("pack")
        .child_of(&caller)
        .tag(StdTag::span_kind("consumer"))
        .start();
    let channel = span.handle().get_baggage_item("channel").cloned();
    if let Some(channel) = channel {
        span.set_tag(|| Tag::new("channel", channel.value().to_owned()));
    }
    tokio::task::yield_now().await;
}

fn show(headers: &Headers) {
    let mut lines: Vec<_> = headers.iter().collect();
    lines.sort();
    for (name, value) in lines {
        println!("{name}: {value}");
    }
}
