//! Sending through the application's own provider.

use std::cell::Cell;
use std::sync::OnceLock;

use opentelemetry::trace::{
    Link, Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, TraceContextExt as _, TraceFlags,
    TraceId, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{
    IdGenerator, RandomIdGenerator, SamplingDecision, SamplingResult, SdkTracer, SdkTracerProvider,
    ShouldSample, SpanData,
};

use crate::record;
use crate::suppressed::is_suppressed;

static INSTALLED: OnceLock<Installed> = OnceLock::new();

/// The application's provider.
#[derive(Debug)]
pub(crate) struct Installed(SdkTracer);

thread_local! {
    static NEXT_TRACE_ID: Cell<Option<TraceId>> = const { Cell::new(None) };
    static NEXT_SPAN_ID: Cell<Option<SpanId>> = const { Cell::new(None) };
    static IS_DECIDED: Cell<bool> = const { Cell::new(false) };
}

/// Sends finished spans through the application's own provider from now on, once for the process.
///
/// Then they pass the application's span processors, its resource counts in place of the reporters' service names, and
/// its flush and shutdown are the ones that matter: reporters get nothing more.
///
/// A span is shown to the provider when it is finished, with all its times and ids. The provider has to be built with
/// [`ReplayIds`], and should have [`ReplaySampler`] around its sampler:
///
/// ```
/// use opentelemetry_sdk::trace::{ParentBasedSampler, RandomIdGenerator, Sampler, SdkTracerProvider};
/// use opentracing_shim_legacy::{ReplayIds, ReplaySampler, install};
///
/// let sampler = ParentBasedSampler::new(Sampler::TraceIdRatioBased(0.1));
/// let provider = SdkTracerProvider::builder()
///     .with_id_generator(ReplayIds::new(RandomIdGenerator::default()))
///     .with_sampler(ReplaySampler::new(sampler))
///     .build();
/// install(&provider)?;
/// # Ok::<(), opentracing_shim_legacy::InstallError>(())
/// ```
///
/// # Errors
///
/// [`InstallError`] if the provider gives spans ids of its own, is shut down, or another one was installed before. A provider
/// that is refused still has to be shut down explicitly: a handle of it is kept.
pub fn install(provider: &SdkTracerProvider) -> Result<(), InstallError> {
    let tracer = provider.tracer_with_scope(record::scope());
    if !takes_ids(&tracer) {
        return Err(InstallError::ForeignIds);
    }
    INSTALLED
        .set(Installed(tracer))
        .map_err(|_| InstallError::Twice)
}

/// Whether a provider is installed.
#[must_use]
pub fn is_installed() -> bool {
    INSTALLED.get().is_some()
}

/// Sends a finished span through the installed provider.
///
/// # Errors
///
/// Gives the span back if no provider is installed.
#[expect(clippy::result_large_err, reason = "the caller goes on with the span")]
pub fn replay(span: SpanData) -> Result<(), SpanData> {
    let Some(provider) = installed() else {
        return Err(span);
    };
    provider.replay(span);
    Ok(())
}

/// The application's provider could not be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// The provider makes ids of its own, or is shut down.
    #[error(
        "the provider gives spans ids of its own: build it with ReplayIds, and install it before its shutdown"
    )]
    ForeignIds,
    /// One is installed already.
    #[error("a provider is installed already")]
    Twice,
}

pub(crate) fn installed() -> Option<&'static Installed> {
    INSTALLED.get()
}

impl Installed {
    pub(crate) fn replay(&self, span: SpanData) {
        if is_suppressed() {
            return;
        }
        let trace_id = span.span_context.trace_id();
        let parent = if span.parent_span_id == SpanId::INVALID {
            Context::new()
        } else {
            // Sampled, whatever the caller decided: this span was recorded, so samplers that follow the parent must keep it.
            Context::new().with_remote_span_context(SpanContext::new(
                trace_id,
                span.parent_span_id,
                TraceFlags::SAMPLED,
                span.parent_span_is_remote,
                TraceState::NONE,
            ))
        };
        let builder = SpanBuilder::from_name(span.name)
            .with_kind(span.span_kind)
            .with_start_time(span.start_time)
            .with_attributes(span.attributes)
            .with_events(span.events.events)
            .with_links(span.links.links);

        let is_root = span.parent_span_id == SpanId::INVALID;
        let mut replayed = {
            let _next = Next::set(is_root.then_some(trace_id), span.span_context.span_id());
            self.0.build_with_context(builder, &parent)
        };
        replayed.set_status(span.status);
        replayed.end_with_timestamp(span.end_time);
    }
}

/// Starts a span, which is never ended and therefore not exported, to see whose ids it gets.
fn takes_ids(tracer: &SdkTracer) -> bool {
    let wanted = RandomIdGenerator::default().new_span_id();
    let probe = {
        let _next = Next::set(None, wanted);
        tracer.build_with_context(SpanBuilder::from_name("probe"), &Context::new())
    };
    let is_taken = probe.span_context().span_id() == wanted;
    // Dropping it would end it, and it would be exported. What leaks is a handle of the provider, which is to stay for the life
    // of the process anyway.
    std::mem::forget(probe);
    is_taken
}

/// What the wrappers below say while a span is replayed on this thread. Each is taken by its first use, so that spans
/// which a processor starts meanwhile are their own.
#[derive(Debug)]
struct Next;

impl Next {
    fn set(trace_id: Option<TraceId>, span_id: SpanId) -> Self {
        NEXT_TRACE_ID.set(trace_id);
        NEXT_SPAN_ID.set(Some(span_id));
        IS_DECIDED.set(true);
        Self
    }
}

impl Drop for Next {
    fn drop(&mut self) {
        NEXT_TRACE_ID.set(None);
        NEXT_SPAN_ID.set(None);
        IS_DECIDED.set(false);
    }
}

/// Gives replayed spans the ids that they have, and asks `G` for those of all others.
#[derive(Clone, Debug, Default)]
pub struct ReplayIds<G> {
    others: G,
}

impl<G> ReplayIds<G> {
    /// Asks `others` about all other spans.
    pub fn new(others: G) -> Self {
        Self { others }
    }
}

impl<G: IdGenerator> IdGenerator for ReplayIds<G> {
    fn new_trace_id(&self) -> TraceId {
        NEXT_TRACE_ID
            .take()
            .unwrap_or_else(|| self.others.new_trace_id())
    }

    fn new_span_id(&self) -> SpanId {
        NEXT_SPAN_ID
            .take()
            .unwrap_or_else(|| self.others.new_span_id())
    }
}

/// Keeps replayed spans, which the legacy sampler has decided about, and leaves all others to `S`.
///
/// Without it, a sampler of a ratio decides a second time, and drops the root of a trace whose children are kept.
#[derive(Clone, Debug)]
pub struct ReplaySampler<S> {
    others: S,
}

impl<S> ReplaySampler<S> {
    /// Asks `others` about all other spans.
    pub fn new(others: S) -> Self {
        Self { others }
    }
}

impl<S: ShouldSample + Clone + 'static> ShouldSample for ReplaySampler<S> {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        if IS_DECIDED.take() {
            return SamplingResult {
                decision: SamplingDecision::RecordAndSample,
                attributes: Vec::new(),
                trace_state: TraceState::NONE,
            };
        }
        self.others
            .should_sample(parent_context, trace_id, name, span_kind, attributes, links)
    }
}
