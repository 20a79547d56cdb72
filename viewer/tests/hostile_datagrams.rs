//! No datagram ends the process, takes memory that it does not pay for, or leaves half a batch behind.

mod support;

use std::sync::Arc;

use proptest::prelude::*;
use support::thrift::Data::{self, Bytes, I32, I64, List, Struct};
use support::thrift::{
    PROTOCOLS, batch, binary_tag, emit_batch, log, logs, message, process, reference, references,
    span, tag, tags, text,
};
use thrift::protocol::TMessageType;
use viewer::intake::Intake;
use viewer::intake::thrift::{Malformed, Protocol};
use viewer::model::{Trace, Value};
use viewer::store::{Limits, Search, Store};

const ID: (u64, u64) = (1, 2);

/// What the largest datagram may become: an empty span takes twenty bytes in it, and some hundred when it is decoded.
const MOST_MEMORY: u64 = 8 << 20;

fn intake() -> (Arc<Store>, Intake) {
    let store = Arc::new(Store::new(Limits::default()));
    let intake = Intake::new(Arc::clone(&store));
    (store, intake)
}

/// Feeds bytes to a port, reads back what came of it, and returns whether they were taken.
fn feed(protocol: Protocol, bytes: &[u8]) -> bool {
    let (store, intake) = intake();
    let taken = intake.accept_thrift(protocol, bytes).is_ok();
    let stats = store.stats();
    assert_eq!(stats.refused_requests, u64::from(!taken));
    if !taken {
        assert_eq!((stats.received_spans, stats.rejected_spans), (0, 0));
    }
    for trace in store.find(&Search::default()) {
        assert!(trace.tree().events().to_string().lines().count() > trace.spans.len());
    }
    taken
}

fn refused(protocol: Protocol, bytes: &[u8]) -> Malformed {
    let (store, intake) = intake();
    let error = intake.accept_thrift(protocol, bytes).expect_err("no batch");
    assert_eq!(store.stats().refused_requests, 1);
    error
}

/// The only trace that a batch makes.
fn shown(protocol: Protocol, batch: Data) -> Trace {
    let (store, intake) = intake();
    intake
        .accept_thrift(protocol, &emit_batch(protocol, batch))
        .expect("a batch");
    store.find(&Search::default()).pop().expect("a trace")
}

fn valid() -> Data {
    let tags = tags([
        tag("text", text("Grüße")),
        tag("number", I64(-1)),
        tag("half", Data::Double(0.5)),
        tag("yes", Data::Bool(true)),
        binary_tag("bytes", &[1, 2, 3]),
    ]);
    let logs = logs([log(7, [tag("event", text("retry"))])]);
    let references = references([reference(0, ID, 1), reference(1, (9, 9), 9)]);
    batch(
        process("shop", [tag("zone", text("a"))]),
        [
            span(ID, 1, 0, "root", []),
            span(ID, 2, 1, "child", [tags, logs, references]),
        ],
    )
}

#[test]
fn the_corpus_is_survived() {
    let deep = (0..500).fold(Struct(vec![]), |inner, _| Struct(vec![(99, inner)]));
    let deep_list = (0..500).fold(List(vec![]), |inner, _| List(vec![inner]));
    for protocol in PROTOCOLS {
        let valid = emit_batch(protocol, valid());
        for length in 0..valid.len() {
            assert!(
                !feed(protocol, &valid[..length]),
                "{length} bytes are enough"
            );
        }
        assert!(feed(protocol, &valid));
        // UDP has no end of a message: what follows is nobody's.
        assert!(feed(protocol, &[valid.clone(), vec![0xff; 9]].concat()));

        for other in [deep.clone(), deep_list.clone()] {
            let Struct(mut fields) = self::valid() else {
                unreachable!("a batch is a struct");
            };
            fields.push((98, other));
            assert!(!feed(protocol, &emit_batch(protocol, Struct(fields))));
        }
        for byte in [0, 1, 0x7f, 0x80, 0x82, 0xff] {
            assert!(!feed(protocol, &[byte; 1000]));
        }
    }
    // Each port takes its own encoding only.
    assert!(!feed(
        Protocol::Binary,
        &emit_batch(Protocol::Compact, valid())
    ));
    assert!(!feed(
        Protocol::Compact,
        &emit_batch(Protocol::Binary, valid())
    ));
}

