//! Hostile headers: no panic, no log, nothing lost that another header says, nothing sent on that a carrier refuses.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry_sdk::propagation::BaggagePropagator as SdkBaggage;
use opentracing_shim::propagation::{
    BinaryPropagator, Composite, Fleet, JaegerPropagator, Verdict, from_names,
};
use opentracing_shim::{Format, InjectError, TracerShim};
use proptest::collection::vec;
use proptest::prelude::*;

const NAMES: [&str; 13] = [
    "traceparent",
    "tracestate",
    "baggage",
    "uber-trace-id",
    "uberctx-",
    "uberctx-k",
    "jaeger-baggage",
    "jaeger-debug-id",
    "b3",
    "x-b3-traceid",
    "x-b3-spanid",
    "x-b3-sampled",
    "x-b3-flags",
];

const FORMATS: [&str; 7] = [
    "tracecontext",
    "baggage",
    "jaeger",
    "b3",
    "b3multi",
    "fleet",
    "tracecontext,baggage,jaeger,b3",
];

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Anything, and things that come close to what the parsers look for.
fn values() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9a-f:%+,;=@ \t-]{0,80}",
        "(00|01|cc|ff)-[0-9a-f]{31,33}-[0-9a-f]{15,17}-[0-9a-f]{1,3}.{0,3}",
        "[0-9a-fA-F]{0,33}(:|%3A)[0-9a-f]{0,17}(:|%3a)[0-9a-f]{0,17}:[0-9a-f]{0,3}:?",
        "[0-9a-f]{16}([0-9a-f]{16})?-[0-9a-f]{16}(-[01d2])?(-[0-9a-f]{15,17})?",
        "([a-zA-Z%]{0,4}[ =]{0,2}(%[0-9a-fA-F]{0,2}|[!-~]){0,6}[,;]){0,8}",
        "[a-z@]{0,4}=(%[0-9]{0,2}|[!-~]){0,4},{200}",
        "x{9000}",
    ]
}

fn headers() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    vec((proptest::sample::select(&NAMES), values()), 0..8)
}

fn map(headers: &[(&'static str, String)]) -> HashMap<String, String> {
    let owned = |(name, value): &(&str, String)| ((*name).to_owned(), value.clone());
    headers.iter().map(owned).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Several lines of one header, through the bridge; what was understood goes on as headers that HTTP allows.
    #[test]
    fn a6_what_is_understood_can_be_sent_on(headers in headers()) {
        for names in FORMATS {
            let tracer = TracerShim::builder(NoopTracerProvider::new())
                .propagator(from_names(names).expect("known names"))
                .build();
            let Ok(Some(context)) = tracer.extract(Format::HttpHeaders, &headers) else {
                continue;
            };
            let mut next = HeaderMap::new();

            let injected = tracer.inject(&context, Format::HttpHeaders, &mut next);

            let refused = matches!(injected, Err(InjectError::Carrier(_)));
            prop_assert!(!refused, "{names}: {headers:?}: {injected:?}");
        }
    }

    #[test]
    fn a6_text_maps_take_anything(headers in headers()) {
        let propagator = JaegerPropagator::new().raw_values();

        let cx = propagator.extract_with_context(&Context::new(), &map(&headers));

        propagator.inject_context(&cx, &mut HashMap::new());
    }

    #[test]
    fn a_valid_header_survives_whatever_is_beside_it(headers in headers()) {
        let mut beside = map(&headers);
        beside.remove("traceparent");
        let alone = others().extract_with_context(&Context::new(), &beside);
        let is_alone = alone.span().span_context().is_valid();
        beside.insert("traceparent".to_owned(), TRACEPARENT.to_owned());

        for order in ["tracecontext,baggage,jaeger,b3", "b3,jaeger,baggage,tracecontext"] {
            let propagator = from_names(order).expect("known names");
            let cx = propagator.extract_with_context(&Context::new(), &beside);
            let trace_id = cx.span().span_context().trace_id().to_string();
            prop_assert!(trace_id == TRACE || is_alone, "{order}: {beside:?}");
        }
    }

    #[test]
    fn a_fleet_keeps_the_header_that_is_valid(headers in headers()) {
        let seen = Arc::new(Mutex::new(None));
        let last = seen.clone();
        let fleet = Fleet::builder()
            .on_extract(move |seen| *last.lock().expect("no panic") = Some(seen.verdict))
            .build();
        let mut received = map(&headers);
        received.insert("traceparent".to_owned(), TRACEPARENT.to_owned());

        let cx = fleet.extract_with_context(&Context::new(), &received);

        let trace_id = cx.span().span_context().trace_id().to_string();
        prop_assert_eq!(trace_id, TRACE, "{:?}", &received);
        let verdict = seen.lock().expect("no panic").expect("the hook was called");
        prop_assert!(matches!(
            verdict,
            Verdict::W3cOnly | Verdict::Same | Verdict::Conflict | Verdict::Undecided | Verdict::JaegerLater | Verdict::W3cLater
        ));
    }

    #[test]
    fn f4_any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200), count in 0_u8..4, length in 0_u8..8) {
        let mut close = bytes.clone();
        if let Some(numbers) = close.get_mut(33..41) {
            numbers.copy_from_slice(&[0, 0, 0, count, 0, 0, 0, length]);
        }
        for bytes in [bytes, close] {
            let cx = BinaryPropagator::new().extract_with_context(&Context::new(), &bytes);

            if let Ok(cx) = cx {
                let mut next = Vec::new();
                let written = BinaryPropagator::new().inject_context(&cx, &mut next);
                prop_assert!(written.is_ok());
            }
        }
    }

    /// Whoever sends the headers cannot fill the logs either.
    #[test]
    fn nothing_is_logged(headers in headers()) {
        let received = map(&headers);
        let log = logged(|| {
            for names in FORMATS {
                let propagator = from_names(names).expect("known names");
                let cx = propagator.extract_with_context(&Context::new(), &received);
                propagator.inject_context(&cx, &mut HashMap::new());
            }
        });

        prop_assert_eq!(log, "");
    }
}

fn others() -> Composite {
    from_names("jaeger,b3").expect("known names")
}

#[test]
fn the_sdks_own_propagator_does_log() {
    let received = HashMap::from([(
        "baggage".to_owned(),
        "a member without equals sign".to_owned(),
    )]);

    let log = logged(|| {
        SdkBaggage::new().extract_with_context(&Context::new(), &received);
    });

    assert!(log.contains("a member without equals sign"), "{log:?}");
}

/// What OpenTelemetry and this crate log while `work` runs.
fn logged(work: impl FnOnce()) -> String {
    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let buffer = Buffer::default();
    let writer = buffer.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, work);
    let bytes = buffer.0.lock().expect("no panic");
    String::from_utf8_lossy(&bytes).into_owned()
}
