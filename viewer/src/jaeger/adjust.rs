//! What Jaeger does to a trace between its storage and the one who asks.
//!
//! Clock skew is computed but not applied, as in Jaeger's default configuration: the span gets a warning.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use opentelemetry::trace::{SpanId, TraceId};

use super::text;
use crate::model::{Process, RefType, Reference, Span, Tags, Value};

/// Applies all of it, in Jaeger's order: some steps rely on the ones before.
pub(crate) fn adjust(spans: &mut Vec<Span>) {
    give_shared_server_spans_their_own_id(spans);
    spans.iter_mut().for_each(sort_tags);
    drop_equal_spans(spans);
    warn_about_clock_skew(spans);
    for span in spans {
        write_addresses_as_text(span);
        move_sdk_tags_to_process(span);
        drop_references_to_nothing(span);
        put_parent_first(span);
    }
}

/// Zipkin's clients let the server use the client's span id. Such a server span becomes a child under a new id.
fn give_shared_server_spans_their_own_id(spans: &mut [Span]) {
    let tagged = |span: &Span, kind: &str| {
        span.tags
            .get("span.kind")
            .is_some_and(|value| value.to_string() == kind)
    };
    let clients: HashSet<SpanId> = spans
        .iter()
        .filter(|span| tagged(span, "client"))
        .map(|span| span.span_id)
        .collect();
    let mut used: HashSet<SpanId> = spans.iter().map(|span| span.span_id).collect();
    let mut renamed = HashMap::new();
    let mut next = 1_u64;
    for span in spans.iter_mut() {
        if !tagged(span, "server") || !clients.contains(&span.span_id) {
            continue;
        }
        while !used.insert(SpanId::from(next)) {
            next += 1;
        }
        let own = SpanId::from(next);
        let shared = std::mem::replace(&mut span.span_id, own);
        set_parent(span, shared);
        renamed.insert(shared, own);
    }
    for span in spans {
        if let Some(own) = span
            .parent()
            .and_then(|parent| renamed.get(&parent))
            .filter(|own| **own != span.span_id)
        {
            set_parent(span, *own);
        }
    }
}

fn set_parent(span: &mut Span, parent: SpanId) {
    let (trace_id, old) = (span.trace_id, span.parent().unwrap_or(SpanId::INVALID));
    let mut within = span
        .references
        .iter_mut()
        .filter(|reference| reference.trace_id == trace_id);
    match within.find(|reference| reference.span_id == old) {
        Some(reference) => reference.span_id = parent,
        None => span.references.insert(
            0,
            Reference {
                ref_type: RefType::ChildOf,
                trace_id,
                span_id: parent,
            },
        ),
    }
}

fn sort_tags(span: &mut Span) {
    span.tags.sort();
    Arc::make_mut(&mut span.process).tags.sort();
    span.logs
        .iter_mut()
        .for_each(|log| log.fields.sort_after_event());
}

/// A batch that was sent twice is shown once. Spans that share an id but differ are both kept.
fn drop_equal_spans(spans: &mut Vec<Span>) {
    let mut seen: HashMap<SpanId, Vec<usize>> = HashMap::new();
    let mut kept: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans.drain(..) {
        let same_id = seen.entry(span.span_id).or_default();
        if !same_id.iter().any(|at| kept[*at] == span) {
            same_id.push(kept.len());
            kept.push(span);
        }
    }
    *spans = kept;
}

fn warn_about_clock_skew(spans: &mut [Span]) {
    let mut by_id = HashMap::new();
    for (at, span) in spans.iter_mut().enumerate() {
        if *by_id.entry(span.span_id).or_insert(at) != at {
            span.warnings
                .push("duplicate span IDs; skipping clock skew adjustment".to_owned());
        }
    }

    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut roots = Vec::new();
    for &at in by_id.values() {
        let Some(parent_id) = spans[at].parent() else {
            roots.push(at);
            continue;
        };
        match by_id.get(&parent_id) {
            Some(parent) => children.entry(*parent).or_default().push(at),
            None => {
                spans[at].warnings.push(format!(
                    "invalid parent span IDs={parent_id}; skipping clock skew adjustment"
                ));
                roots.push(at);
            }
        }
    }

    // A stack of our own: a hostile trace is deeper than a thread's. Spans in a circle of parents are never reached.
    let mut pending: Vec<(usize, Option<usize>, Skew)> = roots
        .into_iter()
        .map(|root| {
            (
                root,
                None,
                Skew {
                    host: host(&spans[root]),
                    nanos: 0,
                },
            )
        })
        .collect();
    while let Some((at, parent, mut skew)) = pending.pop() {
        let host = host(&spans[at]);
        if let Some(parent) = parent.filter(|_| host.is_none() || host != skew.host) {
            skew = Skew {
                host,
                nanos: skew_between(&spans[at], &spans[parent]),
            };
        }
        if skew.nanos != 0 {
            let delta = text::duration(skew.nanos);
            let warning =
                format!("clock skew adjustment disabled; not applying calculated delta of {delta}");
            spans[at].warnings.push(warning);
        }
        let below = children.remove(&at).unwrap_or_default();
        pending.extend(
            below
                .into_iter()
                .map(|child| (child, Some(at), skew.clone())),
        );
    }
}

