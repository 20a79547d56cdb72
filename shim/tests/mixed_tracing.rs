//! OpenTracing spans and spans of `tracing` nest in any order, with `tracing-opentelemetry` as it is by default.

mod support;

use std::collections::HashMap;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentracing_shim::propagation::from_names;
use opentracing_shim::{Format, SpanFuture};
use support::{Recorder, is_child_of, is_root, items, pair};
use tokio::task::yield_now;
use tracing::instrument::{Instrument, WithSubscriber};
use tracing::{Dispatch, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;

/// The layer of `tracing-opentelemetry` over the provider that our tracer uses.
fn dispatch(recorder: &Recorder) -> Dispatch {
    let tracer = recorder.provider.tracer("tracing");
    Dispatch::new(
        tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracer)),
    )
}

fn with_tracing<T>(recorder: &Recorder, work: impl FnOnce() -> T) -> T {
    tracing::dispatcher::with_default(&dispatch(recorder), work)
}

/// Each is the child of the one before, and the first is a root.
fn assert_chain(recorder: &Recorder, names: &[&str]) {
    assert_eq!(recorder.spans().len(), names.len());
    assert!(is_root(&recorder.named(names[0])));
    for pair in names.windows(2) {
        let [parent, child] = [pair[0], pair[1]].map(|name| recorder.named(name));
        assert!(
            is_child_of(&child, &parent),
            "{} below {}",
            pair[1],
            pair[0]
        );
    }
}

fn current_baggage() -> Vec<(String, String)> {
    let mut items: Vec<_> = Context::map_current(|cx| {
        cx.baggage()
            .iter()
            .map(|(key, (value, _))| (key.to_string(), value.to_string()))
            .collect()
    });
    items.sort();
    items
}

#[test]
fn tracing_ours_tracing() {
    let recorder = Recorder::new();

    with_tracing(&recorder, || {
        let _outer = info_span!("1").entered();
        let _scope = recorder.tracer.build_span("2").start_active();
        let _inner = info_span!("3").entered();
    });

    assert_chain(&recorder, &["1", "2", "3"]);
}

#[test]
fn ours_tracing_ours() {
    let recorder = Recorder::new();

    with_tracing(&recorder, || {
        let _scope = recorder.tracer.build_span("1").start_active();
        let _inner = info_span!("2").entered();
        recorder.tracer.build_span("3").start().finish();
    });

    assert_chain(&recorder, &["1", "2", "3"]);
}

#[test]
fn all_three_apis_in_all_orders() {
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for order in orders {
        let recorder = Recorder::new();

        with_tracing(&recorder, || nest(&recorder, &order));

        let names = order.map(|api| ["ours", "tracing", "native"][api]);
        assert_chain(&recorder, &names);
    }
}

fn nest(recorder: &Recorder, order: &[usize]) {
    let Some((api, inner)) = order.split_first() else {
        return;
    };
    match api {
        0 => {
            let _scope = recorder.tracer.build_span("ours").start_active();
            nest(recorder, inner);
        }
        1 => info_span!("tracing").in_scope(|| nest(recorder, inner)),
        _ => recorder
            .provider
            .tracer("native")
            .in_span("native", |_| nest(recorder, inner)),
    }
}

#[test]
fn what_was_active_is_so_again_after_each() {
    let recorder = Recorder::new();

    with_tracing(&recorder, || {
        let outer = recorder.tracer.build_span("outer").start();
        let scope = outer.activate();
        {
            let _tracing = info_span!("tracing").entered();
            let active = recorder.tracer.active_span().expect("the span of tracing");
            assert!(!active.same_as(&outer));
        }
        let active = recorder.tracer.active_span().expect("ours again");
        assert!(active.same_as(&outer));
        drop(scope);
        assert!(recorder.tracer.active_span().is_none());
    });
}

#[test]
fn tags_set_through_the_active_span_reach_the_span_of_tracing() {
    let recorder = Recorder::new();

    with_tracing(&recorder, || {
        let _entered = info_span!("tracing").entered();
        let active = recorder.tracer.active_span().expect("the span of tracing");
        active.set_tag("from", "opentracing");
    });

    let attributes = recorder.span().attributes;
    assert!(attributes.contains(&KeyValue::new("from", "opentracing")));
}

#[tokio::test]
async fn futures_nest_in_both_orders() {
    let recorder = Recorder::new();
    let leaf = |name: &'static str| {
        let tracer = recorder.tracer.clone();
        async move {
            yield_now().await;
            tracer.build_span(name).start().finish();
            yield_now().await;
        }
    };

    async {
        let span = recorder.tracer.build_span("1").start();
        async {
            yield_now().await;
            leaf("3").instrument(info_span!("2")).await;
        }
        .in_span(&span)
        .await;
        span.finish();
    }
    .with_subscriber(dispatch(&recorder))
    .await;
    assert_chain(&recorder, &["1", "2", "3"]);

    let recorder = Recorder::new();
    async {
        async {
            yield_now().await;
            let span = recorder.tracer.build_span("2").start();
            async { yield_now().await }
                .instrument(span.in_scope(|| info_span!("3")))
                .in_span(&span)
                .await;
            span.finish();
        }
        .instrument(info_span!("1"))
        .await;
    }
    .with_subscriber(dispatch(&recorder))
    .await;
    assert_chain(&recorder, &["1", "2", "3"]);
}

#[test]
fn our_baggage_is_in_spans_of_tracing_below() {
    let recorder = Recorder::new();

    with_tracing(&recorder, || {
        let span = recorder.tracer.build_span("ours").start();
        span.set_baggage_item("tenant", "t1");
        let _scope = span.activate();
        let _inner = info_span!("tracing").entered();

        assert_eq!(current_baggage(), [pair("tenant", "t1")]);
        let below = recorder.tracer.build_span("below").start();
        assert_eq!(items(&below.context()), [pair("tenant", "t1")]);
    });
}

