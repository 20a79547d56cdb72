//! Headers as Rust programs hold them.

use std::collections::HashMap;

use http::HeaderMap;
use opentracing_shim::{Format, Span};

use super::case;
use crate::kit::ask::{items, pairs};
use crate::kit::{Capability, Case, Subject};

const NEEDS: &[Capability] = &[
    Capability::Identity,
    Capability::Baggage,
    Capability::Inject,
    Capability::Extract,
];

pub(super) const CASES: &[Case] = &[
    case("rust.header_map", NEEDS, header_map),
    case("rust.mixed_case_headers", NEEDS, mixed_case_headers),
];

fn sender(subject: &Subject) -> Span {
    let span = subject.root("sender");
    span.set_baggage_item("color", "blue");
    span
}

fn header_map(subject: &Subject) {
    let span = sender(subject);
    let mut headers = HeaderMap::new();

    let injected = subject
        .tracer
        .inject(&span, Format::HttpHeaders, &mut headers);
    let extracted = subject.tracer.extract(Format::HttpHeaders, &headers);

    assert!(injected.is_ok(), "{injected:?}");
    let Ok(Some(context)) = extracted else {
        panic!("what was injected is not extracted: {extracted:?}");
    };
    subject.assert_same_context(&span, &context);
    assert_eq!(items(&context), pairs([("color", "blue")]));
    span.finish();
}

/// The names of headers have no case, also where a plain map keeps them as they came.
fn mixed_case_headers(subject: &Subject) {
    let span = sender(subject);
    let mut headers = HashMap::new();
    let injected = subject
        .tracer
        .inject(&span, Format::HttpHeaders, &mut headers);
    assert!(injected.is_ok(), "{injected:?}");
    let shouted: HashMap<String, String> = headers
        .into_iter()
        .map(|(name, value)| (name.to_uppercase(), value))
        .collect();

    let extracted = subject.tracer.extract(Format::HttpHeaders, &shouted);

    let Ok(Some(context)) = extracted else {
        panic!("upper case hides the context: {extracted:?}");
    };
    subject.assert_same_context(&span, &context);
    span.finish();
}
