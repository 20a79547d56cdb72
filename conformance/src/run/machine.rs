//! The steps of a program, one call each.

use std::collections::{BTreeMap, BTreeSet};

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{TraceContextExt, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, ContextGuard};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracer, SdkTracerProvider};
use opentracing_shim::propagation::{self, UnknownPropagator};
use opentracing_shim::{
    FieldValue, Fields, InjectError, Scope, Span, SpanContext, TagValue, Tracer, TracerShim,
};

use super::convert::{
    baggage, context_record, ids, key_values, native_baggage, native_ids, propagator_names,
    reference_type, sampler, shim_format, time,
};
use super::record::{self, Given};
use super::{Extraction, Ids, NO_TRACE, Outcome, StepError};
use crate::vector::{
    self, ActiveRead, BaggageRead, CurrentBaggageRead, ExtractedRead, InjectedRead, ItemsRead,
    NativeBaggage, Read, Reference, Setup, Step, TextMap,
};

/// The scope name of the spans that a program starts with the native API.
const NATIVE: &str = "native";

/// A tracer, and everything that the program has made so far.
pub(super) struct Machine {
    setup: Setup,
    exporter: InMemorySpanExporter,
    native_tracer: SdkTracer,
    tracer: Tracer,
    spans: BTreeMap<String, Span>,
    /// `None` stands for an extract that found nothing.
    contexts: BTreeMap<String, Option<SpanContext>>,
    carriers: BTreeMap<String, TextMap>,
    natives: BTreeMap<String, Context>,
    /// The open scopes, the innermost last.
    scopes: Vec<(String, OpenScope)>,
    closed: BTreeSet<String>,
    /// The times that the program gave, by span id.
    given: BTreeMap<String, Given>,
    outcome: Outcome,
}

/// Closed by being dropped.
#[allow(dead_code, reason = "held for the sake of dropping it")]
enum OpenScope {
    Shim(Scope),
    Native(ContextGuard),
}

impl Machine {
    pub(super) fn new(setup: &Setup) -> Result<Self, UnknownPropagator> {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_sampler(sampler(setup.sampler))
            .with_simple_exporter(exporter.clone())
            .build();
        let tracer = TracerShim::builder(provider.clone())
            .http_headers_propagator(propagation::from_names(&propagator_names(
                &setup.http_headers,
            ))?)
            .text_map_propagator(propagation::from_names(&propagator_names(&setup.text_map))?)
            .build();
        Ok(Self {
            setup: setup.clone(),
            exporter,
            native_tracer: provider.tracer(NATIVE),
            tracer,
            spans: BTreeMap::new(),
            contexts: BTreeMap::new(),
            carriers: BTreeMap::new(),
            natives: BTreeMap::new(),
            scopes: Vec::new(),
            closed: BTreeSet::new(),
            given: BTreeMap::new(),
            outcome: Outcome::default(),
        })
    }

    /// Collects what the program left. Its handles are dropped after that: dropping the last one of a span that was
    /// never finished exports it, which is no doing of the program.
    pub(super) fn finish(mut self) -> Outcome {
        let spans = self
            .exporter
            .get_finished_spans()
            .expect("the exporter's lock is poisoned only by a panic, which ends the run");
        self.outcome.spans = spans
            .into_iter()
            .map(|span| record::span(span, &self.given))
            .collect();
        while self.scopes.pop().is_some() {}
        self.outcome
    }

