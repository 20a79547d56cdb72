//! The questions of the cases: each holds, does not hold, or cannot be answered and is noted.

use opentracing_shim::{ReferenceType, Span, SpanContext, TagValue};

use super::probe::FinishedSpan;
use super::report::Question;
use super::subject::Subject;

impl Subject {
    /// A root, whatever is active.
    pub(super) fn root(&self, name: &'static str) -> Span {
        self.tracer.build_span(name).ignore_active_span().start()
    }

    /// A child of `parent`, whatever is active.
    pub(super) fn child(&self, name: &'static str, parent: &Span) -> Span {
        self.tracer.build_span(name).child_of(parent).start()
    }

    #[track_caller]
    pub(super) fn assert_active(&self, span: &Span) {
        let active = self.tracer.active_span();
        assert!(
            active.as_ref().is_some_and(|active| active.same_as(span)),
            "{} should be active, not {}",
            ids(span),
            active.as_ref().map_or_else(|| "none".to_owned(), ids)
        );
    }

    #[track_caller]
    pub(super) fn assert_none_active(&self) {
        let active = self.tracer.active_span();
        if let Some(active) = active {
            panic!("no span should be active, but {} is", ids(&active));
        }
    }

    #[track_caller]
    pub(super) fn assert_same_trace(&self, left: &Span, right: &Span) {
        let answer = self.probe.same_trace(left, right);
        if let Some(same) = self.ask(Question::SameTrace, answer) {
            assert!(
                same,
                "{} and {} should be in one trace",
                ids(left),
                ids(right)
            );
        }
    }

    #[track_caller]
    pub(super) fn assert_other_trace(&self, left: &Span, right: &Span) {
        let answer = self.probe.same_trace(left, right);
        if let Some(same) = self.ask(Question::SameTrace, answer) {
            assert!(
                !same,
                "{} and {} should be in two traces",
                ids(left),
                ids(right)
            );
        }
    }

    #[track_caller]
    pub(super) fn assert_same_context(&self, span: &Span, context: &SpanContext) {
        let answer = self.probe.same_span_context(span, context);
        if let Some(same) = self.ask(Question::SameSpanContext, answer) {
            assert!(same, "{context:?} should be the context of {}", ids(span));
        }
    }

    /// Both spans have to be finished. A child is in its parent's trace.
    #[track_caller]
    pub(super) fn assert_parent(&self, parent: &Span, child: &Span) {
        self.assert_same_trace(parent, child);
        let answer = self.probe.is_parent(parent, child);
        if let Some(is_parent) = self.ask(Question::Parent, answer) {
            assert!(
                is_parent,
                "{} should be the parent of {}",
                ids(parent),
                ids(child)
            );
        }
    }

    /// Both spans have to be finished.
    #[track_caller]
    pub(super) fn assert_not_parent(&self, parent: &Span, child: &Span) {
        let answer = self.probe.is_parent(parent, child);
        if let Some(is_parent) = self.ask(Question::Parent, answer) {
            assert!(
                !is_parent,
                "{} should not be the parent of {}",
                ids(parent),
                ids(child)
            );
        }
    }

    /// The finished spans have these names, in the order of finishing.
    #[track_caller]
    pub(super) fn assert_finished(&self, names: &[&str]) {
        if let Some(spans) = self.finished() {
            let finished: Vec<&str> = spans.iter().map(FinishedSpan::operation_name).collect();
            assert_eq!(finished, names, "other spans are finished than expected");
        }
    }

    /// The same, for spans that finish in any order.
    #[track_caller]
    pub(super) fn assert_finished_in_any_order(&self, names: &[&str]) {
        if let Some(spans) = self.finished() {
            let mut finished: Vec<&str> = spans.iter().map(FinishedSpan::operation_name).collect();
            let mut names = names.to_vec();
            finished.sort_unstable();
            names.sort_unstable();
            assert_eq!(finished, names, "other spans are finished than expected");
        }
    }

    /// A finished span has this tag.
    #[track_caller]
    pub(super) fn assert_tag(&self, span: &Span, key: &str, value: impl Into<TagValue>) {
        let tags = self.finished_as(span).and_then(|span| span.tags);
        if let Some(tags) = self.ask(Question::Tags, tags) {
            assert_eq!(tags.get(key), Some(&value.into()), "the tag {key:?}");
        }
    }

    /// A finished span is marked as failed, or is not.
    #[track_caller]
    pub(super) fn assert_error(&self, span: &Span, is_error: bool) {
        let answer = self.finished_as(span).and_then(|span| span.is_error);
        if let Some(answer) = self.ask(Question::Error, answer) {
            assert_eq!(
                answer,
                is_error,
                "whether {} is marked as failed",
                ids(span)
            );
        }
    }

    /// A finished span has so many log records.
    #[track_caller]
    pub(super) fn assert_logs(&self, span: &Span, count: usize) {
        let logs = self.finished_as(span).and_then(|span| span.logs);
        if let Some(logs) = self.ask(Question::Logs, logs) {
            assert_eq!(logs, count, "the number of log records");
        }
    }

    /// A finished span has this reference.
    #[track_caller]
    pub(super) fn assert_reference(&self, span: &Span, kind: ReferenceType, to: &Span) {
        let references = self.finished_as(span).and_then(|span| span.references);
        if let Some(references) = self.ask(Question::References, references) {
            let expected = (kind, to.context().to_span_id());
            assert!(
                references.contains(&expected),
                "{expected:?} should be among {references:?}"
            );
        }
    }

    /// What the probe knows of a finished span.
    #[track_caller]
    pub(super) fn finished_as(&self, span: &Span) -> Option<FinishedSpan> {
        let spans = self.finished()?;
        let id = span.context().to_span_id();
        let mut found = spans.into_iter().filter(|span| span.span_id == id);
        let first = found.next();
        assert!(first.is_some(), "{} should be finished", ids(span));
        assert!(found.next().is_none(), "{} is finished twice", ids(span));
        first
    }

    pub(super) fn finished(&self) -> Option<Vec<FinishedSpan>> {
        self.ask(Question::FinishedSpans, self.probe.finished_spans())
    }
}

/// A span in a sentence: trace and span id, as its tracer writes them.
fn ids(span: &Span) -> String {
    let context = span.context();
    format!("span {}/{}", context.to_trace_id(), context.to_span_id())
}

/// The baggage of a context as a list of pairs, in the order of their keys.
pub(super) fn items(context: &SpanContext) -> Vec<(String, String)> {
    let mut items: Vec<_> = context
        .baggage_items()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    items.sort_unstable();
    items
}

pub(super) fn pairs<const N: usize>(items: [(&str, &str); N]) -> Vec<(String, String)> {
    items
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}
