//! The propagators of a service, which count what comes in.

use std::cell::Cell;

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentracing_shim::propagation::{Composite, Fleet, Seen, UnknownPropagator, from_names};

use crate::Census;

/// What `fleet` holds. Side by side they would disagree on a request with both kinds of headers: all three together are it.
const IN_FLEET: [&str; 3] = ["tracecontext", "baggage", "jaeger"];
const FLEET: &str = "fleet";

/// Where a caller gives its name: clients over HTTP, and the producer of a message.
const CALLER: [&str; 2] = ["user-agent", "producer"];

thread_local! {
    /// What the hook of a fleet was told. It is not told of which carrier, but an extraction calls it before it returns.
    static SEEN: Cell<Option<Seen>> = const { Cell::new(None) };
}

/// The propagators that `OTEL_PROPAGATORS` names. Each extraction is counted in the service's [`Census`].
#[derive(Clone, Debug)]
pub struct Propagator {
    composite: Composite,
    /// Looks at headers that no propagator of the composition reads, so that an old caller shows wherever it calls.
    /// `None` if the composition has a fleet, which sees all of them.
    onlooker: Option<Fleet>,
    census: Census,
}

impl Propagator {
    pub(crate) fn new(names: &str, census: Census) -> Result<Self, UnknownPropagator> {
        let fleet = || {
            Fleet::builder()
                .on_extract(|seen| SEEN.set(Some(*seen)))
                .build()
        };
        // This refuses what is no name, beside a fleet too.
        let composite = from_names(names)?;
        let known: Vec<&str> = names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect();
        let is_part = |name: &str| name == FLEET || IN_FLEET.contains(&name);
        let has_fleet = known.contains(&FLEET) || IN_FLEET.iter().all(|name| known.contains(name));
        if !has_fleet {
            return Ok(Self {
                composite,
                onlooker: Some(fleet()),
                census,
            });
        }
        // With others beside it the order decides, so the fleet takes the place of the first of its names.
        let place = known.iter().position(|name| is_part(name));
        let mut propagators: Vec<Box<dyn TextMapPropagator + Send + Sync>> = Vec::new();
        for (index, name) in known.iter().enumerate() {
            if Some(index) == place {
                propagators.push(Box::new(fleet()));
            } else if !is_part(name) && !known[..index].contains(name) {
                propagators.push(Box::new(from_names(name)?));
            }
        }
        Ok(Self {
            composite: Composite::new(propagators),
            onlooker: None,
            census,
        })
    }

    fn count(&self, extractor: &dyn Extractor) {
        if let Some(onlooker) = &self.onlooker {
            // The onlooker is there for what it tells its hook.
            let _ = onlooker.extract_with_context(&Context::new(), extractor);
        }
        if let Some(seen) = SEEN.take() {
            let caller = CALLER.iter().find_map(|name| extractor.get(name));
            self.census.count(caller, &seen);
        }
    }
}

impl TextMapPropagator for Propagator {
    fn inject_context(&self, context: &Context, injector: &mut dyn Injector) {
        self.composite.inject_context(context, injector);
    }

    fn extract_with_context(&self, context: &Context, extractor: &dyn Extractor) -> Context {
        let extracted = self.composite.extract_with_context(context, extractor);
        self.count(extractor);
        extracted
    }

    fn fields(&self) -> FieldIter<'_> {
        self.composite.fields()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use opentelemetry::trace::TraceContextExt as _;

    use super::*;

    const W3C: (&str, &str) = (
        "traceparent",
        "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    );
    const OLD: (&str, &str) = (
        "uber-trace-id",
        "2af7651916cd43dd8448eb211c80319c:b7ad6b7169203331:0:1",
    );
    const B3: (&str, &str) = ("b3", "3af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1");

    /// The first digit of the trace that is believed when all three come.
    fn believed(names: &str) -> String {
        let carrier: HashMap<String, String> = [W3C, OLD, B3]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let propagator = Propagator::new(names, Census::new()).unwrap();
        let context = propagator.extract_with_context(&Context::new(), &carrier);
        let trace_id = context.span().span_context().trace_id().to_string();
        trace_id[..1].to_owned()
    }

    #[test]
    fn the_three_names_of_a_fleet_are_one_and_among_others_the_last_name_wins() {
        for (names, expected) in [
            // A fleet prefers W3C; side by side, Jaeger would win here.
            ("tracecontext,baggage,jaeger", "1"),
            ("jaeger, baggage, tracecontext", "1"),
            ("fleet", "1"),
            ("fleet,jaeger", "1"),
            ("tracecontext,jaeger", "2"),
            ("jaeger,tracecontext", "1"),
            ("tracecontext,baggage,jaeger,b3", "3"),
            ("b3,tracecontext,baggage,jaeger", "1"),
            ("b3,fleet,b3", "1"),
            ("none", "0"),
        ] {
            assert_eq!(believed(names), expected, "{names}");
        }
    }

    #[test]
    fn a_name_of_no_propagator_is_refused_beside_a_fleet_too() {
        for names in ["xray", "fleet,xray", "none,fleet", "tracecontext,none"] {
            assert!(Propagator::new(names, Census::new()).is_err(), "{names}");
        }
    }
}
