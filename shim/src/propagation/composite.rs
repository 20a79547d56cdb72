//! Several propagators as one.

use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};

/// Writes all formats and reads all of them, in the order given.
///
/// If several formats hold a valid context, the last one in the order wins, which is OpenTelemetry's rule. A format that
/// is absent or corrupt takes nothing away, and baggage is united. Clones share the propagators.
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentracing_shim::propagation::{BaggagePropagator, Composite, TraceContextPropagator};
///
/// let composite = Composite::new(vec![
///     Box::new(TraceContextPropagator::new()),
///     Box::new(BaggagePropagator::new()),
/// ]);
/// assert_eq!(composite.fields().collect::<Vec<_>>(), ["traceparent", "tracestate", "baggage"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Composite {
    propagators: Arc<[Box<dyn TextMapPropagator + Send + Sync>]>,
    fields: Arc<[String]>,
}

impl Composite {
    /// The propagators in their order.
    pub fn new(propagators: Vec<Box<dyn TextMapPropagator + Send + Sync>>) -> Self {
        let mut fields: Vec<String> = Vec::new();
        for field in propagators
            .iter()
            .flat_map(|propagator| propagator.fields())
        {
            if !fields.iter().any(|known| known == field) {
                fields.push(field.to_owned());
            }
        }
        Self {
            propagators: propagators.into(),
            fields: fields.into(),
        }
    }
}

impl TextMapPropagator for Composite {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        for propagator in self.propagators.iter() {
            propagator.inject_context(cx, injector);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        self.propagators.iter().fold(cx.clone(), |cx, propagator| {
            propagator.extract_with_context(&cx, extractor)
        })
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}