#[test]
fn baggage_given_with_set_parent_is_in_our_spans_below() {
    let recorder = Recorder::new();
    let headers = HashMap::from([("baggage".to_owned(), "tenant=t1".to_owned())]);
    let propagator = from_names("tracecontext,baggage").expect("both names are known");

    with_tracing(&recorder, || {
        let server = info_span!("server");
        let parent = propagator.extract_with_context(&Context::new(), &headers);
        server.set_parent(parent).expect("the span is new");
        let _entered = server.entered();

        let below = recorder.tracer.build_span("below").start();
        assert_eq!(items(&below.context()), [pair("tenant", "t1")]);
    });
}

#[test]
fn our_extracted_context_can_be_the_parent_of_a_server_span_of_tracing() {
    let recorder = Recorder::new();
    let caller = recorder.tracer.build_span("caller").start();
    caller.set_baggage_item("tenant", "t1");
    let headers = recorder.inject(&caller.context());
    caller.finish();

    with_tracing(&recorder, || {
        // OpenTracing code has no name for a context that is no span; the propagator reads the same headers.
        let propagator = from_names("tracecontext,baggage").expect("both names are known");
        let parent = propagator.extract_with_context(&Context::new(), &headers);
        let server = info_span!("server");
        server.set_parent(parent).expect("the span is new");
        server.in_scope(|| recorder.tracer.build_span("below").start().finish());
    });

    assert_chain(&recorder, &["caller", "server", "below"]);
}

/// The limit: a span of `tracing` stores the context it was made in, and attaches that each time it is entered.
#[test]
fn a_span_of_tracing_made_earlier_hides_the_scope_around_it() {
    let recorder = Recorder::new();

    with_tracing(&recorder, || {
        let early = info_span!("early");

        let span = recorder.tracer.build_span("ours").start();
        span.set_baggage_item("tenant", "t1");
        let _scope = span.activate();
        early.in_scope(|| {
            assert_eq!(current_baggage(), [], "the stored context had none");
            recorder.tracer.build_span("below").start().finish();
        });
        drop(early);
    });

    assert!(is_child_of(
        &recorder.named("below"),
        &recorder.named("early")
    ));
}

#[test]
fn baggage_current_when_a_span_of_tracing_is_made_stays_with_it() {
    let recorder = Recorder::new();

    with_tracing(&recorder, || {
        let span = recorder.tracer.build_span("ours").start();
        span.set_baggage_item("early", "1");
        let inner = span.in_scope(|| info_span!("tracing"));
        inner.in_scope(|| assert_eq!(current_baggage(), [pair("early", "1")]));

        span.set_baggage_item("late", "2");

        // No span of ours is active here: the span of tracing has brought its context along.
        inner.in_scope(|| {
            assert_eq!(current_baggage(), [pair("early", "1")]);
            let below = recorder.tracer.build_span("below").start();
            assert_eq!(
                items(&below.context()),
                [pair("early", "1"), pair("late", "2")],
                "our code asks the span itself"
            );
        });
    });
}

#[test]
fn baggage_attached_inside_a_span_of_tracing_lasts_until_it_is_left() {
    let recorder = Recorder::new();

    with_tracing(&recorder, || {
        let server = info_span!("server");
        server.in_scope(|| {
            let baggage = [KeyValue::new("tenant", "t1")];
            let _attached = Context::current().with_baggage(baggage).attach();
            let below = recorder.tracer.build_span("below").start();
            assert_eq!(items(&below.context()), [pair("tenant", "t1")]);
        });

        server.in_scope(|| assert_eq!(current_baggage(), []));
    });
}

#[test]
fn set_parent_comes_too_late_for_a_span_that_was_entered() {
    let recorder = Recorder::new();

    with_tracing(&recorder, || {
        let server = info_span!("server");
        server.in_scope(|| {});

        assert!(server.set_parent(Context::new()).is_err());
    });
}

#[test]
fn what_we_inject_inside_a_span_of_tracing_names_that_span() {
    let recorder = Recorder::new();

    let (headers, id) = with_tracing(&recorder, || {
        let _entered = info_span!("tracing").entered();
        let active = recorder.tracer.active_span().expect("the span of tracing");
        active.set_baggage_item("tenant", "t1");
        let mut headers = HashMap::new();
        recorder
            .tracer
            .inject(&active, Format::HttpHeaders, &mut headers)
            .expect("all of it can be written");
        let id = Context::map_current(|cx| cx.span().span_context().span_id().to_string());
        (headers, id)
    });

    assert!(headers["traceparent"].contains(&id));
    assert_eq!(headers["baggage"], "tenant=t1");
}

#[test]
fn baggage_set_on_a_handle_to_a_span_of_tracing_stays_with_that_handle() {
    let recorder = Recorder::new();

    with_tracing(&recorder, || {
        let _entered = info_span!("tracing").entered();
        let handle = recorder.tracer.active_span().expect("the span of tracing");
        handle.set_baggage_item("tenant", "t1");

        let by_reference = recorder.tracer.build_span("a").child_of(&handle).start();
        let ambient = recorder.tracer.build_span("b").start();
        let activated = handle.in_scope(|| recorder.tracer.build_span("c").start());

        assert_eq!(by_reference.baggage_item("tenant").as_deref(), Some("t1"));
        assert_eq!(ambient.baggage_item("tenant"), None);
        assert_eq!(activated.baggage_item("tenant").as_deref(), Some("t1"));
    });
}