    pub(super) fn step(&mut self, step: &Step) -> Result<(), StepError> {
        match step {
            Step::Start {
                name,
                op,
                refs,
                tags,
                ignore_active,
                at_us,
            } => {
                let op = op.as_ref().unwrap_or(name).clone();
                let mut builder = self.tracer.build_span(op);
                for Reference { kind, to } in refs {
                    builder = builder.reference(reference_type(*kind), self.context_of(to)?);
                }
                for (key, value) in tags {
                    builder = builder.tag(key.clone(), TagValue::from(value.clone()));
                }
                if *ignore_active {
                    builder = builder.ignore_active_span();
                }
                if let Some(at_us) = at_us {
                    builder = builder.start_time_micros(*at_us);
                }
                let span = builder.start();
                let ids = ids(&span.context());
                self.started(name, ids, *at_us)?;
                self.spans.insert(name.clone(), span);
            }
            Step::Tag { span, key, value } => {
                self.span(span)?
                    .set_tag(key.clone(), TagValue::from(value.clone()));
            }
            Step::Rename { span, op } => {
                self.span(span)?.set_operation_name(op.clone());
            }
            Step::Log {
                span,
                fields,
                at_us,
            } => {
                let fields: Fields = fields
                    .iter()
                    .map(|(key, value)| (key.clone(), FieldValue::from(value.clone())))
                    .collect();
                match at_us {
                    Some(at_us) => self.span(span)?.log_at(time(*at_us), fields),
                    None => self.span(span)?.log(fields),
                };
                self.given_of(span)?.events.push(*at_us);
            }
            Step::Event { span, name } => {
                self.span(span)?.log_event(name.clone());
                self.given_of(span)?.events.push(None);
            }
            Step::SetBaggage { span, key, value } => {
                self.span(span)?
                    .set_baggage_item(key.as_str(), value.as_str());
            }
            Step::GetBaggage { span, key } => {
                let value = match self.spans.get(span) {
                    Some(span) => span.baggage_item(key),
                    None => self
                        .context_of(span)?
                        .and_then(|context| context.baggage_item(key).map(str::to_owned)),
                };
                self.read(Read::Baggage(BaggageRead {
                    baggage_of: span.clone(),
                    key: key.clone(),
                    value,
                }));
            }
            Step::Context { span, name } => {
                let context = self.span(span)?.context();
                self.outcome.names.alias(name, ids(&context));
                self.contexts.insert(name.clone(), Some(context));
            }
            Step::BaggageItems { of } => {
                let items = self.context_of(of)?.map_or(TextMap::new(), |c| baggage(&c));
                self.read(Read::Items(ItemsRead {
                    items_of: of.clone(),
                    items,
                }));
            }
            Step::Activate { span, name } => {
                let scope = match span {
                    Some(span) => self.tracer.activate(self.span(span)?),
                    None => self.tracer.activate_none(),
                };
                self.scopes.push((name.clone(), OpenScope::Shim(scope)));
            }
            Step::Close { scope } => self.close(scope)?,
            Step::Active {} => {
                let active = self.tracer.active_span();
                self.read(Read::Active(ActiveRead {
                    active: active.map(|span| ids(&span.context()).span),
                }));
            }
            Step::ActiveAs { name } => {
                let span = self.tracer.active_span().ok_or(StepError::NothingActive)?;
                self.free(name)?;
                self.outcome.names.alias(name, ids(&span.context()));
                self.spans.insert(name.clone(), span);
            }
            Step::Inject { format, from, name } => {
                let mut carrier = TextMap::new();
                if let Some(context) = self.context_of(from)? {
                    let injected = self
                        .tracer
                        .inject(&context, shim_format(*format), &mut carrier);
                    match injected {
                        // The rest is written. Other bridges say nothing here: what counts is the carrier.
                        Ok(()) | Err(InjectError::Baggage { .. }) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                self.carriers.insert(name.clone(), carrier.clone());
                self.read(Read::Injected(InjectedRead {
                    injected: name.clone(),
                    carrier,
                }));
            }
            Step::Carrier { entries, name } => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| (key.clone(), self.outcome.names.fill(value)))
                    .collect();
                self.carriers.insert(name.clone(), entries);
            }
            Step::Extract {
                carrier,
                format,
                name,
            } => self.extract(carrier, *format, name)?,
            Step::Finish { span, at_us } => {
                match at_us {
                    Some(at_us) => self.span(span)?.finish_at(time(*at_us)),
                    None => self.span(span)?.finish(),
                }
                self.given_of(span)?.end(*at_us);
            }
            Step::OtelStart { name, op, at_us } => {
                let op = op.as_ref().unwrap_or(name).clone();
                let mut builder = self.native_tracer.span_builder(op);
                builder.start_time = at_us.map(time);
                let span = self
                    .native_tracer
                    .build_with_context(builder, &Context::current());
                let context = Context::new().with_span(span);
                self.started(name, native_ids(&context), *at_us)?;
                self.natives.insert(name.clone(), context);
            }
            Step::OtelActivate { span, name } => {
                // A Context cannot lend its span to another, so what else is current, its baggage, is put under it.
                let current = Context::map_current(native_baggage);
                let context = self.native(span)?.with_baggage(key_values(&current));
                let guard = OpenScope::Native(context.attach());
                self.scopes.push((name.clone(), guard));
            }
            Step::OtelFinish { span, at_us } => {
                let context = self.native(span)?;
                match at_us {
                    Some(at_us) => context.span().end_with_timestamp(time(*at_us)),
                    None => context.span().end(),
                }
                let id = native_ids(context).span;
                self.given.entry(id).or_default().end(*at_us);
            }
            Step::OtelBaggage(NativeBaggage { items, name }) => {
                let context = Context::current_with_baggage(key_values(items));
                let guard = OpenScope::Native(context.attach());
                self.scopes.push((name.clone(), guard));
            }
            Step::OtelCurrentBaggage {} => {
                let otel_baggage = Context::map_current(native_baggage);
                self.read(Read::CurrentBaggage(CurrentBaggageRead { otel_baggage }));
            }
        }
        Ok(())
    }

