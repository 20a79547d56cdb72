//! What can be plugged into the page: something that runs services, so that there are traces to see.
//!
//! The viewer knows no service. Whoever embeds it may hand it a [`Runner`], and the page gets buttons.

mod runs;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use opentelemetry::trace::TraceId;

use crate::store::Store;

pub(super) use runs::{Busy, Outcome, Runs, Told};

/// Runs services in chosen stages and sends them the requests of a login.
pub trait Runner: fmt::Debug + Send + Sync + 'static {
    /// The stages that a service can be in, in the order in which they are offered. The services are `api`, `auth` and `sms`.
    fn choices(&self, service: &str) -> Vec<Choice>;

    /// Starts the services, makes the requests, stops the services, and judges what is in the receiver's store. Blocks, on a
    /// thread of its own, for a bounded time. The page sees to it that there is one run at a time, and that each stage is
    /// one of the choices.
    ///
    /// # Errors
    ///
    /// Why there was no run, or it was not carried through, in a sentence for the page.
    fn run(&self, stages: &Stages, receiver: &Receiver) -> Result<Run, String>;
}

/// A stage that a service can be in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Choice {
    /// What [`Stages`] then says.
    pub value: String,
    /// What a person reads.
    pub label: String,
    /// Whether something is done wrong there, on purpose.
    pub mistake: bool,
}

/// The stage of each service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stages {
    /// Of api.
    pub api: String,
    /// Of auth.
    pub auth: String,
    /// Of sms.
    pub sms: String,
}

/// Where spans have to go, and can be read.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// By OTLP over gRPC.
    pub otlp: String,
    /// By Jaeger's Thrift over UDP, compact, if that is received.
    pub thrift_compact: Option<SocketAddr>,
    /// What arrived.
    pub store: Arc<Store>,
}

/// What became of the requests.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Run {
    /// In the order in which they were made.
    pub requests: Vec<Request>,
    /// Traces that belong to none of them.
    pub others: Vec<TraceId>,
    /// The verdict in a sentence.
    pub verdict: String,
    /// All that is not as it should be, in sentences. Nothing, if all is well.
    pub wrong: Vec<String>,
}

/// A request, and what it left.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// What was asked for.
    pub title: String,
    /// Its traces: one, or none where nothing traces, or several where a trace is broken.
    pub traces: Vec<TraceId>,
}

/// The services, in the order of a request.
pub(super) const SERVICES: [&str; 3] = ["api", "auth", "sms"];

impl Stages {
    /// The same stage for all.
    #[must_use]
    pub fn all(stage: &str) -> Self {
        Self {
            api: stage.to_owned(),
            auth: stage.to_owned(),
            sms: stage.to_owned(),
        }
    }

    /// The stage of one service; nothing for what is none.
    #[must_use]
    pub fn of(&self, service: &str) -> Option<&str> {
        match service {
            "api" => Some(&self.api),
            "auth" => Some(&self.auth),
            "sms" => Some(&self.sms),
            _ => None,
        }
    }
}

impl fmt::Display for Stages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { api, auth, sms } = self;
        if api == auth && auth == sms {
            f.write_str(api)
        } else {
            write!(f, "api {api}, auth {auth}, sms {sms}")
        }
    }
}
