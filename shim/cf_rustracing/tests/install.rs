//! Through the application's own provider. It is installed for the process, so this is one test.

use cf_rustracing::sampler::AllSampler;
use cf_rustracing_jaeger::Tracer;
use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::{InMemorySpanExporter, RandomIdGenerator, SdkTracerProvider};
use opentracing_shim_cf_rustracing::OtelSpanConsumer;
use opentracing_shim_cf_rustracing::otel::{ReplayIds, install};

#[test]
fn spans_go_through_the_installed_provider_with_their_ids() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_id_generator(ReplayIds::new(RandomIdGenerator::default()))
        .with_simple_exporter(exporter.clone())
        .build();
    install(&provider).expect("the provider takes ids");

    let tracer = Tracer::with_consumer(AllSampler, OtelSpanConsumer::new("unused"));
    let parent = tracer.span("parent").start();
    let ids = parent.context().map(|context| context.state().span_id());
    drop(parent.child("child", |options| options.start()));
    drop(parent);

    let spans = exporter.get_finished_spans().expect("it is open");
    let [child, parent] = &spans[..] else {
        panic!("two were finished: {spans:?}");
    };
    let id = SpanId::from(ids.expect("it was sampled"));
    assert_eq!(
        (child.name.as_ref(), parent.name.as_ref()),
        ("child", "parent")
    );
    assert_eq!(
        (child.parent_span_id, parent.span_context.span_id()),
        (id, id)
    );
    assert_eq!(parent.parent_span_id, SpanId::INVALID);
}
