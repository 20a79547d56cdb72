//! Ids that somebody else makes.

use std::sync::Arc;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::IdGenerator;

/// A generator that settings can hold, and hand to each provider that is made of them.
#[derive(Clone, Debug)]
pub(crate) struct Ids(Arc<dyn IdGenerator>);

impl Ids {
    pub(crate) fn of(generator: impl IdGenerator + 'static) -> Self {
        Self(Arc::new(generator))
    }
}

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        self.0.new_trace_id()
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};

    use super::*;
    use crate::{Pipeline, Settings};

    #[derive(Debug)]
    struct Always;

    impl IdGenerator for Always {
        fn new_trace_id(&self) -> TraceId {
            TraceId::from(0xa)
        }

        fn new_span_id(&self) -> SpanId {
            SpanId::from(0xb)
        }
    }

    #[test]
    fn a_pipeline_takes_its_ids_from_the_generator_of_its_settings() {
        let settings = Settings::embedded("test", "http://127.0.0.1:9").ids(Always);
        let pipeline = Pipeline::start(&settings).expect("the endpoint is a URL");
        let provider = pipeline.provider().expect("the SDK is on");

        let span = provider.tracer("test").start("work");

        let ids = span.span_context();
        assert_eq!(ids.trace_id(), Always.new_trace_id());
        assert_eq!(ids.span_id(), Always.new_span_id());
    }
}
