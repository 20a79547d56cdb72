//! A shop that sells what is asked for in a header.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use thrift_codec::message::Message;
use thrift_codec::{BinaryEncode as _, CompactEncode as _};

use super::rustracing::carrier::{IterHttpHeaderFields, SetHttpHeaderField, TextMap};
use super::rustracing::sampler::{AllSampler, PassiveSampler, Sampler};
use super::rustracing::span::BaggageItem;
use super::rustracing::tag::{StdTag, Tag};
use super::rustracing_jaeger::span::{
    FinishedSpan, Span, SpanContext, SpanContextState, SpanContextStateBuilder, SpanReceiver,
    TraceId,
};
use super::rustracing_jaeger::thrift::agent::EmitBatchNotification;
use super::rustracing_jaeger::thrift::jaeger::{Batch, Process};
use super::rustracing_jaeger::{Result, Tracer};

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000 + seconds, 123_456_789)
}

fn state(span_id: u64) -> SpanContextState {
    SpanContextStateBuilder::new()
        .trace_id(TraceId { high: 10, low: 11 })
        .span_id(span_id)
        .finish()
}

fn finish(mut span: Span) {
    span.set_finish_time(|| at(9));
}

/// An order, with spans whose ids are given.
fn order() -> SpanReceiver {
    let (tracer, span_rx) = Tracer::new(AllSampler);
    let debugged = SpanContextStateBuilder::new()
        .trace_id(TraceId { high: 0, low: 1 })
        .span_id(2)
        .debug_id(String::from("ticket-7"))
        .finish();
    let unsampled = "5:6:0:0".parse::<SpanContextState>().unwrap();

    let mut order = tracer
        .span("order")
        .start_time(at(0))
        .tag(StdTag::span_kind("server"))
        .tag(StdTag::http_status_code(201))
        .tag(Tag::new("price", 9.5))
        .tag(Tag::new("gift", true))
        .tag(Tag::new(String::from("owned"), String::from("text")))
        .start_with_state(state(0xc));
    order.set_tags(|| StdTag::peer_addr("[::1]:80".parse().unwrap()));
    order.set_tag(|| Tag::new("price", 10.5));
    order.set_baggage_item(|| BaggageItem::new("tenant", "blue"));
    order.log(|log| {
        log.time(at(1))
            .std()
            .event("accepted")
            .message("first line");
        log.field(("zone", "north"));
    });
    let mut query = order.child("query", |options| {
        options
            .start_time(at(2))
            .tag(StdTag::db_statement("select 1"))
            .start_with_state(state(0xd))
    });
    query.log(|log| {
        log.time(at(2)).error().kind("Timeout").message("no answer");
    });
    query.set_operation_name(|| "slow query");
    let mail = order.handle().follower("mail", |options| {
        options.start_time(at(3)).start_with_state(state(0xe))
    });
    let joined = tracer
        .span("joined")
        .follows_from(&mail)
        .child_of(&Some(SpanContext::new(unsampled, Vec::new())))
        .child_of(&query)
        .start_time(at(4))
        .start_with_state(debugged);
    // It ends before it starts.
    let backwards = tracer
        .span("")
        .start_time(at(20))
        .start_with_state(state(0));
    for span in [joined, mail, query, order, backwards] {
        finish(span);
    }
    span_rx
}

/// Spans whose ids are random: their names are by the order in which they come.
fn random() -> SpanReceiver {
    let (tracer, span_rx) =
        Tracer::new(Sampler::<SpanContextState>::or(PassiveSampler, AllSampler));
    // Recorded by its caller, for debugging, and not.
    for header in ["1f:2e:3:1", "1f:2f:0:3", "1f:30:0:0"] {
        let request = HashMap::from([("Uber-Trace-Id", header)]);
        let context = SpanContext::extract_from_http_header(&request).unwrap();
        let mut server = tracer.span("server").child_of(&context).start();
        server.error_log(|log| {
            log.kind("Refused");
        });
        finish(server.child("client", |options| options.start()));
        finish(server);
    }
    finish(tracer.clone_with_sampler(AllSampler).span("root").start());
    span_rx
}

