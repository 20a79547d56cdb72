//! The testbed: scenarios of real programs, each on threads and as tasks of tokio. The names are those of the Java and
//! Python testbeds.
//!
//! On a thread a span is active by a scope. A task has it attached, [`SpanFuture::in_span`](opentracing_shim::SpanFuture),
//! since a scope must not be held across an `.await`.

mod activate_deactivate;
mod active_span_replacement;
mod actor_propagation;
mod client_server;
mod concurrent_common_request_handler;
mod error_reporting;
mod late_span_finish;
mod listener_per_request;
mod multiple_callbacks;
mod nested_callbacks;
mod promise_propagation;
mod stateless_common_request_handler;
mod subtask_span_propagation;
mod suspend_resume_propagation;

use crate::kit::{Capability, Case, Subject, Suite};

pub(in crate::kit) const SUITE: &[&[Case]] = &[
    activate_deactivate::CASES,
    active_span_replacement::CASES,
    actor_propagation::CASES,
    client_server::CASES,
    concurrent_common_request_handler::CASES,
    error_reporting::CASES,
    late_span_finish::CASES,
    listener_per_request::CASES,
    multiple_callbacks::CASES,
    nested_callbacks::CASES,
    promise_propagation::CASES,
    stateless_common_request_handler::CASES,
    subtask_span_propagation::CASES,
    suspend_resume_propagation::CASES,
];

const SCOPES: &[Capability] = &[Capability::Scopes];

const fn case(
    id: &'static str,
    origin: &'static str,
    needs: &'static [Capability],
    run: fn(&Subject),
) -> Case {
    Case::new(Suite::Testbed, id, origin, needs, run)
}
