//! A span with a parent, three tags and one log, from its start to its end.

use std::hint::black_box;
use std::time::Duration;

use opentelemetry::trace::noop::NoopTracer;
use opentelemetry::trace::{Link, Span as _, TraceContextExt, Tracer as _, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    Sampler, SdkTracer, SdkTracerProvider, Span, SpanData, SpanProcessor,
};
use opentracing_shim::{Tracer, TracerShim};
use rustracing::sampler::{AllSampler, NullSampler};
use rustracing::tag::Tag;
use tracing::subscriber;
use tracing_subscriber::layer::SubscriberExt;

use super::{
    BARE, Cases, DIRECT, NOOP, RECORDED, RECORDED_LATER, RUSTRACING, SHIM, TRACING, UNSAMPLED,
    UNSAMPLED_LATER, Work,
};

pub(super) fn add(cases: &mut Cases) {
    cases.add(RECORDED, DIRECT, || {
        direct(direct_tracer(Sampler::AlwaysOn))
    });
    cases.add(RECORDED, BARE, || bare(direct_tracer(Sampler::AlwaysOn)));
    cases.add(RECORDED, SHIM, || shim(tracer(Sampler::AlwaysOn)));
    cases.add(RECORDED, RUSTRACING, || {
        rustracing(rustracing_jaeger::Tracer::new(AllSampler).0)
    });
    cases.add(RECORDED, TRACING, || tracing(Sampler::AlwaysOn));

    cases.add(UNSAMPLED, DIRECT, || {
        direct(direct_tracer(Sampler::AlwaysOff))
    });
    cases.add(UNSAMPLED, SHIM, || shim(tracer(Sampler::AlwaysOff)));
    cases.add(UNSAMPLED, RUSTRACING, || {
        rustracing(rustracing_jaeger::Tracer::new(NullSampler).0)
    });
    cases.add(UNSAMPLED, TRACING, || tracing(Sampler::AlwaysOff));

    cases.add(RECORDED_LATER, DIRECT, || {
        direct_later(direct_tracer(Sampler::AlwaysOn))
    });
    cases.add(RECORDED_LATER, SHIM, || {
        shim_later(tracer(Sampler::AlwaysOn))
    });
    cases.add(UNSAMPLED_LATER, DIRECT, || {
        direct_later(direct_tracer(Sampler::AlwaysOff))
    });
    cases.add(UNSAMPLED_LATER, SHIM, || {
        shim_later(tracer(Sampler::AlwaysOff))
    });

    cases.add(NOOP, DIRECT, || direct(NoopTracer::new()));
    cases.add(NOOP, SHIM, || shim(Tracer::noop()));
}

/// Takes the spans and keeps none. It shares nothing between threads.
#[derive(Debug)]
struct Discard;

impl SpanProcessor for Discard {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        black_box(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

pub(crate) fn provider(sampler: Sampler) -> SdkTracerProvider {
    SdkTracerProvider::builder()
        .with_sampler(sampler)
        .with_span_processor(Discard)
        .build()
}

pub(crate) fn tracer(sampler: Sampler) -> Tracer {
    TracerShim::builder(provider(sampler)).build()
}

pub(crate) fn direct_tracer(sampler: Sampler) -> SdkTracer {
    provider(sampler).tracer("direct")
}

/// By hand, with what the shim would export, and in a context, because a span of the shim can be a parent.
pub(crate) fn direct<T>(tracer: T) -> Work
where
    T: opentelemetry::trace::Tracer + 'static,
    T::Span: Send + Sync + 'static,
{
    let parent = Context::new().with_span(tracer.start("parent"));
    Box::new(move || {
        let builder = tracer
            .span_builder("query")
            .with_attributes([
                KeyValue::new("db.instance", "users"),
                KeyValue::new("db.rows", 3),
                KeyValue::new("cached", false),
            ])
            .with_links(vec![link_to(&parent)]);
        let cx = parent.with_span(tracer.build_with_context(builder, &parent));
        cx.span()
            .add_event("first row", vec![KeyValue::new("event", "first row")]);
        cx.span().end();
    })
}

fn bare(tracer: SdkTracer) -> Work {
    let parent = Context::new().with_span(tracer.start("parent"));
    Box::new(move || {
        let builder = tracer.span_builder("query").with_attributes([
            KeyValue::new("db.instance", "users"),
            KeyValue::new("db.rows", 3),
            KeyValue::new("cached", false),
        ]);
        let mut span = tracer.build_with_context(builder, &parent);
        span.add_event("first row", vec![KeyValue::new("event", "first row")]);
        span.end();
    })
}

fn direct_later(tracer: SdkTracer) -> Work {
    let parent = Context::new().with_span(tracer.start("parent"));
    Box::new(move || {
        let builder = tracer
            .span_builder("query")
            .with_links(vec![link_to(&parent)]);
        let cx = parent.with_span(tracer.build_with_context(builder, &parent));
        cx.span()
            .set_attribute(KeyValue::new("db.instance", "users"));
        cx.span().set_attribute(KeyValue::new("db.rows", 3));
        cx.span().set_attribute(KeyValue::new("cached", false));
        cx.span()
            .add_event("first row", vec![KeyValue::new("event", "first row")]);
        cx.span().end();
    })
}

fn link_to(parent: &Context) -> Link {
    let reference = vec![KeyValue::new("opentracing.ref_type", "child_of")];
    Link::new(parent.span().span_context().clone(), reference, 0)
}

pub(crate) fn shim(tracer: Tracer) -> Work {
    let parent = tracer.build_span("parent").start();
    Box::new(move || {
        let span = tracer
            .build_span("query")
            .child_of(&parent)
            .tag("db.instance", "users")
            .tag("db.rows", 3)
            .tag("cached", false)
            .start();
        span.log([("event", "first row")]);
        span.finish();
    })
}

fn shim_later(tracer: Tracer) -> Work {
    let parent = tracer.build_span("parent").start();
    Box::new(move || {
        let span = tracer.build_span("query").child_of(&parent).start();
        span.set_tag("db.instance", "users")
            .set_tag("db.rows", 3)
            .set_tag("cached", false)
            .log([("event", "first row")]);
        span.finish();
    })
}

/// Nobody listens at the other end of its channel, which is the cheapest way to drop what was recorded.
fn rustracing(tracer: rustracing_jaeger::Tracer) -> Work {
    let parent = tracer.span("parent").start();
    Box::new(move || {
        let mut span = tracer
            .span("query")
            .child_of(&parent)
            .tag(Tag::new("db.instance", "users"))
            .tag(Tag::new("db.rows", 3))
            .tag(Tag::new("cached", false))
            .start();
        span.log(|log| {
            log.std().event("first row");
        });
    })
}

/// As its users write it: the event has its level and target, and there is no link.
fn tracing(sampler: Sampler) -> Work {
    let layer = tracing_opentelemetry::layer().with_tracer(provider(sampler).tracer("tracing"));
    let current = subscriber::set_default(tracing_subscriber::registry().with(layer));
    let parent = tracing::info_span!("parent");
    Box::new(move || {
        let _current = &current;
        let span = tracing::info_span!(
            parent: &parent,
            "query",
            db.instance = "users",
            db.rows = 3,
            cached = false
        );
        tracing::info!(parent: &span, "first row");
    })
}
