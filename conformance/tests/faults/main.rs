//! The kit must not let faults pass. Each of these tracers does one thing wrong, and the cases that exist for it must fail.

mod fault;
mod native;
mod scopes;
mod tracer;

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use conformance::kit::{
    Capabilities, Capability, Case, FinishedSpan, Kit, Outcome, Probe, Report, Subject,
};
use fault::Fault;
use opentracing_shim::TagValue;
use opentracing_shim::api::mock::MockTracer;

/// Looks at what the faulty tracer made the mock tracer do.
struct MockProbe(MockTracer);

impl Probe for MockProbe {
    fn finished_spans(&self) -> Option<Vec<FinishedSpan>> {
        let spans = self.0.finished_spans();
        let finished = spans.iter().map(|span| {
            let [trace, id] = [span.trace_id(), span.span_id()].map(|id| id.to_string());
            let references = span.references().iter();
            let known = FinishedSpan::new(span.operation_name(), trace, id)
                .tags(span.tags().iter().cloned())
                .is_error(span.tag("error") == Some(&TagValue::Bool(true)))
                .references(references.map(|to| (to.kind(), to.span_id().to_string())))
                .logs(span.logs().len())
                .finish_time(span.finish_time());
            match span.parent_id() {
                Some(parent) => known.parent_id(parent.to_string()),
                None => known,
            }
        });
        Some(finished.collect())
    }
}

fn kit(fault: Option<Fault>) -> Kit {
    Kit::new(move || {
        let mock = MockTracer::new();
        Subject::new(tracer::wrap(mock.tracer(), fault)).probe(MockProbe(mock))
    })
    .capabilities(Capabilities::all().without([Capability::Binary]))
}

/// What has a process of its own elsewhere: a failure here would end this one.
fn is_safe(case: &Case) -> bool {
    !case.needs().contains(&Capability::Teardown)
}

fn report(fault: Option<Fault>) -> Report {
    kit(fault).run_where(is_safe)
}

/// All faults, run once for the two tests that look at them.
static REPORTS: LazyLock<Vec<(Fault, BTreeSet<&'static str>)>> = LazyLock::new(|| {
    let reports = Arc::new(Mutex::new(Vec::new()));
    std::thread::scope(|threads| {
        for half in Fault::ALL.chunks(Fault::ALL.len().div_ceil(2)) {
            let reports = reports.clone();
            threads.spawn(move || {
                for fault in half {
                    let failed = report(Some(*fault)).failed().collect();
                    let mut reports = reports.lock().unwrap_or_else(PoisonError::into_inner);
                    reports.push((*fault, failed));
                }
            });
        }
    });
    let mut reports = reports.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::take(&mut *reports)
});

#[test]
fn without_a_fault_nothing_fails() {
    report(None).assert();
}

#[test]
fn each_fault_fails_the_cases_that_are_about_it() {
    assert_eq!(REPORTS.len(), Fault::ALL.len());
    for (fault, failed) in REPORTS.iter() {
        for id in fault.cases() {
            let known = Kit::cases().any(|case| case.id() == *id);
            assert!(known, "{id} is no case");
            assert!(failed.contains(id), "{fault:?} passes {id}");
        }
    }
}

/// Cases that need an OpenTelemetry half are skipped here: they are in `native.rs`.
#[test]
fn each_case_is_failed_by_some_fault() {
    let failed: BTreeSet<&str> = REPORTS
        .iter()
        .flat_map(|(_, failed)| failed.clone())
        .collect();
    let skipped = [Capability::Native, Capability::Binary, Capability::Teardown];
    let unfailed: Vec<&str> = Kit::cases()
        .filter(|case| !skipped.iter().any(|skip| case.needs().contains(skip)))
        .map(Case::id)
        .filter(|id| !failed.contains(id))
        .collect();

    assert!(unfailed.is_empty(), "no fault fails these: {unfailed:#?}");
}

#[test]
fn what_is_not_claimed_is_skipped_with_the_reason() {
    let report = Kit::new(|| MockTracer::new().tracer())
        .capabilities(Capabilities::none())
        .run_where(|case| case.id().starts_with("go."));

    assert_eq!(
        report.outcome("go.span_baggage"),
        Some(&Outcome::Skipped {
            missing: Capability::Baggage
        })
    );
    assert!(
        report
            .to_string()
            .contains("go.span_baggage [opentracing-go harness] skipped (no baggage)")
    );
}

#[test]
fn what_the_probe_cannot_tell_is_said() {
    let report = Kit::new(|| MockTracer::new().tracer())
        .run_where(|case| case.id() == "go.set_operation_name");

    assert!(
        report
            .to_string()
            .contains("passed (the probe cannot tell: finished spans)")
    );
}

#[test]
fn ids_are_unique() {
    let ids: Vec<&str> = Kit::cases().map(Case::id).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();

    assert_eq!(unique.len(), ids.len());
}