#[test]
fn lengths_that_lie_are_not_believed() {
    const TWO_GIB: [u8; 5] = [0xff, 0xff, 0xff, 0xff, 0x07];
    let compact = |rest: &[u8]| [b"\x82\x81\x00\x09emitBatch", rest].concat();
    let binary = |rest: &[u8]| [b"\x80\x01\0\x04\0\0\0\x09emitBatch\0\0\0\0", rest].concat();
    let lies: [(Protocol, Vec<u8>); 8] = [
        // The name of the method.
        (Protocol::Compact, [b"\x82\x81\x00", &TWO_GIB[..]].concat()),
        (Protocol::Binary, b"\x80\x01\0\x04\x7f\xff\xff\xff".to_vec()),
        (Protocol::Binary, b"\x7f\xff\xff\xffemitBatch".to_vec()),
        // A list of spans: batch, field 2.
        (
            Protocol::Compact,
            compact(&[b"\x1c\x29\xfc", &TWO_GIB[..]].concat()),
        ),
        (
            Protocol::Binary,
            binary(b"\x0c\0\x01\x0f\0\x02\x0c\x7f\xff\xff\xff"),
        ),
        (
            Protocol::Binary,
            binary(b"\x0c\0\x01\x0f\0\x02\x0c\xff\xff\xff\xff"),
        ),
        // A list that is skipped, of booleans, and a text: batch, field 9.
        (
            Protocol::Compact,
            compact(&[b"\x1c\x99\xf1", &TWO_GIB[..]].concat()),
        ),
        (
            Protocol::Compact,
            compact(&[b"\x1c\x98", &TWO_GIB[..]].concat()),
        ),
    ];

    for (protocol, bytes) in lies {
        let (_, intake) = intake();
        let used = allocation_counter::measure(|| {
            assert!(intake.accept_thrift(protocol, &bytes).is_err());
        });
        assert!(used.bytes_max < 4096, "{protocol:?} {bytes:?}: {used:?}");
    }
}

/// The dearest things that fit into a datagram.
#[test]
fn a_full_datagram_takes_bounded_memory() {
    const FULL: usize = 65_507;
    let tiny = || span((0, 1), 1, 0, "", [(8, I64(0)), (9, I64(0)), (7, I32(0))]);
    let fields = |count| {
        let tags = (0..count).map(|_| Struct(vec![(1, text("")), (2, I32(9))]));
        span(ID, 1, 0, "", [self::tags(tags)])
    };
    let distinct = |count| {
        let tags = (0..count).map(|number| tag(&format!("{number:x}"), text("")));
        span(ID, 1, 0, "", [self::tags(tags)])
    };
    let events = |count| span(ID, 1, 0, "", [logs((0..count).map(|_| log(0, [])))]);
    let links = |count| {
        let links = (0..count).map(|_| reference(1, (0, 0), 0));
        span(ID, 1, 0, "", [references(links)])
    };
    for protocol in PROTOCOLS {
        // As many of each as fit.
        let fill = |make: &dyn Fn(usize) -> Vec<Data>| {
            let encoded = |count| emit_batch(protocol, batch(process("", []), make(count)));
            let (mut fits, mut too_many) = (0, FULL / 5);
            while fits + 1 < too_many {
                let middle = usize::midpoint(fits, too_many);
                if encoded(middle).len() <= FULL {
                    fits = middle;
                } else {
                    too_many = middle;
                }
            }
            encoded(fits)
        };
        for (what, datagram) in [
            ("spans", fill(&|count| (0..count).map(|_| tiny()).collect())),
            ("tags", fill(&|count| vec![fields(count)])),
            ("distinct tags", fill(&|count| vec![distinct(count)])),
            ("logs", fill(&|count| vec![events(count)])),
            ("references", fill(&|count| vec![links(count)])),
        ] {
            assert!(datagram.len() > FULL - 100, "{what}: {}", datagram.len());
            let (store, intake) = intake();
            let used = allocation_counter::measure(|| {
                intake.accept_thrift(protocol, &datagram).expect("a batch");
            });
            assert!(
                used.bytes_max < MOST_MEMORY,
                "{protocol:?}, {what}: {} bytes",
                used.bytes_max
            );
            assert!(store.stats().received_spans > 0);
        }
    }
}

#[test]
fn only_calls_of_emit_batch_are_taken() {
    for protocol in PROTOCOLS {
        let arguments = Struct(vec![(1, valid())]);
        for (name, kind) in [
            ("emitZipkinBatch", TMessageType::OneWay),
            ("emitbatch", TMessageType::OneWay),
            ("emitBatch", TMessageType::Reply),
            ("emitBatch", TMessageType::Exception),
        ] {
            let error = refused(protocol, &message(protocol, name, kind, &arguments));
            assert!(matches!(error, Malformed::Method), "{name}: {error}");
        }

        // Some clients wait for an answer that no agent gives.
        let call = message(protocol, "emitBatch", TMessageType::Call, &arguments);
        assert!(feed(protocol, &call));
    }
}

