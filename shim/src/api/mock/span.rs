//! A mock span while it is open.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::{MockLog, MockSpan, MockSpanContext};
use crate::api::backend::{Attachment, LoggedFields, ScopeGuard, SpanBackend};
use crate::api::{FinishOptions, Span, SpanContext, TagValue};
use crate::scope::LocalScopes;

#[derive(Debug)]
pub(super) struct OpenSpan {
    pub(super) scopes: LocalScopes,
    pub(super) finished: Arc<Mutex<Vec<MockSpan>>>,
    pub(super) state: Mutex<State>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) record: MockSpan,
    pub(super) is_finished: bool,
}

impl OpenSpan {
    pub(super) fn mock_context(&self) -> MockSpanContext {
        let state = self.lock();
        MockSpanContext {
            trace_id: state.record.trace_id,
            span_id: state.record.span_id,
            baggage: state.record.baggage.clone(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut MockSpan)) {
        let mut state = self.lock();
        if !state.is_finished {
            change(&mut state.record);
        }
    }

    fn end(&self, options: FinishOptions) {
        let finish = options.time.unwrap_or_else(SystemTime::now);
        let record = {
            let mut state = self.lock();
            if std::mem::replace(&mut state.is_finished, true) {
                return;
            }
            let record = &mut state.record;
            record.finish = finish;
            record
                .logs
                .extend(options.logs.into_iter().map(|log| MockLog {
                    time: log.time.unwrap_or(finish),
                    fields: log.fields,
                }));
            record.clone()
        };
        self.finished
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(record);
    }
}

impl SpanBackend for OpenSpan {
    fn context(&self) -> SpanContext {
        SpanContext::from_backend(Arc::new(self.mock_context()))
    }

    fn set_operation_name(&self, name: Cow<'static, str>) {
        self.change(|record| record.operation_name = name);
    }

    fn set_tag(&self, key: Cow<'static, str>, value: TagValue) {
        self.change(|record| record.set_tag(key, value));
    }

    fn log(&self, time: Option<SystemTime>, fields: LoggedFields) {
        let log = MockLog {
            time: time.unwrap_or_else(SystemTime::now),
            fields: fields
                .iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        };
        self.change(|record| record.logs.push(log));
    }

    fn set_baggage_item(&self, key: Arc<str>, value: Arc<str>) {
        self.change(|record| record.baggage.insert(key, value));
    }

    fn baggage_item(&self, key: &str) -> Option<String> {
        self.lock().record.baggage.get(key).map(ToOwned::to_owned)
    }

    fn finish(&self, options: FinishOptions) {
        self.end(options);
    }

    fn activate(self: Arc<Self>) -> Box<dyn ScopeGuard> {
        self.scopes.activate(Some(Span::from_backend(self)))
    }

    fn attachment(self: Arc<Self>) -> Box<dyn Attachment> {
        Box::new(MockAttachment(Span::from_backend(self)))
    }
}

impl Drop for OpenSpan {
    fn drop(&mut self) {
        self.end(FinishOptions::default());
    }
}

struct MockAttachment(Span);

impl Attachment for MockAttachment {
    fn run(&mut self, work: &mut dyn FnMut()) {
        self.0.in_scope(work);
    }
}
