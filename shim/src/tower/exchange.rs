//! A request and its answer, from the start of the span to its end.

use std::any::type_name;

use http::response::Parts;
use http::{HeaderMap, StatusCode};

use crate::api::{Span, fields, tags};

const GRPC_STATUS: &str = "rpc.grpc.status_code";
const GRPC_STATUS_HEADER: &str = "grpc-status";

/// Which end of the connection the span stands for: they disagree about what a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Server,
    Client,
}

impl Side {
    fn is_failure(self, status: StatusCode) -> bool {
        status.is_server_error() || (self == Self::Client && status.is_client_error())
    }

    /// The codes that a server is to blame for, as OpenTelemetry's conventions list them: `UNKNOWN`, `DEADLINE_EXCEEDED`,
    /// `UNIMPLEMENTED`, `INTERNAL`, `UNAVAILABLE`, `DATA_LOSS`.
    fn is_grpc_failure(self, code: u16) -> bool {
        match self {
            Self::Server => matches!(code, 2 | 4 | 12..=15),
            Self::Client => code != 0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// For the answer.
    Waiting,
    /// The answer is there, its body is not.
    Answering,
    Ended,
}

/// Owns the end of the span. Whatever becomes of the request, the span is finished once, with what is known by then.
#[derive(Debug)]
pub(super) struct Exchange {
    span: Span,
    side: Side,
    phase: Phase,
    /// Code of others is running. Still so in the drop means that it unwound, also if something further out has caught the
    /// panic by now.
    is_inside: bool,
}

impl Exchange {
    pub(super) fn new(span: Span, side: Side) -> Self {
        Self {
            span,
            side,
            phase: Phase::Waiting,
            is_inside: false,
        }
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// Runs code of others, and remembers if it never comes back.
    pub(super) fn watch<T>(&mut self, work: impl FnOnce() -> T) -> T {
        self.is_inside = true;
        let done = work();
        self.is_inside = false;
        done
    }

    pub(super) fn answered(&mut self, answer: &Parts) {
        self.phase = Phase::Answering;
        self.span
            .set_tag(tags::HTTP_STATUS_CODE, answer.status.as_u16());
        if self.side.is_failure(answer.status) {
            self.span.set_tag(tags::ERROR, true);
        }
        self.grpc_status(&answer.headers);
    }

    /// Reads gRPC's status, which is in the trailers, or in the headers of an answer that has nothing else.
    pub(super) fn grpc_status(&self, headers: &HeaderMap) {
        let status = headers.get(GRPC_STATUS_HEADER);
        if let Some(code) = status.and_then(|status| status.to_str().ok()?.parse().ok()) {
            self.span.set_tag(GRPC_STATUS, code);
            if self.side.is_grpc_failure(code) {
                self.span.set_tag(tags::ERROR, true);
            }
        }
    }

    /// The service or the body failed with an `E`, which ends the exchange.
    pub(super) fn failed<E>(&mut self) {
        self.error(type_name::<E>());
        self.end();
    }

    pub(super) fn end(&mut self) {
        if self.phase != Phase::Ended {
            self.phase = Phase::Ended;
            self.span.finish();
        }
    }

    fn error(&self, kind: &'static str) {
        self.span.set_tag(tags::ERROR, true);
        self.span
            .log([(fields::EVENT, "error"), (fields::ERROR_KIND, kind)]);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        match self.phase {
            Phase::Ended => return,
            _ if self.is_inside => self.error("panic"),
            Phase::Waiting => drop(self.span.log_event("canceled").clone()),
            Phase::Answering => {}
        }
        self.end();
    }
}
