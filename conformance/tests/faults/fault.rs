//! What the tracers do wrong, and the cases that must notice.

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// References are forgotten.
    NoReferences,
    /// The active span is not inherited.
    NoInheritance,
    /// The active span is inherited even by those that ignore it.
    NoIgnoreFlag,
    /// The operation name cannot be changed.
    NoNames,
    /// Tags are forgotten.
    NoTags,
    /// The first value of a tag wins.
    FirstTagWins,
    /// Log records are forgotten.
    NoLogs,
    /// A call after the end panics.
    PanicsAfterEnd,
    /// Baggage is forgotten.
    NoBaggage,
    /// Baggage of one span is overwritten by the next item.
    OneBaggageItem,
    /// The time of the end is always now.
    OwnEndTime,
    /// `finish` does nothing, and neither does the last drop.
    NeverEnds,
    /// Contexts have the same ids always.
    SameIds,
    /// Any format is accepted.
    AnyFormat,
    /// Contexts of others are accepted.
    ForeignContexts,
    /// What is corrupt is passed over in silence.
    SilentOnCorruption,
    /// What was never written is found in an empty carrier.
    InventsContexts,
    /// A span and its context are written differently.
    UnstableInject,
    /// Names of headers have a case.
    CaseSensitive,
    /// The last scope is closed, whichever it is told to close.
    ClosesTheTop,
    /// Scopes of other threads count.
    OneStackForAll,
    /// Scopes are never closed.
    ScopesStay,
    /// Nothing can be activated.
    NoActivation,
    /// Another handle is active than the one that was activated.
    AnotherHandle,
    /// A future leaves its span behind when it is suspended.
    TasksLeak,
    /// A future has no span.
    TasksHaveNone,
    /// More than a hundred scopes are too many.
    ShallowStack,
    /// A span is active once it is started.
    StartsActive,
    /// Some span is active always.
    AlwaysActive,
    /// A carrier that refuses an entry makes it panic.
    PanicsOnRefusal,
    /// OpenTelemetry's context is emptied by a scope. Tried in `native.rs` alone, since no other case looks there.
    BlankContext,
}

impl Fault {
    pub(crate) const ALL: &[Self] = &[
        Self::NoReferences,
        Self::NoInheritance,
        Self::NoIgnoreFlag,
        Self::NoNames,
        Self::NoTags,
        Self::FirstTagWins,
        Self::NoLogs,
        Self::PanicsAfterEnd,
        Self::NoBaggage,
        Self::OneBaggageItem,
        Self::OwnEndTime,
        Self::NeverEnds,
        Self::SameIds,
        Self::AnyFormat,
        Self::ForeignContexts,
        Self::SilentOnCorruption,
        Self::InventsContexts,
        Self::UnstableInject,
        Self::CaseSensitive,
        Self::ClosesTheTop,
        Self::OneStackForAll,
        Self::ScopesStay,
        Self::NoActivation,
        Self::AnotherHandle,
        Self::TasksLeak,
        Self::TasksHaveNone,
        Self::ShallowStack,
        Self::StartsActive,
        Self::AlwaysActive,
        Self::PanicsOnRefusal,
    ];

