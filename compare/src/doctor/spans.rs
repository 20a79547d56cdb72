//! What is wrong with single spans: kinds, errors, names.

use std::collections::HashMap;

use super::{Findings, Found, Patient, Problem, edge, within};
use crate::model::{Dialect, Kind, Span, Status, Value};
use crate::pages;
use crate::rules::holds_an_id;

pub(super) fn examine(patient: &Patient<'_>, findings: &mut Findings) {
    kinds(patient, findings);
    for (_, _, span) in patient.spans() {
        let says_error = span.attribute("error").is_some_and(|value| match value {
            Value::Bool(error) => *error,
            Value::Text(word) => word.eq_ignore_ascii_case("true"),
            _ => false,
        });
        if says_error && span.status != Status::Error {
            let cause = match span.dialect {
                Dialect::OpenTelemetry => {
                    "the tag became an attribute: the status has to be set, which a shim does for a tag that is `true`"
                }
                Dialect::OpenTracing => "the tag has to be a boolean to count",
            };
            let found = Found::new(
                "it has the tag `error` and no error status",
                cause,
                pages::NAMES,
            );
            findings.add(Problem::UnmappedError, within(span), span, &found);
        }
        if holds_an_id(&span.name) {
            let name = without_ids(&span.name);
            let found = Found {
                name: Some(&name),
                ..Found::new(
                    "its name holds an id",
                    "the path stands where the route belongs; metrics by name get one series for each id",
                    pages::CHANGED,
                )
            };
            findings.add(Problem::IdInName, within(span), span, &found);
        }
    }
}

/// Services whose spans are all internal, although others call them or they call others.
fn kinds(patient: &Patient<'_>, findings: &mut Findings) {
    #[derive(Default)]
    struct Seen<'a> {
        has_kind: bool,
        crossing: Option<(&'a Span, &'a Span)>,
        left_over: Option<&'a Span>,
    }
    let mut services: HashMap<&str, Seen<'_>> = HashMap::new();
    for (trace, at, span) in patient.spans() {
        let seen = services.entry(&span.service).or_default();
        seen.has_kind |= span.kind != Kind::Internal;
        let says_other = span
            .attribute("span.kind")
            .and_then(Value::as_str)
            .and_then(Kind::from_word)
            .is_some_and(|kind| kind != span.kind);
        if says_other && seen.left_over.is_none() {
            seen.left_over = Some(span);
        }
        if let Some(parent) = trace
            .parent(at)
            .filter(|parent| parent.service != span.service)
        {
            seen.crossing.get_or_insert((parent, span));
            let above = services.entry(&parent.service).or_default();
            above.crossing.get_or_insert((parent, span));
        }
    }
    let mut services: Vec<_> = services.into_iter().collect();
    services.sort_by_key(|(service, _)| *service);
    for (service, seen) in services {
        if seen.has_kind {
            continue;
        }
        let cause = if seen.left_over.is_some() {
            "the kind is in the attribute `span.kind` still: the shim has to be told to map it"
        } else {
            "no span says its kind: service graphs and request metrics need SERVER and CLIENT"
        };
        let found = Found::new("all spans of the service are INTERNAL", cause, pages::KIND);
        match (seen.crossing, seen.left_over) {
            (Some((parent, span)), _) => {
                let own = if &*span.service == service {
                    span
                } else {
                    parent
                };
                findings.add(Problem::InternalOnly, edge(parent, span), own, &found);
            }
            (None, Some(span)) => {
                findings.add(Problem::InternalOnly, within(span), span, &found);
            }
            (None, None) => {}
        }
    }
}

/// The name with a star for each id, so that all of them are one finding.
fn without_ids(name: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    let flush = |word: &mut String, out: &mut String| {
        let is_id = word.len() >= 4
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && word
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        out.push_str(if is_id { "*" } else { word });
        word.clear();
    };
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '-' {
            word.push(c);
        } else {
            flush(&mut word, &mut out);
            out.push(c);
        }
    }
    flush(&mut word, &mut out);
    out
}
