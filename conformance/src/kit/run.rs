//! Runs cases, each on a tracer and a thread of its own.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{Capabilities, Case, Outcome, Report, Subject, suites};

/// A case that takes longer hangs: the longest take a second or two on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// All cases, and a way to make the tracer that they are run against.
#[derive(Clone)]
pub struct Kit {
    factory: Arc<dyn Fn() -> Subject + Send + Sync>,
    capabilities: Capabilities,
}

impl Kit {
    /// Takes a factory of tracers, or of [`Subject`]s where there is more to tell. It is called for each case, on the
    /// thread on which the case runs.
    pub fn new<S: Into<Subject>>(factory: impl Fn() -> S + Send + Sync + 'static) -> Self {
        Self {
            factory: Arc::new(move || factory().into()),
            capabilities: Capabilities::all(),
        }
    }

    /// What the tracer claims; all of it unless said.
    #[must_use]
    pub fn capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// The cases, in the order of the suites. Their ids are stable.
    pub fn cases() -> impl Iterator<Item = &'static Case> {
        suites::all()
    }

    /// Runs all cases, one after the other.
    pub fn run(&self) -> Report {
        self.run_where(|_| true)
    }

    /// Runs some of the cases.
    pub fn run_where(&self, wanted: impl Fn(&Case) -> bool) -> Report {
        Report {
            lines: Self::cases()
                .filter(|case| wanted(case))
                .map(|case| (*case, self.run_case(case)))
                .collect(),
        }
    }

    /// Runs one case. A panic in it, also one of the tracer, is its failure; so is no end within a minute.
    pub fn run_case(&self, case: &Case) -> Outcome {
        let (case, kit) = (*case, self.clone());
        let (sender, receiver) = mpsc::channel();
        let started =
            thread::Builder::new()
                .name(case.id().to_owned())
                .spawn(move || {
                    let outcome = catch_unwind(AssertUnwindSafe(|| kit.run_here(case)))
                        .unwrap_or_else(|panic| Outcome::Failed {
                            reason: message(panic.as_ref()),
                        });
                    // The receiver is gone if the deadline has passed.
                    let _ = sender.send(outcome);
                });
        let failed = |reason: String| Outcome::Failed { reason };
        let thread = match started {
            Ok(thread) => thread,
            Err(error) => return failed(format!("no thread could be started: {error}")),
        };
        match receiver.recv_timeout(DEADLINE) {
            Ok(outcome) => match thread.join() {
                Ok(()) => outcome,
                Err(panic) => failed(format!("after the case: {}", message(panic.as_ref()))),
            },
            Err(_) => failed(format!("no end within {} s", DEADLINE.as_secs())),
        }
    }

    fn run_here(&self, case: Case) -> Outcome {
        let subject = (self.factory)().claiming(self.capabilities.clone());
        if let Some(missing) = case.needs().iter().find(|need| !subject.has(**need)) {
            return Outcome::Skipped { missing: *missing };
        }
        case.check(&subject);
        let active = subject.tracer.active_span();
        assert!(
            active.is_none(),
            "the case left a span active on its thread"
        );
        Outcome::Passed {
            unseen: subject.unanswered(),
        }
    }
}

impl fmt::Debug for Kit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kit")
            .field("capabilities", &self.capabilities)
            .finish_non_exhaustive()
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_else(|| "a panic without words".to_owned())
}