/// What was found for a host holds for its further spans below.
#[derive(Clone)]
struct Skew {
    host: Option<String>,
    nanos: i64,
}

fn host(span: &Span) -> Option<String> {
    match span.process.tags.get("ip")? {
        Value::String(address) => Some(address.clone()).filter(|address| !address.is_empty()),
        Value::Int64(address) => Some(ipv4(*address as u32)),
        Value::Binary(bytes) => match <[u8; 4]>::try_from(bytes.as_slice()) {
            Ok(v4) => Some(std::net::Ipv4Addr::from(v4).to_string()),
            Err(_) => <[u8; 16]>::try_from(bytes.as_slice())
                .ok()
                .map(|v6| std::net::Ipv6Addr::from(v6).to_string()),
        },
        _ => None,
    }
}

/// By how much a child would have to be moved to lie within its parent.
fn skew_between(child: &Span, parent: &Span) -> i64 {
    let nanos = |span: &Span| span.end_unix_nanos().saturating_sub(span.start_unix_nanos);
    let until_parent = parent
        .start_unix_nanos
        .saturating_sub(child.start_unix_nanos);
    if nanos(child) > nanos(parent) {
        // It outlived its parent, so it was not waited for; all it cannot do is start before.
        return until_parent.max(0);
    }
    if until_parent <= 0 && child.end_unix_nanos() <= parent.end_unix_nanos() {
        return 0;
    }
    // Half of the time that the child did not use is taken for the way there.
    until_parent.saturating_add((nanos(parent) - nanos(child)) / 2)
}

/// Old clients wrote IPv4 addresses as numbers.
fn write_addresses_as_text(span: &mut Span) {
    let rewrite = |tags: &mut Tags| {
        for (key, value) in tags.values_mut() {
            if !matches!(key, "ip" | "peer.ipv4") {
                continue;
            }
            match value {
                // Only the low 32 bits count.
                Value::Int64(address) => *value = Value::String(ipv4(*address as u32)),
                Value::Float64(address) => *value = Value::String(ipv4(*address as u32)),
                _ => {}
            }
        }
    };
    rewrite(&mut span.tags);
    let process: &mut Process = Arc::make_mut(&mut span.process);
    rewrite(&mut process.tags);
    process.tags.sort();
}

fn ipv4(address: u32) -> String {
    std::net::Ipv4Addr::from(address).to_string()
}

/// Some SDKs describe themselves on each span.
fn move_sdk_tags_to_process(span: &mut Span) {
    let described = span.tags.take_where(|key| {
        matches!(
            key,
            "telemetry.sdk.language"
                | "telemetry.sdk.name"
                | "telemetry.sdk.version"
                | "telemetry.distro.name"
                | "telemetry.distro.version"
        )
    });
    if !described.is_empty() {
        let process = Arc::make_mut(&mut span.process);
        process.tags.append(described);
        process.tags.sort();
    }
}

fn drop_references_to_nothing(span: &mut Span) {
    /// Jaeger prints the generated struct, private fields and all.
    const PRIVATE_FIELDS: &str = "XXX_NoUnkeyedLiteral:{} XXX_unrecognized:[] XXX_sizecache:0";
    let Span {
        references,
        warnings,
        ..
    } = span;
    references.retain(|reference| {
        let valid = reference.trace_id != TraceId::INVALID;
        if !valid {
            let (span_id, ref_type) = (reference.span_id, reference.ref_type.as_str());
            warnings.push(format!(
                "Invalid span reference removed {{TraceID:0000000000000000 SpanID:{span_id} RefType:{ref_type} {PRIVATE_FIELDS}}}"
            ));
        }
        valid
    });
}

fn put_parent_first(span: &mut Span) {
    let within = |reference: &Reference| reference.trace_id == span.trace_id;
    let child_of =
        |reference: &Reference| within(reference) && reference.ref_type == RefType::ChildOf;
    let parent = span
        .references
        .iter()
        .position(child_of)
        .or_else(|| span.references.iter().position(within));
    if let Some(at) = parent {
        span.references.swap(0, at);
    }
}
