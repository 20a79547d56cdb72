//! Headers beyond `uber-trace-id`.
//!
//! The legacy crates' carriers read and write `uber-trace-id` by themselves, byte for byte as ever. What else goes over
//! the wire is a setting of the process: [`Settings::propagators`](crate::Settings::propagators), or the variable
//! `OTEL_PROPAGATORS`, with `jaeger` alone as the default. The carriers ask [`writes_jaeger`] before they write their own
//! header, and call [`inject`] and [`extract`] for all others.

use std::collections::HashMap;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, KeyValue};
use opentracing_shim::propagation::{Composite, UnknownPropagator, from_names};

use crate::ids::Ids;
use crate::settings;

/// The header of the legacy crates' own.
pub const UBER_TRACE_ID: &str = "uber-trace-id";

/// Each of these speaks `uber-trace-id`.
const JAEGER: [&str; 2] = ["jaeger", "fleet"];

/// The formats that a process speaks.
#[derive(Clone, Debug)]
pub(crate) struct Formats {
    writes_jaeger: bool,
    /// Nothing to do beyond `uber-trace-id`: the carriers' fast way.
    is_legacy: bool,
    /// All of them, `uber-trace-id` too.
    read: Composite,
    /// All but `jaeger`.
    written: Composite,
}

impl Formats {
    pub(crate) fn legacy() -> Self {
        Self {
            writes_jaeger: true,
            is_legacy: true,
            read: Composite::default(),
            written: Composite::default(),
        }
    }

    pub(crate) fn is_legacy(&self) -> bool {
        self.is_legacy
    }

    pub(crate) fn parse(names: &str) -> Result<Self, UnknownPropagator> {
        let read = from_names(names)?;
        let mut known: Vec<&str> = names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect();
        if known.is_empty() || known == ["jaeger"] {
            return Ok(Self::legacy());
        }
        let writes_jaeger = known.iter().any(|name| JAEGER.contains(name));
        known.retain(|name| *name != "jaeger");
        let written = from_names(&known.join(","))?;
        Ok(Self {
            writes_jaeger,
            is_legacy: false,
            read,
            written,
        })
    }
}

/// What came in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extracted {
    /// The ids, which are valid.
    pub ids: Ids,
    /// The items of the header `baggage`, in the order of their names.
    pub baggage: Vec<(String, String)>,
}

/// Whether `uber-trace-id` is to be written. Read it is in any case.
#[must_use]
pub fn writes_jaeger() -> bool {
    settings::current().formats.writes_jaeger
}

/// Writes the headers beyond `uber-trace-id`: none by default. Ids that are not valid write none.
pub fn inject<'a>(
    ids: Ids,
    baggage: impl IntoIterator<Item = (&'a str, &'a str)>,
    set: &mut dyn FnMut(&str, &str),
) {
    let formats = &settings::current().formats;
    if !formats.is_legacy() {
        inject_as(formats, ids, baggage, set);
    }
}

/// Reads the headers, `uber-trace-id` among them. `get` is given their names in lower case.
///
/// Nothing by default, or if no header makes a valid context: then the carrier's own way of reading `uber-trace-id`
/// decides, which also knows `jaeger-debug-id`. If several formats hold a context, the last one in the list wins, unless
/// `fleet` is among them.
pub fn extract(get: &dyn Fn(&str) -> Option<String>) -> Option<Extracted> {
    let formats = &settings::current().formats;
    if formats.is_legacy() {
        return None;
    }
    extract_as(formats, get)
}

fn inject_as<'a>(
    formats: &Formats,
    ids: Ids,
    baggage: impl IntoIterator<Item = (&'a str, &'a str)>,
    set: &mut dyn FnMut(&str, &str),
) {
    if !ids.is_valid() {
        return;
    }
    let baggage = baggage
        .into_iter()
        .map(|(name, value)| KeyValue::new(name.to_owned(), value.to_owned()));
    let context = ids.context().with_baggage(baggage);
    formats.written.inject_context(&context, &mut Set(set));
}

fn extract_as(formats: &Formats, get: &dyn Fn(&str) -> Option<String>) -> Option<Extracted> {
    let headers = Headers(
        formats
            .read
            .fields()
            .filter_map(|name| {
                let name = name.to_ascii_lowercase();
                get(&name).map(|value| (name, value))
            })
            .collect(),
    );
    let context = formats.read.extract_with_context(&Context::new(), &headers);
    let span = context.span();
    if !span.span_context().is_valid() {
        return None;
    }
    let mut baggage: Vec<(String, String)> = context
        .baggage()
        .iter()
        .map(|(name, (value, _))| (name.to_string(), value.to_string()))
        .collect();
    baggage.sort();
    Some(Extracted {
        ids: Ids::from(span.span_context()),
        baggage,
    })
}

/// Keeps `uber-trace-id` for the carrier, which writes it in its own way.
struct Set<'a>(&'a mut dyn FnMut(&str, &str));

impl Injector for Set<'_> {
    fn set(&mut self, name: &str, value: String) {
        if !name.eq_ignore_ascii_case(UBER_TRACE_ID) {
            (self.0)(name, &value);
        }
    }
}

struct Headers(HashMap<String, String>);

impl Extractor for Headers {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_ascii_lowercase()).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}
