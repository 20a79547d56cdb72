//! Many tags, many baggage items, many links: each step doubles their number.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::LazyLock;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Link, TraceContextExt, Tracer as _, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::BaggagePropagator;
use opentelemetry_sdk::trace::Sampler;
use opentracing_shim::propagation::from_names;
use opentracing_shim::{Format, Span, Tracer, TracerShim};

use super::span::{provider, tracer};
use super::{BAGGAGE, Cases, DIRECT, LINKS, SHIM, TAGS, Work};

/// OpenTelemetry takes 128 attributes, 128 links and 64 baggage items.
pub(crate) const SIZES: [usize; 5] = [8, 16, 32, 64, 128];
const MAX_BAGGAGE: usize = 64;

static NAMES: LazyLock<Vec<String>> =
    LazyLock::new(|| (0..128).map(|n| format!("name.{n}")).collect());

/// The first names, which live as long as the program.
fn names(size: usize) -> &'static [String] {
    &NAMES[..size]
}

pub(super) fn add(cases: &mut Cases) {
    cases.add_sized(TAGS, DIRECT, direct_tags);
    cases.add_sized(TAGS, SHIM, shim_tags);
    cases.add_sized(LINKS, DIRECT, direct_links);
    cases.add_sized(LINKS, SHIM, shim_links);
    cases.add_sized(BAGGAGE, DIRECT, direct_baggage);
    cases.add_sized(BAGGAGE, SHIM, shim_baggage);
    cases
        .0
        .retain(|case| case.key.scenario != BAGGAGE || case.key.size <= MAX_BAGGAGE);
}

fn direct_tags(size: usize) -> Work {
    let tracer = provider(Sampler::AlwaysOn).tracer("direct");
    Box::new(move || {
        let cx = Context::new().with_span(tracer.start("many"));
        for name in names(size) {
            cx.span().set_attribute(KeyValue::new(name.as_str(), 1));
        }
        cx.span().end();
    })
}

fn shim_tags(size: usize) -> Work {
    let tracer = tracer(Sampler::AlwaysOn);
    Box::new(move || {
        let span = tracer.build_span("many").start();
        for name in names(size) {
            span.set_tag(name.as_str(), 1);
        }
        span.finish();
    })
}

fn direct_links(size: usize) -> Work {
    let tracer = provider(Sampler::AlwaysOn).tracer("direct");
    let parent = Context::new().with_span(tracer.start("parent"));
    Box::new(move || {
        let link = || {
            let reference = vec![KeyValue::new("opentracing.ref_type", "child_of")];
            Link::new(parent.span().span_context().clone(), reference, 0)
        };
        let links = (0..size).map(|_| link()).collect();
        let builder = tracer.span_builder("many").with_links(links);
        let cx = parent.with_span(tracer.build_with_context(builder, &parent));
        cx.span().end();
    })
}

fn shim_links(size: usize) -> Work {
    let tracer = tracer(Sampler::AlwaysOn);
    let parent = tracer.build_span("parent").start();
    Box::new(move || {
        let mut builder = tracer.build_span("many");
        for _ in 0..size {
            builder = builder.child_of(&parent);
        }
        builder.start().finish();
    })
}

/// Sets the items, starts a child under them and writes them to a carrier.
fn direct_baggage(size: usize) -> Work {
    let tracer = provider(Sampler::AlwaysOn).tracer("direct");
    let propagator = BaggagePropagator::new();
    Box::new(move || {
        let items = names(size)
            .iter()
            .map(|name| KeyValue::new(name.as_str(), "value"));
        let parent = Context::new().with_baggage(items);
        let parent = parent.with_span(tracer.start("parent"));
        let child = parent.with_span(tracer.start_with_context("child", &parent));
        let mut carrier = HashMap::new();
        propagator.inject_context(&child, &mut carrier);
        black_box(carrier);
    })
}

fn shim_baggage(size: usize) -> Work {
    let names_of = from_names("baggage").expect("it is known");
    let tracer = TracerShim::builder(provider(Sampler::AlwaysOn))
        .propagator(names_of)
        .build();
    Box::new(move || {
        let parent = tracer.build_span("parent").start();
        for name in names(size) {
            parent.set_baggage_item(name.as_str(), "value");
        }
        inject_child(&tracer, &parent);
    })
}

fn inject_child(tracer: &Tracer, parent: &Span) {
    let child = tracer.build_span("child").child_of(parent).start();
    let mut carrier = HashMap::new();
    let written = tracer.inject(&child, Format::TextMap, &mut carrier);
    written.expect("all items can be written");
    black_box(carrier);
}
