//! A span's context in and out of headers.

use std::collections::HashMap;
use std::hint::black_box;

use opentelemetry::Context;
use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::Sampler;
use opentracing_shim::propagation::{Fleet, from_names};
use opentracing_shim::{Format, Tracer, TracerShim};

use super::jaeger::PlainJaeger;
use super::span::provider;
use super::{Cases, DIRECT, EXTRACT_FLEET, EXTRACT_W3C, INJECT_FLEET, INJECT_W3C, SHIM, Work};

pub(super) fn add(cases: &mut Cases) {
    cases.add(INJECT_W3C, DIRECT, || {
        direct_inject(sdk_w3c(), w3c_headers())
    });
    cases.add(INJECT_W3C, SHIM, || shim_inject(&shim_w3c(), w3c_headers()));
    cases.add(EXTRACT_W3C, DIRECT, || {
        direct_extract(sdk_w3c(), w3c_headers())
    });
    cases.add(EXTRACT_W3C, SHIM, || {
        shim_extract(shim_w3c(), w3c_headers())
    });

    cases.add(INJECT_FLEET, DIRECT, || {
        direct_inject(sdk_fleet(), fleet_headers())
    });
    cases.add(INJECT_FLEET, SHIM, || {
        shim_inject(&shim_fleet(), fleet_headers())
    });
    cases.add(EXTRACT_FLEET, DIRECT, || {
        direct_extract(sdk_fleet(), fleet_headers())
    });
    cases.add(EXTRACT_FLEET, SHIM, || {
        shim_extract(shim_fleet(), fleet_headers())
    });
}

type Headers = HashMap<String, String>;

fn w3c_headers() -> Headers {
    headers(&[
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
        ("tracestate", "congo=t61rcWkgMzE"),
        ("baggage", "tenant=t1,login.channel=sms"),
    ])
}

/// What a fleet sends that speaks two dialects: the same span and the same items twice.
fn fleet_headers() -> Headers {
    headers(&[
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
        ("tracestate", "otshim=b7ad6b7169203331,congo=t61rcWkgMzE"),
        ("baggage", "tenant=t1,login.channel=sms"),
        (
            "uber-trace-id",
            "0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331:0:1",
        ),
        ("uberctx-tenant", "t1"),
        ("uberctx-login.channel", "sms"),
    ])
}

fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

fn sdk_w3c() -> TextMapCompositePropagator {
    TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
    ])
}

fn shim_w3c() -> Tracer {
    let names = from_names("tracecontext,baggage").expect("both are known");
    TracerShim::builder(provider(Sampler::AlwaysOn))
        .propagator(names)
        .build()
}

fn sdk_fleet() -> TextMapCompositePropagator {
    TextMapCompositePropagator::new(vec![
        Box::new(PlainJaeger::new()),
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
    ])
}

fn shim_fleet() -> Tracer {
    TracerShim::builder(provider(Sampler::AlwaysOn))
        .propagator(Fleet::new())
        .build()
}

/// Writes what `headers` say into an empty map.
fn direct_inject(propagator: impl TextMapPropagator + 'static, headers: Headers) -> Work {
    let cx = propagator.extract_with_context(&Context::new(), &headers);
    let mut carrier = headers;
    Box::new(move || {
        carrier.clear();
        propagator.inject_context(&cx, &mut carrier);
        black_box(&carrier);
    })
}

fn shim_inject(tracer: &Tracer, headers: Headers) -> Work {
    let tracer = tracer.clone();
    let context = tracer.extract(Format::HttpHeaders, &headers);
    let context = context.expect("the headers are good");
    let mut carrier = headers;
    Box::new(move || {
        carrier.clear();
        let written = tracer.inject(&context, Format::HttpHeaders, &mut carrier);
        written.expect("a map takes all");
        black_box(&carrier);
    })
}

fn direct_extract(propagator: impl TextMapPropagator + 'static, headers: Headers) -> Work {
    Box::new(move || {
        black_box(propagator.extract_with_context(&Context::new(), &headers));
    })
}

fn shim_extract(tracer: Tracer, headers: Headers) -> Work {
    Box::new(move || {
        let context = tracer.extract(Format::HttpHeaders, &headers);
        black_box(context.expect("the headers are good"));
    })
}
