//! It is enough that this compiles.

#![allow(
    dead_code,
    clippy::type_complexity,
    reason = "signatures are written out, and generic code is checked without being used"
)]

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::time::SystemTime;

use trackable::error::{ErrorKind as Trackable, TrackableError};

use super::rustracing::carrier::{
    ExtractFromBinary, ExtractFromHttpHeader, ExtractFromTextMap, InjectToBinary,
    InjectToHttpHeader, InjectToTextMap, IterHttpHeaderFields, SetHttpHeaderField, TextMap,
};
use super::rustracing::convert::MaybeAsRef;
use super::rustracing::log::{
    Log, LogBuilder, LogField, StdErrorLogFieldsBuilder, StdLogFieldsBuilder,
};
use super::rustracing::sampler::{
    AllSampler, AndSampler, BoxSampler, NullSampler, OrSampler, PassiveSampler,
    ProbabilisticSampler, Sampler,
};
use super::rustracing::span::{
    BaggageItem, CandidateSpan, FinishedSpan, Span, SpanContext, SpanHandle, SpanReceiver,
    SpanReference, SpanSender, StartSpanOptions,
};
use super::rustracing::tag::{StdTag, Tag, TagValue};
use super::rustracing::{Error, ErrorKind, Result, Tracer};

type Text = Cow<'static, str>;

fn errors() {
    let _: fn(TrackableError<ErrorKind>) -> Error = Error::from;
    let _: fn(Error) -> TrackableError<ErrorKind> = TrackableError::from;
    let _: fn(ErrorKind) -> Error = Error::from;
    let _: fn(&Error) -> &ErrorKind = |error| error.kind();
    let _: fn(Result<()>) -> std::result::Result<(), Error> = |result| result;
    match ErrorKind::Other {
        ErrorKind::InvalidInput | ErrorKind::Other => {}
    }
    fn is_trackable<T: Trackable>() {}
    is_trackable::<ErrorKind>();
}

fn tracers<S: Sampler<T>, T>() {
    let _: fn(S) -> (Tracer<S, T>, SpanReceiver<T>) = Tracer::new;
    let _: fn(S, SpanSender<T>) -> Tracer<S, T> = Tracer::with_sender;
    let _: for<'a> fn(&'a Tracer<S, T>, &'static str) -> StartSpanOptions<'a, S, T> = Tracer::span;
    let _: for<'a> fn(&'a Tracer<S, T>, String) -> StartSpanOptions<'a, S, T> = Tracer::span;
    let _: for<'a> fn(&'a Tracer<S, T>, Text) -> StartSpanOptions<'a, S, T> = Tracer::span;
    let _: fn(&Tracer<S, T>) -> Tracer<S, T> = Clone::clone;
}

/// Without a bound on what is cloned.
fn any_tracer<S, U: Sampler<T>, T>() {
    let _: fn(&Tracer<S, T>, U) -> Tracer<U, T> = Tracer::clone_with_sampler;
    let _: fn(&Tracer<S, T>) -> Tracer<S, T> = Clone::clone;
}

fn channels<T>() {
    let _: fn(SpanReceiver<T>) -> crossbeam_channel::Receiver<FinishedSpan<T>> = |rx| rx;
    let _: fn(SpanSender<T>) -> crossbeam_channel::Sender<FinishedSpan<T>> = |tx| tx;
}

