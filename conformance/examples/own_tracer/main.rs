//! A tracer of one's own, written against `opentracing_shim::api::backend`, held to the kit.
//!
//! ```text
//! cargo run -p conformance --example own_tracer
//! ```
//!
//! `tracer.rs` starts spans and carries contexts, `span.rs` records, `scope.rs` knows what is active. What is here is all
//! that the kit needs besides: how to make a tracer, how to look behind it, and what it does not claim.

mod scope;
mod span;
mod tracer;

use std::process::ExitCode;

use conformance::kit::{Capabilities, Capability, FinishedSpan, Kit, Probe, Subject};
use opentracing_shim::{TagValue, tags};
use tracer::Ledger;

/// Reads the ledger: that is enough, since contexts tell their ids.
struct LedgerProbe(Ledger);

impl Probe for LedgerProbe {
    fn finished_spans(&self) -> Option<Vec<FinishedSpan>> {
        let pages = self.0.pages();
        let finished = pages.into_iter().map(|page| {
            let is_error = page.tags.get(tags::ERROR) == Some(&TagValue::Bool(true));
            let span = FinishedSpan::new(page.name, page.trace.to_string(), page.id.to_string())
                .tags(page.tags)
                .is_error(is_error)
                .logs(page.logs)
                .finish_time(page.end);
            match page.parent {
                Some(parent) => span.parent_id(parent.to_string()),
                None => span,
            }
        });
        Some(finished.collect())
    }
}

fn main() -> ExitCode {
    let report = Kit::new(|| {
        let ledger = Ledger::default();
        Subject::new(ledger.tracer()).probe(LedgerProbe(ledger))
    })
    .capabilities(Capabilities::all().without([Capability::Binary, Capability::Native]))
    .run();

    println!("{report}");
    if report.failed().next().is_none() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
