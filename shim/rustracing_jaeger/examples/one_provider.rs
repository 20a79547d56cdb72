//! Old and native spans in one trace, through one provider. They are printed as they end.

use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{RandomIdGenerator, SdkTracerProvider, SpanData, SpanExporter};
use opentracing_shim_rustracing as rustracing;
use opentracing_shim_rustracing_jaeger as rustracing_jaeger;
use rustracing::sampler::AllSampler;
use rustracing_jaeger::{Tracer, otel};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let provider = SdkTracerProvider::builder()
        .with_id_generator(otel::ReplayIds::new(RandomIdGenerator::default()))
        .with_simple_exporter(Printer)
        .build();
    otel::install(&provider)?;

    let (tracer, _span_rx) = Tracer::new(AllSampler);
    let order = tracer.span("order").start();
    let native = provider
        .tracer("shop")
        .start_with_context("payment", &otel::context(order.context()));
    let in_native = otel::context(order.context()).with_span(native);
    let receipt = tracer
        .span("receipt")
        .child_of(&otel::span_context(&in_native))
        .start();

    drop(receipt);
    drop(in_native);
    drop(order);
    provider.shutdown()?;
    Ok(())
}

#[derive(Debug)]
struct Printer;

impl SpanExporter for Printer {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        for span in spans {
            println!(
                "{} {}, child of {}",
                span.name,
                span.span_context.span_id(),
                span.parent_span_id
            );
        }
        Ok(())
    }
}