    /// The cases that are about it. Others may fail as well.
    pub(crate) fn cases(self) -> &'static [&'static str] {
        match self {
            Self::NoReferences => &[
                "go.start_span_with_parent",
                "python.start_span_with_parent",
                "python.start_child_span",
                "javascript.start_span_child_of",
                "javascript.reference_span_or_context",
                "testbed.actor_propagation.tell.threads",
                "testbed.actor_propagation.ask.tokio",
                "testbed.concurrent_common_request_handler.bad_solution_to_set_parent.tokio",
                "testbed.promise_propagation.threads",
            ],
            Self::NoInheritance => &[
                "python.start_active_span_parent",
                "python.start_span_propagation",
                "testbed.late_span_finish.threads",
                "testbed.multiple_callbacks.tokio",
                "testbed.subtask_span_propagation.tokio",
                "rust.spawn_blocking",
            ],
            Self::NoIgnoreFlag => &[
                "python.start_active_span_ignore_active_span",
                "python.start_span_propagation_ignore_active_span",
                "testbed.concurrent_common_request_handler.parent_not_picked_up.tokio",
            ],
            Self::NoNames => &["go.set_operation_name", "python.set_operation_name"],
            Self::NoTags => &[
                "go.span_tag_value_types",
                "rust.tag_value_types",
                "testbed.nested_callbacks.tokio",
                "testbed.listener_per_request.threads",
            ],
            Self::FirstTagWins => &["python.span_tags_with_chaining"],
            Self::NoLogs => &[
                "go.start_span",
                "python.span_logs",
                "testbed.error_reporting.error_recovery.tokio",
                "testbed.suspend_resume_propagation.tokio",
            ],
            Self::PanicsAfterEnd => &["go.span_logs"],
            Self::NoBaggage => &[
                "go.span_baggage",
                "go.context_baggage",
                "javascript.baggage",
                "rust.header_map",
            ],
            Self::OneBaggageItem => &[
                "go.multi_baggage",
                "python.context_baggage",
                "otel.baggagehandling.multithreaded",
            ],
            Self::OwnEndTime => &["javascript.finish_with_time"],
            Self::NeverEnds => &[
                "python.start_active_span_finish_on_close",
                "testbed.activate_deactivate.two_scheduled_actions.tokio",
                "rust.cancelled_task_finishes_once",
            ],
            Self::SameIds => &["javascript.to_trace_id", "javascript.to_span_id"],
            Self::AnyFormat => &[
                "go.unknown_format",
                "python.unknown_format",
                "go.binary_propagation",
            ],
            Self::ForeignContexts => &["go.invalid_inject"],
            Self::SilentOnCorruption => &["go.invalid_extract"],
            Self::InventsContexts => &["javascript.extract_required_carriers"],
            Self::UnstableInject => &[
                "javascript.inject_span_or_context",
                "go.text_propagation",
                "python.mandatory_formats",
                "testbed.client_server.threads",
            ],
            Self::CaseSensitive => &["rust.mixed_case_headers"],
            Self::ClosesTheTop => &[
                "python.scope.close_wrong_order.thread",
                "python.scope.close_wrong_order.current_thread",
                "python.scope.close_wrong_order.multi_thread",
            ],
            Self::OneStackForAll => &[
                "python.scope.missing_active_external.thread",
                "python.scope.missing_active_external.current_thread",
                "python.scope.missing_active_external.multi_thread",
                "testbed.subtask_span_propagation.threads",
            ],
            Self::ScopesStay => &[
                "python.active_span",
                "python.scope.activate.multi_thread",
                "rust.panic_in_scope",
                "rust.select_drops_a_scope",
            ],
            Self::NoActivation => &[
                "python.scope.activate_nested.current_thread",
                "testbed.active_span_replacement.threads",
                "rust.block_on_in_scope",
                "rust.tls_destructor.younger_slot",
            ],
            Self::AnotherHandle => &[
                "python.active_span",
                "python.tracer_start_active_span_scope",
            ],
            Self::TasksLeak => &[
                "testbed.suspend_resume_propagation.tokio",
                "rust.panic_in_task",
            ],
            Self::TasksHaveNone => &[
                "testbed.active_span_replacement.tokio",
                "testbed.late_span_finish.tokio",
                "rust.select_drops_a_future",
                "rust.worker_stealing",
            ],
            Self::ShallowStack => &["rust.nested_activations"],
            Self::StartsActive => &["python.tracer_start_span_scope"],
            Self::AlwaysActive => &[
                "python.scope.missing_active.thread",
                "python.scope.missing_active.current_thread",
                "python.scope.missing_active.multi_thread",
            ],
            Self::PanicsOnRefusal => &["javascript.inject_required_carriers"],
            Self::BlankContext => &[
                "otel.mix.context_intact.otel_ot_otel",
                "otel.mix.context_intact.ot_otel_ot",
            ],
        }
    }
}
