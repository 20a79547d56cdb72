//! Runs a vector's program against `opentracing-shim` over the SDK, with an exporter that records.

mod convert;
mod machine;
mod names;
mod record;

use std::any::Any;
use std::collections::BTreeMap;
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
    isolated(|| on_this_thread(vector))
}

fn isolated<T: Send>(work: impl FnOnce() -> Result<T, RunError> + Send) -> Result<T, RunError> {
    thread::scope(|scope| scope.spawn(work).join())
        .unwrap_or_else(|payload| Err(RunError::Panicked(text_of(payload.as_ref()))))
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

/// The message of a panic, which is text unless someone panicked with a value of another type.
fn text_of(payload: &(dyn Any + Send)) -> String {
    let formatted = payload.downcast_ref::<String>().map(String::as_str);
    let text = formatted.or_else(|| payload.downcast_ref::<&'static str>().copied());
    text.unwrap_or("without a message").to_owned()
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;

    use opentelemetry::{Context, KeyValue, baggage::BaggageExt};

    use super::*;

    fn message_of(panics: impl FnOnce() + Send) -> String {
        isolated(|| {
            panics();
            Ok(())
        })
        .expect_err("the work panics")
        .to_string()
    }

    #[test]
    fn a_panic_of_the_code_under_test_is_an_error_with_its_message() {
        assert_eq!(message_of(|| panic!("plain")), "panicked: plain");
        assert_eq!(message_of(|| panic!("{}", 7)), "panicked: 7");
        assert_eq!(message_of(|| panic_any(7)), "panicked: without a message");
    }

    #[test]
    fn a_program_does_not_see_the_context_of_its_caller() {
        let _ambient = Context::current_with_baggage([KeyValue::new("k", "v")]).attach();

        let is_clean = isolated(|| Ok(Context::map_current(|cx| cx.baggage().is_empty())));

        assert!(is_clean.is_ok_and(|is_clean| is_clean));
    }
}
