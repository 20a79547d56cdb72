//! The tracer, and the thread that reports.

use std::env;
use std::thread::{self, JoinHandle};

use rustracing::sampler::AllSampler;
use rustracing_jaeger::Tracer;
use rustracing_jaeger::reporter::JaegerCompactReporter;

pub(crate) struct Telemetry {
    tracer: Tracer,
    reporting: JoinHandle<()>,
}

pub(crate) fn start(service: &str) -> Telemetry {
    let (sender, spans) = crossbeam_channel::bounded(1024);
    let mut reporter = JaegerCompactReporter::new(service).expect("there is a socket");
    if let Ok(agent) = env::var("JAEGER_AGENT") {
        reporter.set_agent_addr(agent.parse().expect("JAEGER_AGENT is an address"));
    }
    let reporting = thread::spawn(move || {
        for span in spans {
            if let Err(error) = reporter.report(&[span]) {
                eprintln!("a span is lost: {error}");
            }
        }
    });
    Telemetry {
        tracer: Tracer::with_sender(AllSampler, sender),
        reporting,
    }
}

impl Telemetry {
    pub(crate) fn tracer(&self) -> Tracer {
        self.tracer.clone()
    }

    /// Reports what is finished. Waits for all who have a tracer.
    pub(crate) fn shutdown(self) {
        drop(self.tracer);
        self.reporting.join().expect("the reporter does not panic");
    }
}
