//! Text maps and HTTP headers.

use std::str;

use opentracing_shim_legacy::propagation;
use percent_encoding::percent_decode;
use rustracing::carrier::{
    ExtractFromHttpHeader, ExtractFromTextMap, InjectToHttpHeader, InjectToTextMap,
    IterHttpHeaderFields, SetHttpHeaderField, TextMap,
};
use rustracing::span::BaggageItem;
use trackable::track;

use super::{SpanContext, SpanContextState};
use crate::names::{DEBUG_ID, TRACE_CONTEXT};
use crate::{Result, error};

impl<T: TextMap> InjectToTextMap<T> for SpanContextState {
    fn inject_to_text_map(context: &SpanContext, carrier: &mut T) -> Result<()> {
        inject(context, |name, value| {
            carrier.set(name, value);
            Ok(())
        })
    }
}

impl<T: TextMap> ExtractFromTextMap<T> for SpanContextState {
    fn extract_from_text_map(carrier: &T) -> Result<Option<SpanContext>> {
        let others = propagation::extract(&|name| carrier.get(name).map(str::to_owned));
        if let Some(context) = others {
            return Ok(Some(foreign(&context)));
        }
        let mut read = Reader::default();
        for name in [TRACE_CONTEXT, DEBUG_ID] {
            if let Some(value) = carrier.get(name) {
                track!(read.field(name, value.as_bytes()))?;
            }
        }
        Ok(read.finish())
    }
}

impl<T: SetHttpHeaderField> InjectToHttpHeader<T> for SpanContextState {
    fn inject_to_http_header(context: &SpanContext, carrier: &mut T) -> Result<()> {
        inject(context, |name, value| {
            track!(carrier.set_http_header_field(name, value))
        })
    }
}

impl<'a, T: IterHttpHeaderFields<'a>> ExtractFromHttpHeader<'a, T> for SpanContextState {
    fn extract_from_http_header(carrier: &'a T) -> Result<Option<SpanContext>> {
        let others = propagation::extract(&|name| header(carrier, name));
        if let Some(context) = others {
            return Ok(Some(foreign(&context)));
        }
        let mut read = Reader::default();
        for (name, value) in carrier.fields() {
            track!(read.field(name, value))?;
        }
        Ok(read.finish())
    }
}

/// Writes the old header in the original's form, and the others that are set up. The first failure ends it.
fn inject(context: &SpanContext, mut set: impl FnMut(&str, &str) -> Result<()>) -> Result<()> {
    let state = context.state();
    if propagation::writes_jaeger() {
        set(TRACE_CONTEXT, &state.to_string())?;
    }
    let baggage = context
        .baggage_items()
        .iter()
        .map(|item| (item.name(), item.value()));
    let mut result = Ok(());
    propagation::inject(
        state.ids(),
        &state.trace_state,
        baggage,
        &mut |name, value| {
            if result.is_ok() {
                result = set(name, value);
            }
        },
    );
    result
}

/// Values of one name in one line, as HTTP has it. Values that are no text do not count.
fn header<'a>(carrier: &'a impl IterHttpHeaderFields<'a>, name: &str) -> Option<String> {
    carrier
        .fields()
        .filter(|(field, _)| field.eq_ignore_ascii_case(name))
        .filter_map(|(_, value)| str::from_utf8(value).ok())
        .map(str::to_owned)
        .reduce(|first, next| first + "," + &next)
}

fn foreign(context: &propagation::Extracted) -> SpanContext {
    let baggage = context
        .baggage
        .iter()
        .map(|(name, value)| BaggageItem::new(name, value))
        .collect();
    let state = SpanContextState::foreign(context.ids, context.trace_state.clone(), true);
    SpanContext::new(state, baggage)
}

/// Reads the original's two headers.
#[derive(Default)]
struct Reader {
    state: Option<SpanContextState>,
    debug_id: Option<String>,
}

impl Reader {
    fn field(&mut self, name: &str, value: &[u8]) -> Result<()> {
        if name.eq_ignore_ascii_case(TRACE_CONTEXT) {
            // Jaeger's client for Java escapes the colons.
            let value = percent_decode(value);
            let value = track!(value.decode_utf8().map_err(error::invalid))?;
            self.state = Some(track!(value.parse())?);
        } else if name.eq_ignore_ascii_case(DEBUG_ID) {
            let value = track!(str::from_utf8(value).map_err(error::invalid))?;
            self.debug_id = Some(value.to_owned());
        }
        Ok(())
    }

    fn finish(self) -> Option<SpanContext> {
        let state = match (self.state, self.debug_id) {
            (Some(state), Some(debug_id)) => state.with_debug_id(debug_id),
            (Some(state), None) => state,
            (None, Some(debug_id)) => SpanContextState::debug_only(debug_id),
            (None, None) => return None,
        };
        Some(SpanContext::new(state, Vec::new()))
    }
}
