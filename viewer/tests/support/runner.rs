//! A runner that starts no services, and does as it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver as Gate, Sender, channel};
use std::sync::{Mutex, PoisonError};

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message as _;
use viewer::intake::{Intake, Signal};
use viewer::page::{Choice, Receiver, Request, Run, Runner, Stages};

use super::{at, batch, failed, request, span, trace_id, with_kind};

/// What it does, by the stage of api.
#[derive(Debug, Default)]
pub struct Fake {
    runs: AtomicUsize,
    /// Passed before a run ends, where there is one.
    gate: Option<Mutex<Gate<()>>>,
}

impl Fake {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// One whose runs end when they are let.
    pub fn held() -> (Arc<Self>, Sender<()>) {
        let (sender, gate) = channel();
        let fake = Self {
            gate: Some(Mutex::new(gate)),
            ..Self::default()
        };
        (Arc::new(fake), sender)
    }

    pub fn runs(&self) -> usize {
        self.runs.load(Ordering::Relaxed)
    }
}

/// What a fake login leaves: two requests, the second of which fails where auth is in a mistake.
fn login(number: u64, stages: &Stages, receiver: &Receiver) -> Run {
    let (first, second) = (trace_id(1_000 + 2 * number), trace_id(1_001 + 2 * number));
    let wrong = stages.auth.starts_with("mistake:");
    let called =
        |trace, id, parent, name: &str, kind| with_kind(span(trace, id, parent, name), kind);
    let (server, client) = (SpanKind::Server, SpanKind::Client);
    let check = at(called(second, 4, 3, "count_attempt", client), 2, 5);
    let check = if wrong { failed(check, "no") } else { check };
    let export = request([
        batch(
            "api",
            [
                at(called(first, 1, 0, "POST /v1/login/code", server), 0, 20),
                at(called(first, 2, 1, "POST /v1/challenges", client), 1, 17),
                at(called(second, 1, 0, "POST /v1/login", server), 0, 30),
                at(called(second, 2, 1, "POST /v1/sessions", client), 1, 28),
            ],
        ),
        batch(
            "auth",
            [
                at(called(first, 3, 2, "POST /v1/challenges", server), 3, 9),
                at(called(first, 4, 3, "send otp", SpanKind::Producer), 4, 7),
                at(called(second, 3, 2, "POST /v1/sessions", server), 2, 20),
                check,
            ],
        ),
        batch(
            "sms",
            [at(
                called(first, 5, 4, "process otp", SpanKind::Consumer),
                9,
                40,
            )],
        ),
    ]);
    Intake::new(Arc::clone(&receiver.store))
        .accept(Signal::Traces, export.encode_to_vec().into())
        .expect("a request");
    let request = |title: &str, trace| Request {
        title: title.to_owned(),
        traces: vec![trace],
    };
    Run {
        requests: vec![
            request("send a code", first),
            request("log in with it", second),
        ],
        others: Vec::new(),
        verdict: if wrong {
            "One thing is not what it should be.".to_owned()
        } else {
            "Two requests, two traces.".to_owned()
        },
        wrong: if wrong {
            vec!["log in with it: <b>it is</b>\n  auth: check".to_owned()]
        } else {
            Vec::new()
        },
    }
}

impl Runner for Fake {
    fn choices(&self, service: &str) -> Vec<Choice> {
        let stages = ["bare", "legacy", "dropin", "shim", "mixed", "native"];
        let choice = |stage: &&str| Choice {
            value: (*stage).to_owned(),
            label: (*stage).to_owned(),
            mistake: false,
        };
        let mut choices: Vec<_> = stages.iter().map(choice).collect();
        if service == "auth" {
            choices.push(Choice {
                value: "mistake:baggage-dropped".to_owned(),
                label: "baggage-dropped".to_owned(),
                mistake: true,
            });
        }
        choices
    }

    fn run(&self, stages: &Stages, receiver: &Receiver) -> Result<Run, String> {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        if let Some(gate) = &self.gate {
            let gate = gate.lock().unwrap_or_else(PoisonError::into_inner);
            gate.recv()
                .map_err(|_| "nobody opened the gate".to_owned())?;
        }
        match stages.api.as_str() {
            "bare" => Err("The fleet is not ready: <i>api</i> last answered 503.".to_owned()),
            "legacy" => panic!("a runner that panics"),
            _ => Ok(login(number as u64, stages, receiver)),
        }
    }
}