#[test]
fn what_a_span_needs_has_to_be_there() {
    let without = |data: Data, number: i16| {
        let Struct(mut fields) = data else {
            unreachable!("all of these are structs");
        };
        fields.retain(|(known, _)| *known != number);
        Struct(fields)
    };
    let whole = || span(ID, 1, 0, "a", []);
    let with = |field| batch(process("shop", []), [span(ID, 1, 0, "a", [field])]);
    let mut batches = vec![without(valid(), 1), without(valid(), 2)];
    batches.push(batch(without(process("shop", []), 1), [whole()]));
    for number in [1, 2, 3, 4, 5, 7, 8, 9] {
        batches.push(batch(process("shop", []), [without(whole(), number)]));
    }
    for number in 1..=2 {
        batches.push(with(tags([without(tag("a", text("b")), number)])));
        batches.push(with(logs([without(log(1, []), number)])));
    }
    for number in 1..=4 {
        let reference = without(reference(0, ID, 1), number);
        batches.push(with(references([reference])));
    }

    for protocol in PROTOCOLS {
        assert!(feed(protocol, &emit_batch(protocol, valid())));
        for batch in &batches {
            let error = refused(protocol, &emit_batch(protocol, batch.clone()));
            assert!(matches!(error, Malformed::Missing(_)), "{batch:?}: {error}");
        }
        let empty = message(protocol, "emitBatch", TMessageType::OneWay, &Struct(vec![]));
        assert!(matches!(refused(protocol, &empty), Malformed::Missing(_)));
        let numbers = with((10, List(vec![I64(1)])));
        let error = refused(protocol, &emit_batch(protocol, numbers));
        assert!(matches!(error, Malformed::Elements("tags")), "{error}");
    }
}

#[test]
fn unknown_fields_are_skipped() {
    let new = Struct(vec![
        (1, Data::Bool(true)),
        (2, List(vec![Data::Bool(false), Data::Bool(true)])),
        (3, List(vec![Struct(vec![]), Struct(vec![(1, I32(1))])])),
        (-7, text("negative")),
        (9_999, Data::Double(1.0)),
    ]);
    // A known number, but another type than it had.
    let odd = span(ID, 1, 0, "a", [(10, text("no list")), (300, new.clone())]);
    let Struct(mut fields) = batch(process("shop", []), [odd]) else {
        unreachable!("a batch is a struct");
    };
    fields.push((3, I64(42)));
    fields.push((4, new));
    for protocol in PROTOCOLS {
        let trace = shown(protocol, Struct(fields.clone()));

        assert_eq!(trace.spans[0].operation, "a");
        assert!(trace.spans[0].tags.is_empty());
    }
}

#[test]
fn spans_with_invalid_ids_are_refused_one_by_one() {
    let spans = [
        span((0, 0), 1, 0, "no trace", []),
        span(ID, 0, 0, "no id", []),
        span(ID, 7, 0, "good", []),
    ];
    for protocol in PROTOCOLS {
        let (store, intake) = intake();
        let bytes = emit_batch(protocol, batch(process("shop", []), spans.clone()));

        intake.accept_thrift(protocol, &bytes).expect("a batch");

        let stats = store.stats();
        assert_eq!((stats.received_spans, stats.rejected_spans), (1, 2));
        assert_eq!(stats.refused_requests, 0);
    }
}

/// Some clients shorten long values to a number of bytes.
#[test]
fn a_character_that_was_cut_does_not_cost_the_batch() {
    let cut = Bytes(b"Gr\xc3 \xe4\xb8 \xf0\x9f\x9a".to_vec());
    let whole = "Gr\u{fffd} \u{fffd}\u{fffd} \u{fffd}\u{fffd}\u{fffd}";
    for protocol in PROTOCOLS {
        let tags = tags([tag("cut", cut.clone())]);
        let span = span(ID, 1, 0, "", [(5, cut.clone()), tags]);
        let trace = shown(protocol, batch(process("shop", []), [span]));

        assert_eq!(trace.spans[0].operation, whole);
        assert_eq!(trace.spans[0].tags.get("cut"), Some(&Value::from(whole)));
    }
}

fn any_protocol() -> impl Strategy<Value = Protocol> {
    proptest::sample::select(PROTOCOLS.to_vec())
}

proptest! {
    #[test]
    fn random_bytes_are_survived(
        protocol in any_protocol(),
        bytes in proptest::collection::vec(any::<u8>(), 0..512),
    ) {
        feed(protocol, &bytes);
    }

    /// Behind a good beginning, so that it does not end with the first byte.
    #[test]
    fn random_fields_are_survived(
        protocol in any_protocol(),
        bytes in proptest::collection::vec(any::<u8>(), 0..512),
    ) {
        let mut message = emit_batch(protocol, valid());
        let start = message.windows(9).position(|name| name == b"emitBatch").expect("there") + 9;
        message.truncate(start + if protocol == Protocol::Binary { 4 } else { 0 });
        message.extend(bytes);
        feed(protocol, &message);
    }

    #[test]
    fn a_damaged_batch_is_survived(
        protocol in any_protocol(),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<proptest::sample::Index>(),
    ) {
        let mut bytes = emit_batch(protocol, valid());
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        feed(protocol, &bytes);
        bytes.truncate(cut.index(bytes.len()));
        feed(protocol, &bytes);
    }
}
