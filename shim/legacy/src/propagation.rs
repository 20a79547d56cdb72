//! Headers beyond `uber-trace-id`.
//!
//! The legacy crates' carriers read and write `uber-trace-id` by themselves, byte for byte as ever. What else goes over
//! the wire is a setting of the process: [`Settings::propagators`](crate::Settings::propagators), or the variable
//! `OTEL_PROPAGATORS`, with `jaeger` alone as the default. The carriers ask [`writes_jaeger`] before they write their own
//! header, and call [`inject`] and [`extract`] for all others.

use std::collections::HashMap;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator as _};
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceState};
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
    /// What other tracers want to have passed on.
    pub trace_state: TraceState,
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
    trace_state: &TraceState,
    baggage: impl IntoIterator<Item = (&'a str, &'a str)>,
    set: &mut dyn FnMut(&str, &str),
) {
    let formats = &settings::current().formats;
    if !formats.is_legacy() {
        inject_as(formats, ids, trace_state, baggage, set);
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
    trace_state: &TraceState,
    baggage: impl IntoIterator<Item = (&'a str, &'a str)>,
    set: &mut dyn FnMut(&str, &str),
) {
    if !ids.is_valid() {
        return;
    }
    let baggage = baggage
        .into_iter()
        .map(|(name, value)| KeyValue::new(name.to_owned(), value.to_owned()));
    let span = ids.span_context(false);
    let span = SpanContext::new(
        span.trace_id(),
        span.span_id(),
        span.trace_flags(),
        false,
        trace_state.clone(),
    );
    let context = Context::new()
        .with_remote_span_context(span)
        .with_baggage(baggage);
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
        trace_state: span.span_context().trace_state().clone(),
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

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: Ids = Ids {
        trace_high: 0x0af7_6519_16cd_43dd,
        trace_low: 0x8448_eb21_1c80_319c,
        span_id: 0xb7ad_6b71_6920_3331,
        flags: 1,
    };
    const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn formats(names: &str) -> Formats {
        Formats::parse(names).expect("these have propagators")
    }

    fn injected(names: &str, ids: Ids, state: &TraceState) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        let baggage = [("tenant", "a b"), ("user", "7")];
        inject_as(&formats(names), ids, state, baggage, &mut |name, value| {
            headers.push((name.to_owned(), value.to_owned()));
        });
        headers
    }

    fn extracted(names: &str, headers: &[(&str, &str)]) -> Option<Extracted> {
        extract_as(&formats(names), &|name| {
            assert_eq!(name, name.to_ascii_lowercase(), "names are in lower case");
            let header = headers.iter().find(|(known, _)| *known == name);
            header.map(|(_, value)| (*value).to_owned())
        })
    }

    fn names(headers: &[(String, String)]) -> Vec<&str> {
        headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn jaeger_alone_is_the_carriers_own_affair() {
        for names in ["jaeger", " jaeger ", "", ","] {
            let formats = formats(names);

            assert!(formats.is_legacy() && formats.writes_jaeger, "{names:?}");
        }
    }

    #[test]
    fn the_old_header_is_written_if_it_is_among_the_names() {
        let writes = |names| formats(names).writes_jaeger;

        assert!(writes("jaeger,tracecontext"));
        assert!(writes("fleet"));
        assert!(!writes("tracecontext,baggage"));
        assert!(!writes("none"));
    }

    #[test]
    fn headers_are_added_and_the_old_one_is_left_to_the_carrier() {
        let state = TraceState::from_key_value([("vendor", "x")]).expect("it is one");

        let headers = injected("jaeger,tracecontext,baggage", IDS, &state);

        let expected = [
            ("traceparent", TRACEPARENT),
            ("tracestate", "vendor=x"),
            ("baggage", "tenant=a%20b,user=7"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(headers, expected);
        let fleet = injected("fleet", IDS, &TraceState::NONE);
        assert!(names(&fleet).contains(&"traceparent"));
        assert!(!names(&fleet).contains(&UBER_TRACE_ID));
    }

    #[test]
    fn b3_is_written_in_both_its_forms() {
        let single = injected("b3", IDS, &TraceState::NONE);
        let multi = injected("b3multi", IDS, &TraceState::NONE);

        assert_eq!(names(&single), ["b3"]);
        assert_eq!(names(&multi).len(), 3, "{multi:?}");
    }

    #[test]
    fn ids_that_name_nothing_are_not_written() {
        let nothing = Ids { span_id: 0, ..IDS };

        assert!(injected("tracecontext,baggage", nothing, &TraceState::NONE).is_empty());
    }

    #[test]
    fn what_others_write_is_read() {
        let headers = [
            ("traceparent", TRACEPARENT),
            ("tracestate", "vendor=x"),
            ("baggage", "user=7,tenant=a%20b"),
        ];

        let found = extracted("jaeger,tracecontext,baggage", &headers).expect("a context");

        assert_eq!(found.ids, IDS);
        assert_eq!(found.trace_state.header(), "vendor=x");
        let baggage = [("tenant", "a b"), ("user", "7")];
        let baggage = baggage.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(found.baggage, baggage);
    }

    #[test]
    fn b3_of_many_headers_is_read() {
        let headers = [
            ("x-b3-traceid", "0af7651916cd43dd8448eb211c80319c"),
            ("x-b3-spanid", "b7ad6b7169203331"),
            ("x-b3-sampled", "0"),
        ];

        let found = extracted("b3multi", &headers).expect("a context");

        assert_eq!(found.ids, Ids { flags: 0, ..IDS });
    }

    #[test]
    fn nothing_is_found_in_what_cannot_be_read() {
        let broken = [("traceparent", "00-zz-zz-01"), ("baggage", "user=7")];

        assert_eq!(extracted("jaeger,tracecontext,baggage", &broken), None);
        assert_eq!(extracted("tracecontext", &[]), None);
    }

    #[test]
    fn the_old_header_is_found_too_and_the_last_name_wins() {
        let headers = [("uber-trace-id", "a:b:0:1"), ("traceparent", TRACEPARENT)];
        let span_id = |names| extracted(names, &headers).map(|found| found.ids.span_id);

        assert_eq!(span_id("tracecontext,jaeger"), Some(0xb));
        assert_eq!(span_id("jaeger,tracecontext"), Some(IDS.span_id));
        assert_eq!(span_id("tracecontext"), Some(IDS.span_id));
    }
}
