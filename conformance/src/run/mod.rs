//! Runs a vector's program against `opentracing-shim` over the SDK, with an exporter that records.

mod convert;
mod machine;
mod names;
mod record;

use std::collections::BTreeMap;
use std::panic;
use std::thread;

use opentracing_shim::InjectError;
use opentracing_shim::propagation::UnknownPropagator;

use crate::vector::{ContextRecord, Read, SpanRecord, Vector};
use machine::Machine;

pub use names::{Ids, NO_SPAN, NO_TRACE, Names};

/// What a program left behind. Ids are hexadecimal; [`Names`] says what they are called.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The names of the program.
    pub names: Names,
    /// The finished, sampled spans in the order of finishing.
    pub spans: Vec<SpanRecord>,
    /// What the reading steps gave, in order.
    pub reads: Vec<Read>,
    /// What else is known of those reads that are extracts, by their position.
    pub extractions: BTreeMap<usize, Extraction>,
}

/// The circumstances of an extract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extraction {
    /// Whether the carrier had any field that a propagator of the format reads.
    pub carrier_has_field: bool,
    /// The context of the span that was active meanwhile.
    pub active: Option<ContextRecord>,
    /// Why nothing was extracted, if that was said with an error.
    pub refused: Option<String>,
}

/// Why a program did not run to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The tracer could not be set up.
    #[error("setup: {0}")]
    Setup(#[from] UnknownPropagator),
    /// A step could not be done.
    #[error("steps[{index}] `{verb}`: {source}")]
    Step {
        /// The step's position, from 0.
        index: usize,
        /// The step's name.
        verb: &'static str,
        /// Why not.
        source: StepError,
    },
    /// The code under test panicked.
    #[error("panicked: {0}")]
    Panicked(String),
}

/// Why a step could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// It speaks of something that no step made.
    #[error("there is no {kind} `{name}`")]
    UnknownName {
        /// What it wants.
        kind: &'static str,
        /// What it calls it.
        name: String,
    },
    /// It would make a second span of one name, and expectations could not tell the two apart.
    #[error("there is a span `{0}` already")]
    NameTaken(String),
    /// It names the active span while there is none.
    #[error("no span is active")]
    NothingActive,
    /// The tracer refused to inject.
    #[error("inject failed: {0}")]
    Inject(#[from] InjectError),
}

/// Runs a program on a tracer and a thread of its own, so that nothing ambient comes in and nothing stays.
///
/// # Errors
///
/// When a step names something that is not there, when an inject is refused, and when the code under test panics.
pub fn run(vector: &Vector) -> Result<Outcome, RunError> {
    thread::scope(|scope| scope.spawn(|| on_this_thread(vector)).join())
        .unwrap_or_else(|payload| Err(RunError::Panicked(text_of(payload))))
}

fn on_this_thread(vector: &Vector) -> Result<Outcome, RunError> {
    let mut machine = Machine::new(&vector.setup)?;
    for (index, step) in vector.steps.iter().enumerate() {
        machine.step(step).map_err(|source| RunError::Step {
            index,
            verb: step.verb(),
            source,
        })?;
    }
    Ok(machine.finish())
}

fn text_of(payload: Box<dyn std::any::Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => match payload.downcast::<&'static str>() {
            Ok(text) => (*text).to_owned(),
            Err(payload) => panic::resume_unwind(payload),
        },
    }
}