#[derive(Default)]
struct Names(Vec<(u64, u64)>);

impl Names {
    fn trace(&mut self, id: TraceId) -> String {
        if id.high == 0 {
            return id.to_string();
        }
        self.name((id.high, id.low))
    }

    fn span(&mut self, id: u64) -> String {
        if id < 0x100 {
            id.to_string()
        } else {
            self.name((0, id))
        }
    }

    fn name(&mut self, id: (u64, u64)) -> String {
        let known = self.0.iter().position(|known| *known == id);
        let index = known.unwrap_or_else(|| {
            self.0.push(id);
            self.0.len() - 1
        });
        format!("id {index}")
    }

    fn state(&mut self, state: &SpanContextState) -> String {
        format!(
            "trace {} span {} sampled {} flags {} debug {:?}",
            self.trace(state.trace_id()),
            self.span(state.span_id()),
            state.is_sampled(),
            state.flags(),
            state.debug_id(),
        )
    }
}

pub(crate) fn spans() -> String {
    let mut names = Names::default();
    let mut text = String::new();
    for span in order().try_iter().chain(random().try_iter()) {
        describe(&span, &mut names, &mut text);
    }
    text
}

fn describe(span: &FinishedSpan, names: &mut Names, text: &mut String) {
    let context = span.context();
    let name = span.operation_name();
    writeln!(text, "# {name:?}, {}", names.state(context.state())).unwrap();
    if name != "server" && name != "client" && name != "root" {
        writeln!(text, "start {:?}", span.start_time()).unwrap();
    }
    writeln!(text, "finish {:?}", span.finish_time()).unwrap();
    for reference in span.references() {
        let kind = (reference.is_child_of(), reference.is_follows_from());
        writeln!(text, "reference {kind:?} {}", names.state(reference.span())).unwrap();
    }
    for tag in span.tags() {
        writeln!(text, "tag {} {:?}", tag.name(), tag.value()).unwrap();
    }
    for log in span.logs() {
        for field in log.fields() {
            writeln!(text, "log {} {}", field.name(), field.value()).unwrap();
        }
    }
    for item in context.baggage_items() {
        writeln!(text, "baggage {} {}", item.name(), item.value()).unwrap();
    }
}

pub(crate) fn debug() -> String {
    let (span_tx, span_rx) = crossbeam_channel::bounded(10);
    let tracer = Tracer::with_sender(AllSampler, span_tx);
    let mut text = format!(
        "{tracer:?} {:?}\n",
        super::rustracing::Tracer::with_sender(AllSampler, {
            let (span_tx, _) =
                crossbeam_channel::bounded::<super::rustracing::span::FinishedSpan<u8>>(1);
            span_tx
        })
    );
    let options = tracer.span("a");
    writeln!(
        text,
        "{:?}",
        SpanContextStateBuilder::new()
            .span_id(1)
            .debug_id(String::from("d"))
    )
    .unwrap();
    let mut span = options
        .start_time(at(0))
        .tag(Tag::new("k", 1))
        .start_with_state(state(1));
    span.log(|log| {
        writeln!(text, "{log:?} {:?}", at(0)).unwrap();
        log.time(at(1)).field(("k", "v"));
        writeln!(text, "{:?}", log.std()).unwrap();
    });
    span.set_baggage_item(|| BaggageItem::new("k", "v"));
    let child = span.child("b", |options| {
        let options = options.start_time(at(0));
        writeln!(text, "{options:?}").unwrap();
        options.start_with_state(state(2))
    });
    writeln!(text, "{span:?}\n{:?}\n{child:?}", span.handle()).unwrap();
    writeln!(text, "{:?}", Span::inactive()).unwrap();
    finish(child);
    finish(span);
    for span in span_rx.try_iter() {
        writeln!(text, "{span:?}").unwrap();
    }
    text
}

