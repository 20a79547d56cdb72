//! W3C baggage, edge by edge.

use std::collections::HashMap;

use http::{HeaderMap, HeaderValue};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry::{Context, KeyValue};
use opentracing_shim::propagation::BaggagePropagator;
use opentracing_shim::{Format, TracerShim};

fn extract(header: &str) -> Context {
    let headers = HashMap::from([("baggage".to_owned(), header.to_owned())]);
    BaggagePropagator::new().extract_with_context(&Context::new(), &headers)
}

fn inject(cx: &Context) -> Option<String> {
    let mut headers = HashMap::new();
    BaggagePropagator::new().inject_context(cx, &mut headers);
    headers.remove("baggage")
}

#[test]
fn what_comes_in_and_how_it_goes_on() {
    for (received, sent) in [
        ("k=v", "k=v"),
        (" k = v ", "k=v"),
        ("k=v,l=w", "k=v,l=w"),
        ("k=v , \t l=w", "k=v,l=w"),
        ("k=", "k="),
        ("k=a=b", "k=a%3Db"),
        (
            "userId=Am%C3%A9lie,serverNode=DF%2028",
            "serverNode=DF%2028,userId=Am%C3%A9lie",
        ),
        ("k=a%20b", "k=a%20b"),
        ("k=100%25", "k=100%25"),
        ("k=a+b", "k=a%2Bb"),
        ("k=%FF", "k=%EF%BF%BD"),
        ("k=%zz", "k=%25zz"),
        ("k=v;p", "k=v;p"),
        ("k=v;p;q=r", "k=v;p;q=r"),
        ("k = v ; p\t= q ", "k=v;p=q"),
        ("k=v;p=a%20b", "k=v;p=a%20b"),
        // Of what is wrong, as little as possible is lost.
        ("k=v,,l=w,", "k=v,l=w"),
        ("k=v,l", "k=v"),
        ("=v,l=w", "l=w"),
        ("a b=v,l=w", "l=w"),
        ("k=a b,l=w", "l=w"),
        ("k=\"v\",l=w", "l=w"),
        ("schön=v,l=w", "l=w"),
        ("k=v;a b;p", "k=v;p"),
        ("k=v;;p", "k=v;p"),
        ("k=v;\"", "k=v"),
        ("k=1,k=2", "k=2"),
    ] {
        assert_eq!(
            inject(&extract(received)).as_deref(),
            Some(sent),
            "{received}"
        );
    }
}

#[test]
fn what_holds_no_item_leaves_nothing() {
    for header in ["", " ", ",", "k", "=v", "a b=v", "k=\u{7f}", ";"] {
        assert_eq!(inject(&extract(header)), None, "{header:?}");
    }
}

#[test]
fn f12_limits_count_over_all_lines() {
    let tracer = TracerShim::builder(NoopTracerProvider::new())
        .propagator(BaggagePropagator::new())
        .build();
    let items = |lines: &[String]| {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("baggage", HeaderValue::from_str(line).expect("ASCII"));
        }
        let context = tracer.extract(Format::HttpHeaders, &headers);
        context
            .expect("not corrupt")
            .map_or(0, |context| context.baggage_items().count())
    };
    let members = |from: usize, to: usize| {
        let members: Vec<_> = (from..to).map(|n| format!("key{n}={n}")).collect();
        members.join(",")
    };

    assert_eq!(items(&[members(0, 64)]), 64);
    assert_eq!(items(&[members(0, 40), members(40, 90)]), 64);
    let half = |key: &str, length: usize| format!("{key}={}", "v".repeat(length - 2));
    assert_eq!(items(&[half("a", 4096), half("b", 4095)]), 2);
    assert_eq!(items(&[half("a", 4096), half("b", 4096)]), 1);
    assert_eq!(items(&[half("a", 8192)]), 1);
}

#[test]
fn what_goes_out_stays_within_the_limit() {
    let cx = Context::new().with_baggage([
        KeyValue::new("a", "%".repeat(2729)), // 8189 bytes encoded
        KeyValue::new("b", "1"),
        KeyValue::new("c", ""),
    ]);

    let header = inject(&cx).expect("something fits");

    assert_eq!(header.len(), 8189 + ",c=".len());
    assert!(
        header.ends_with(",c="),
        "items that still fit follow one that does not"
    );
}

#[test]
fn items_of_the_context_stay_unless_the_header_has_them() {
    let before =
        Context::new().with_baggage([KeyValue::new("a", "old"), KeyValue::new("b", "old")]);
    let headers = HashMap::from([("baggage".to_owned(), "b=new,c=new".to_owned())]);

    let cx = BaggagePropagator::new().extract_with_context(&before, &headers);

    assert_eq!(inject(&cx).as_deref(), Some("a=old,b=new,c=new"));
}

#[test]
fn e12_metadata_that_is_no_list_of_properties_is_not_sent() {
    use opentelemetry::baggage::Baggage;

    for (metadata, sent) in [
        ("p;q=r", "k=v;p;q=r"),
        ("a,b=c", "k=v"),
        ("line\nbreak", "k=v"),
        ("a b", "k=v"),
    ] {
        let mut baggage = Baggage::new();
        baggage.insert_with_metadata("k", "v", metadata);

        let header = inject(&Context::new().with_baggage(baggage));

        assert_eq!(header.as_deref(), Some(sent));
    }
}