fn spans<T: Clone>() {
    type Options<'a, T> = StartSpanOptions<'a, AllSampler, T>;
    let _: fn() -> Span<T> = Span::inactive;
    let _: fn(&Span<T>) -> SpanHandle<T> = Span::handle;
    let _: fn(&Span<T>) -> bool = Span::is_sampled;
    let _: fn(&Span<T>) -> Option<&SpanContext<T>> = Span::context;
    let _: fn(&mut Span<T>, fn() -> String) = Span::set_operation_name;
    let _: fn(&mut Span<T>, fn() -> SystemTime) = Span::set_start_time;
    let _: fn(&mut Span<T>, fn() -> SystemTime) = Span::set_finish_time;
    let _: fn(&mut Span<T>, fn() -> Tag) = Span::set_tag;
    let _: fn(&mut Span<T>, fn() -> Option<Tag>) = Span::set_tags;
    let _: fn(&mut Span<T>, fn() -> BaggageItem) = Span::set_baggage_item;
    let _: for<'a> fn(&'a Span<T>, &str) -> Option<&'a BaggageItem> = Span::get_baggage_item;
    let _: fn(&mut Span<T>, fn(&mut LogBuilder)) = Span::log;
    let _: fn(&mut Span<T>, fn(&mut StdErrorLogFieldsBuilder<'_>)) = Span::error_log;
    let _: fn(&Span<T>, Text, fn(Options<'_, T>) -> Span<T>) -> Span<T> = Span::child;
    let _: fn(&Span<T>, Text, fn(Options<'_, T>) -> Span<T>) -> Span<T> = Span::follower;

    let _: fn(&SpanHandle<T>) -> bool = SpanHandle::is_sampled;
    let _: fn(&SpanHandle<T>) -> Option<&SpanContext<T>> = SpanHandle::context;
    let _: for<'a> fn(&'a SpanHandle<T>, &str) -> Option<&'a BaggageItem> =
        SpanHandle::get_baggage_item;
    let _: fn(&SpanHandle<T>, Text, fn(Options<'_, T>) -> Span<T>) -> Span<T> = SpanHandle::child;
    let _: fn(&SpanHandle<T>, Text, fn(Options<'_, T>) -> Span<T>) -> Span<T> =
        SpanHandle::follower;
}

/// The rest asks nothing of a state.
fn spans_of_any_state<T>() {
    let _: fn() -> Span<T> = Span::inactive;
    let _: fn(&FinishedSpan<T>) -> &str = FinishedSpan::operation_name;
    let _: fn(&FinishedSpan<T>) -> SystemTime = FinishedSpan::start_time;
    let _: fn(&FinishedSpan<T>) -> SystemTime = FinishedSpan::finish_time;
    let _: fn(&FinishedSpan<T>) -> &[Log] = FinishedSpan::logs;
    let _: fn(&FinishedSpan<T>) -> &[Tag] = FinishedSpan::tags;
    let _: fn(&FinishedSpan<T>) -> &[SpanReference<T>] = FinishedSpan::references;
    let _: fn(&FinishedSpan<T>) -> &SpanContext<T> = FinishedSpan::context;

    let _: fn(T, Vec<BaggageItem>) -> SpanContext<T> = SpanContext::new;
    let _: fn(&SpanContext<T>) -> &T = SpanContext::state;
    let _: fn(&SpanContext<T>) -> &[BaggageItem] = SpanContext::baggage_items;

    let _: fn(T) -> SpanReference<T> = SpanReference::ChildOf;
    let _: fn(T) -> SpanReference<T> = SpanReference::FollowsFrom;
    let _: fn(&SpanReference<T>) -> &T = SpanReference::span;
    let _: fn(&SpanReference<T>) -> bool = SpanReference::is_child_of;
    let _: fn(&SpanReference<T>) -> bool = SpanReference::is_follows_from;
    let _: fn(SpanReference<T>) = |reference| match reference {
        SpanReference::ChildOf(_) | SpanReference::FollowsFrom(_) => {}
    };

    let _: for<'a> fn(&'a CandidateSpan<'_, T>) -> &'a [Tag] = |span| span.tags();
    let _: for<'a> fn(&'a CandidateSpan<'_, T>) -> &'a [SpanReference<T>] =
        |span| span.references();
    let _: for<'a> fn(&'a CandidateSpan<'_, T>) -> &'a [BaggageItem] = |span| span.baggage_items();

    let _: fn(&str, &str) -> BaggageItem = BaggageItem::new;
    let _: fn(&BaggageItem) -> &str = BaggageItem::name;
    let _: fn(&BaggageItem) -> &str = BaggageItem::value;
}

/// These four may live as short as what they look at.
fn covariant<'short, T>(
    context: SpanContext<&'static T>,
    finished: FinishedSpan<&'static T>,
    reference: SpanReference<&'static T>,
    candidate: CandidateSpan<'static, &'static T>,
) -> (
    SpanContext<&'short T>,
    FinishedSpan<&'short T>,
    SpanReference<&'short T>,
    CandidateSpan<'short, &'short T>,
) {
    (context, finished, reference, candidate)
}

fn options<'a, S: Sampler<T> + 'a, T: Clone + 'a>() {
    type Options<'a, S, T> = StartSpanOptions<'a, S, T>;
    let _: fn(Options<'a, S, T>, SystemTime) -> Options<'a, S, T> = Options::start_time;
    let _: fn(Options<'a, S, T>, Tag) -> Options<'a, S, T> = Options::tag;
    let _: fn(Options<'a, S, T>, &Span<T>) -> Options<'a, S, T> = Options::child_of;
    let _: fn(Options<'a, S, T>, &SpanContext<T>) -> Options<'a, S, T> = Options::child_of;
    let _: fn(Options<'a, S, T>, &Option<SpanContext<T>>) -> Options<'a, S, T> =
        Options::follows_from;
    let _: fn(Options<'a, S, T>, &Option<Option<Span<T>>>) -> Options<'a, S, T> =
        Options::follows_from;
    let _: fn(Options<'a, S, T>, T) -> Span<T> = Options::start_with_state;
}

fn started<S: Sampler<T>, T>(options: StartSpanOptions<'_, S, T>) -> Span<T>
where
    T: for<'b> From<CandidateSpan<'b, T>>,
{
    options.start()
}

fn references<T, U: MaybeAsRef<T>>(option: &Option<U>) -> Option<&T> {
    option.maybe_as_ref()
}

fn injected<C, T>(context: &SpanContext<T>, carrier: &mut C) -> Result<()>
where
    C: TextMap + SetHttpHeaderField + Write,
    T: InjectToTextMap<C> + InjectToHttpHeader<C> + InjectToBinary<C>,
{
    T::inject_to_text_map(context, carrier)?;
    T::inject_to_http_header(context, carrier)?;
    T::inject_to_binary(context, carrier)?;
    context.inject_to_text_map(carrier)?;
    context.inject_to_http_header(carrier)?;
    context.inject_to_binary(carrier)
}

fn extracted<'a, C, B, T>(carrier: &'a C, bytes: &mut B) -> Result<Option<SpanContext<T>>>
where
    C: TextMap + IterHttpHeaderFields<'a>,
    B: Read,
    T: ExtractFromTextMap<C> + ExtractFromHttpHeader<'a, C> + ExtractFromBinary<B>,
{
    T::extract_from_text_map(carrier)?;
    T::extract_from_http_header(carrier)?;
    T::extract_from_binary(bytes)?;
    SpanContext::<T>::extract_from_text_map(carrier)?;
    SpanContext::<T>::extract_from_http_header(carrier)?;
    SpanContext::extract_from_binary(bytes)
}

fn carriers<S: BuildHasher>() {
    fn text<T: TextMap>() {}
    fn set<T: SetHttpHeaderField>() {}
    fn fields<'a, T: IterHttpHeaderFields<'a>>() {}
    text::<HashMap<String, String, S>>();
    text::<BTreeMap<String, String>>();
    set::<HashMap<String, String, S>>();
    fields::<HashMap<&str, &str, S>>();
    fields::<HashMap<String, Vec<u8>, S>>();
    let _: for<'a> fn(
        &'a HashMap<String, String>,
    ) -> Box<dyn Iterator<Item = (&'a str, &'a [u8])> + 'a> = |map| map.fields();
    let _: fn(&mut BTreeMap<String, String>, &str, &str) = TextMap::set;
    let _: for<'a> fn(&'a BTreeMap<String, String>, &str) -> Option<&'a str> = TextMap::get;
    let _: fn(&mut HashMap<String, String>, &str, &str) -> Result<()> =
        SetHttpHeaderField::set_http_header_field;
}

fn samplers<T, A, B>()
where
    A: Sampler<T> + Send + Sync + 'static,
    B: Sampler<T>,
{
    fn is<S: Sampler<T>, T>() {}
    is::<AllSampler, T>();
    is::<NullSampler, T>();
    is::<PassiveSampler, T>();
    is::<ProbabilisticSampler, T>();
    is::<OrSampler<A, B>, T>();
    is::<AndSampler<A, B>, T>();
    is::<BoxSampler<T>, T>();
    let _: fn(A, B) -> OrSampler<A, B> = A::or;
    let _: fn(A, B) -> AndSampler<A, B> = A::and;
    let _: fn(A) -> BoxSampler<T> = A::boxed;
    let _: fn(BoxSampler<T>) -> Box<dyn Sampler<T> + Send + Sync> = |sampler| sampler;
    let _: fn(&A, &CandidateSpan<'_, T>) -> bool = A::is_sampled;
    let _: fn(f64) -> Result<ProbabilisticSampler> = ProbabilisticSampler::new;
    let _ = (AllSampler, NullSampler, PassiveSampler);
}

fn tags() {
    let _: fn(&'static str, &'static str) -> Tag = Tag::new;
    let _: fn(String, TagValue) -> Tag = Tag::new;
    let _: fn(&Tag) -> &str = Tag::name;
    let _: fn(&Tag) -> &TagValue = Tag::value;
    let _ = [Tag::new("n", 1), Tag::new("n", 1.0), Tag::new("n", true)];
    let _: fn(TagValue) -> (Option<Text>, Option<bool>, Option<i64>, Option<f64>) =
        |value| match value {
            TagValue::String(value) => (Some(value), None, None, None),
            TagValue::Boolean(value) => (None, Some(value), None, None),
            TagValue::Integer(value) => (None, None, Some(value), None),
            TagValue::Float(value) => (None, None, None, Some(value)),
        };
    let _: [TagValue; 6] = [
        "text".into(),
        String::new().into(),
        Text::from("").into(),
        true.into(),
        1_i64.into(),
        1_f64.into(),
    ];
    let _: [fn(&'static str) -> Tag; 12] = [
        StdTag::component,
        StdTag::db_instance,
        StdTag::db_statement,
        StdTag::db_type,
        StdTag::db_user,
        StdTag::http_method,
        StdTag::http_url,
        StdTag::message_bus_destination,
        StdTag::peer_address,
        StdTag::peer_hostname,
        StdTag::peer_service,
        StdTag::span_kind,
    ];
    let _: fn(String) -> Tag = StdTag::component;
    let _: fn() -> Tag = StdTag::error;
    let _: fn(u16) -> Tag = StdTag::http_status_code;
    let _: fn(SocketAddr) -> Vec<Tag> = StdTag::peer_addr;
    let _: fn(IpAddr) -> Tag = StdTag::peer_ip;
    let _: fn(u16) -> Tag = StdTag::peer_port;
    let _: fn(u32) -> Tag = StdTag::sampling_priority;
}

fn logs() {
    let _: fn(&Log) -> &[LogField] = Log::fields;
    let _: fn(&Log) -> SystemTime = Log::time;
    let _: fn(&'static str, String) -> LogField = LogField::new;
    let _: fn(&LogField) -> &str = LogField::name;
    let _: fn(&LogField) -> &str = LogField::value;
    let _: fn((Text, &'static str)) -> LogField = LogField::from;
    let _: for<'a> fn(&'a mut LogBuilder, (&'static str, String)) -> &'a mut LogBuilder =
        LogBuilder::field;
    let _: fn(&mut LogBuilder, LogField) -> &mut LogBuilder = LogBuilder::field;
    let _: fn(&mut LogBuilder, SystemTime) -> &mut LogBuilder = LogBuilder::time;
    let _: fn(&mut LogBuilder) -> StdLogFieldsBuilder<'_> = LogBuilder::std;
    let _: fn(&mut LogBuilder) -> StdErrorLogFieldsBuilder<'_> = LogBuilder::error;
}

fn standard_logs<'a>(
    fields: &mut StdLogFieldsBuilder<'a>,
    errors: &mut StdErrorLogFieldsBuilder<'a>,
) {
    let fields: &mut StdLogFieldsBuilder<'a> = fields.event("e").message(String::new());
    let _: &mut StdLogFieldsBuilder<'a> = fields.stack();
    let errors: &mut StdErrorLogFieldsBuilder<'a> = errors.kind("k").message(String::new());
    let _: &mut StdErrorLogFieldsBuilder<'a> = errors.stack();
}

#[test]
fn every_path_and_signature_is_there() {
    errors();
    tracers::<AllSampler, u8>();
    any_tracer::<(), NullSampler, u8>();
    channels::<()>();
    spans::<()>();
    spans_of_any_state::<std::cell::Cell<u8>>();
    let _ = covariant::<u8>;
    options::<AllSampler, ()>();
    carriers::<std::collections::hash_map::RandomState>();
    samplers::<u8, AllSampler, NullSampler>();
    tags();
    logs();
}