/// Carriers of the program's own.
#[derive(Default)]
struct Headers(Vec<(String, Vec<u8>)>);

impl SetHttpHeaderField for Headers {
    fn set_http_header_field(&mut self, name: &str, value: &str) -> Result<()> {
        self.0.push((name.to_owned(), value.as_bytes().to_vec()));
        Ok(())
    }
}

impl<'a> IterHttpHeaderFields<'a> for Headers {
    type Fields = Box<dyn Iterator<Item = (&'a str, &'a [u8])> + 'a>;

    fn fields(&'a self) -> Self::Fields {
        Box::new(
            self.0
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_slice())),
        )
    }
}

#[derive(Default)]
struct Text(Vec<(String, String)>);

impl TextMap for Text {
    fn set(&mut self, key: &str, value: &str) {
        self.0.push((key.to_owned(), value.to_owned()));
    }

    fn get(&self, key: &str) -> Option<&str> {
        let field = self.0.iter().find(|(known, _)| known == key)?;
        Some(&field.1)
    }
}

pub(crate) fn headers() -> String {
    let mut text = String::new();
    let (tracer, span_rx) = Tracer::new(AllSampler);
    let mut small = tracer
        .span("small")
        .start_with_state("1:2:0:1".parse().unwrap());
    small.set_baggage_item(|| BaggageItem::new("tenant", "blue"));
    let debug = SpanContextStateBuilder::new()
        .trace_id(TraceId {
            high: u64::MAX,
            low: 0,
        })
        .span_id(u64::MAX)
        .debug_id(String::from("ticket"))
        .finish();
    let debug = tracer.span("debug").start_with_state(debug);
    let plain = tracer.span("plain").start_with_state(state(0xc));
    for span in [&small, &debug, &plain] {
        let context = span.context().unwrap();
        let (mut own, mut sorted, mut own_text) =
            (Headers::default(), BTreeMap::new(), Text::default());
        let (mut hashed, mut bytes) = (HashMap::<String, String>::new(), Vec::new());
        context.inject_to_http_header(&mut own).unwrap();
        context.inject_to_http_header(&mut hashed).unwrap();
        context.inject_to_text_map(&mut sorted).unwrap();
        context.inject_to_text_map(&mut own_text).unwrap();
        context.inject_to_binary(&mut bytes).unwrap();
        for (name, value) in &own.0 {
            writeln!(text, "{name}: {}", str::from_utf8(value).unwrap()).unwrap();
        }
        writeln!(text, "{hashed:?} {sorted:?} {:?} {bytes:?}", own_text.0).unwrap();

        let states = [
            SpanContext::extract_from_http_header(&own).unwrap(),
            SpanContext::extract_from_http_header(&hashed).unwrap(),
            SpanContext::extract_from_text_map(&sorted).unwrap(),
            SpanContext::extract_from_text_map(&own_text).unwrap(),
            SpanContext::extract_from_binary(&mut bytes.as_slice()).unwrap(),
        ];
        for context in states.into_iter().flatten() {
            writeln!(text, "{} {:?}", context.state(), context.baggage_items()).unwrap();
        }
    }
    drop((small, debug, plain, span_rx));
    text
}

pub(crate) fn thrift() -> (Vec<u8>, Vec<u8>) {
    let spans: Vec<FinishedSpan> = order().try_iter().collect();
    let message = || {
        Message::from(EmitBatchNotification {
            batch: Batch {
                process: Process {
                    service_name: String::from("shop"),
                    tags: vec![(&Tag::new("region", "north")).into()],
                },
                spans: spans.iter().map(Into::into).collect(),
            },
        })
    };
    let (mut compact, mut binary) = (Vec::new(), Vec::new());
    message().compact_encode(&mut compact).unwrap();
    message().binary_encode(&mut binary).unwrap();
    (compact, binary)
}
