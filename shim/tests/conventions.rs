//! H7: what a sampler should see is given at start, and our own examples do so.

mod support;

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use opentelemetry::trace::{Link, SpanKind, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};
use opentracing_shim::tags;
use support::Recorder;

/// Keeps servers and consumers alone, as somebody might who pays by the span.
#[derive(Clone, Debug, Default)]
struct EntriesOnly {
    seen: Arc<Mutex<Vec<Vec<KeyValue>>>>,
}

impl ShouldSample for EntriesOnly {
    fn should_sample(
        &self,
        _parent: Option<&Context>,
        _trace_id: TraceId,
        _name: &str,
        _kind: &SpanKind,
        attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let is_entry = attributes.iter().any(|attribute| {
            attribute.key.as_str() == tags::SPAN_KIND
                && [tags::SPAN_KIND_SERVER, tags::SPAN_KIND_CONSUMER]
                    .contains(&attribute.value.as_str().as_ref())
        });
        self.seen
            .lock()
            .expect("no test panics inside")
            .push(attributes.to_vec());
        SamplingResult {
            decision: if is_entry {
                SamplingDecision::RecordAndSample
            } else {
                SamplingDecision::Drop
            },
            attributes: Vec::new(),
            trace_state: TraceState::NONE,
        }
    }
}

#[test]
fn h7_a_sampler_decides_by_tags_of_the_start_and_not_by_later_ones() {
    let sampler = EntriesOnly::default();
    let recorder = Recorder::configured(|provider| provider.with_sampler(sampler.clone()));
    let tracer = &recorder.tracer;

    tracer
        .build_span("early")
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_CONSUMER)
        .tag(tags::MESSAGE_BUS_DESTINATION, "sms")
        .start()
        .finish();
    tracer
        .build_span("late")
        .start()
        .set_tag(tags::SPAN_KIND, tags::SPAN_KIND_CONSUMER)
        .finish();

    assert_eq!(recorder.span().name, "early");
    let seen = sampler.seen.lock().expect("no test panics inside");
    assert_eq!(seen[0].len(), 2);
    assert!(seen[1].is_empty());
}

#[test]
fn h7_no_example_sets_them_late() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut late = Vec::new();
    let mut files = 0;
    for folder in ["src", "examples", "docs", "."] {
        // The folders of a package are there or not; the sources always are, and are counted below.
        let Ok(entries) = fs::read_dir(root.join(folder)) else {
            continue;
        };
        let mut paths: Vec<_> = entries
            .map(|entry| entry.expect("a readable folder").path())
            .collect();
        while let Some(path) = paths.pop() {
            if path.is_dir() && folder != "." {
                let inner = fs::read_dir(&path).expect("a readable folder");
                paths.extend(inner.map(|entry| entry.expect("a readable folder").path()));
            } else if path
                .extension()
                .is_some_and(|end| end == "rs" || end == "md")
            {
                let text = fs::read_to_string(&path).expect("text");
                files += 1;
                if sets_late(&text) {
                    late.push(path);
                }
            }
        }
    }

    assert!(files > 40, "{files} files are not all there are");
    assert!(late.is_empty(), "these set them late: {late:?}");
    assert!(sets_late("span\n  .set_tag( tags::SPAN_KIND, \"server\")"));
    assert!(!sets_late(
        ".tag(tags::SPAN_KIND, x).start().set_tag(tags::ERROR, true)"
    ));
}

fn sets_late(text: &str) -> bool {
    let given_at_start = [
        "tags::SPAN_KIND",
        "\"span.kind\"",
        "tags::MESSAGE_BUS_DESTINATION",
        "\"message_bus.destination\"",
        "tags::SAMPLING_PRIORITY",
        "\"sampling.priority\"",
    ];
    text.split(".set_tag(").skip(1).any(|call| {
        given_at_start
            .iter()
            .any(|key| call.trim_start().starts_with(key))
    })
}
