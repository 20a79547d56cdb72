//! Propagators by the names that `OTEL_PROPAGATORS` takes.

use opentelemetry::propagation::TextMapPropagator;

use super::{
    B3Encoding, B3Propagator, BaggagePropagator, Composite, Fleet, JaegerPropagator,
    TraceContextPropagator,
};

/// What OpenTelemetry means by an empty list.
const DEFAULT: &str = "tracecontext,baggage";

/// Speaks the dialects of the following three, and decides between them.
const FLEET: &str = "fleet";
const IN_FLEET: [&str; 3] = ["tracecontext", "baggage", "jaeger"];

/// The composition of the propagators in a comma-separated list: `tracecontext`, `baggage`, `jaeger`, `b3`, `b3multi`,
/// and `fleet`, which is [`Fleet::new`]. `none` is the empty composition; an empty list is the default,
/// `tracecontext,baggage`. A name counts once; beside `fleet`, the three that it holds already do not count.
///
/// ```
/// use opentracing_shim::propagation::from_names;
///
/// assert!(from_names("tracecontext, baggage, jaeger").is_ok());
/// assert_eq!(from_names("xray").unwrap_err().name(), "xray");
/// ```
///
/// # Errors
/// If a name is none of these, or `none` is not alone.
pub fn from_names(names: &str) -> Result<Composite, UnknownPropagator> {
    let mut known: Vec<&str> = names
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    if known.is_empty() {
        known = DEFAULT.split(',').collect();
    }
    if known == ["none"] {
        return Ok(Composite::default());
    }
    let has_fleet = known.contains(&FLEET);
    let mut seen = Vec::new();
    known.retain(|name| {
        let is_new = !seen.contains(name);
        seen.push(*name);
        is_new && !(has_fleet && IN_FLEET.contains(name))
    });
    let propagators = known.into_iter().map(by_name).collect::<Result<_, _>>()?;
    Ok(Composite::new(propagators))
}

fn by_name(name: &str) -> Result<Box<dyn TextMapPropagator + Send + Sync>, UnknownPropagator> {
    Ok(match name {
        "tracecontext" => Box::new(TraceContextPropagator::new()),
        "baggage" => Box::new(BaggagePropagator::new()),
        "jaeger" => Box::new(JaegerPropagator::new()),
        FLEET => Box::new(Fleet::new()),
        "b3" => Box::new(B3Propagator::new()),
        "b3multi" => Box::new(B3Propagator::with_encoding(B3Encoding::Multi)),
        _ => {
            return Err(UnknownPropagator {
                name: name.to_owned(),
            });
        }
    })
}

/// A name in a list of propagators that stands for none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown propagator {name:?}; expected tracecontext, baggage, jaeger, b3, b3multi, fleet, or none alone"
)]
pub struct UnknownPropagator {
    name: String,
}

impl UnknownPropagator {
    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }
}