    fn extract(
        &mut self,
        carrier: &str,
        format: vector::Format,
        name: &str,
    ) -> Result<(), StepError> {
        let entries = self
            .carriers
            .get(carrier)
            .ok_or_else(|| unknown("carrier", carrier))?;
        let propagators = match format {
            vector::Format::Http => &self.setup.http_headers,
            vector::Format::Text => &self.setup.text_map,
        };
        let active = self.tracer.active_span();
        let mut extraction = Extraction {
            carrier_has_field: entries
                .keys()
                .any(|key| propagators.iter().any(|propagator| propagator.reads(key))),
            active: active.map(|span| context_record(&span.context())),
            refused: None,
        };
        let context = match self.tracer.extract(shim_format(format), entries) {
            Ok(context) => context,
            Err(error) => {
                extraction.refused = Some(error.to_string());
                None
            }
        };
        if let Some(context) = &context {
            let ids = ids(context);
            if ids.trace != NO_TRACE {
                self.outcome.names.receive(ids.clone());
            }
            self.outcome.names.alias(name, ids);
        }
        let index = self.outcome.reads.len();
        self.outcome.extractions.insert(index, extraction);
        self.read(Read::Extracted(ExtractedRead {
            extracted: name.to_owned(),
            context: context.as_ref().map(context_record),
        }));
        self.contexts.insert(name.to_owned(), context);
        Ok(())
    }

    fn close(&mut self, name: &str) -> Result<(), StepError> {
        // The innermost of that name: a program may use one name for scopes that follow each other.
        match self.scopes.iter().rposition(|(open, _)| open == name) {
            Some(position) => {
                self.scopes.remove(position);
                self.closed.insert(name.to_owned());
                Ok(())
            }
            None if self.closed.contains(name) => Ok(()),
            None => Err(unknown("scope", name)),
        }
    }

    fn started(&mut self, name: &str, ids: Ids, at_us: Option<u64>) -> Result<(), StepError> {
        self.free(name)?;
        self.given.entry(ids.span.clone()).or_default().start = at_us;
        self.outcome.names.start(name, ids);
        Ok(())
    }

    fn free(&self, name: &str) -> Result<(), StepError> {
        if self.spans.contains_key(name) || self.natives.contains_key(name) {
            return Err(StepError::NameTaken(name.to_owned()));
        }
        Ok(())
    }

    fn read(&mut self, read: Read) {
        self.outcome.reads.push(read);
    }

    fn span(&self, name: &str) -> Result<&Span, StepError> {
        self.spans.get(name).ok_or_else(|| unknown("span", name))
    }

    fn native(&self, name: &str) -> Result<&Context, StepError> {
        self.natives
            .get(name)
            .ok_or_else(|| unknown("native span", name))
    }

    fn context_of(&self, name: &str) -> Result<Option<SpanContext>, StepError> {
        match (self.spans.get(name), self.contexts.get(name)) {
            (Some(span), _) => Ok(Some(span.context())),
            (None, Some(context)) => Ok(context.clone()),
            (None, None) => Err(unknown("span or context", name)),
        }
    }

    fn given_of(&mut self, span: &str) -> Result<&mut Given, StepError> {
        let id = ids(&self.span(span)?.context()).span;
        Ok(self.given.entry(id).or_default())
    }
}

fn unknown(kind: &'static str, name: &str) -> StepError {
    StepError::UnknownName {
        kind,
        name: name.to_owned(),
    }
}
