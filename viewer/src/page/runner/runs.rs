//! The runs: one at a time, the last ones kept.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::{Receiver, Run, Runner, SERVICES, Stages};

/// How many are kept. What they left may leave the store sooner.
const KEPT: usize = 20;

/// A runner, and what it did.
#[derive(Debug)]
pub(in crate::page) struct Runs {
    pub(in crate::page) runner: Arc<dyn Runner>,
    receiver: Receiver,
    told: Mutex<VecDeque<Told>>,
    /// Changes with each end.
    ended: watch::Sender<u64>,
}

/// One run.
#[derive(Clone, Debug)]
pub(in crate::page) struct Told {
    pub(in crate::page) number: u64,
    pub(in crate::page) stages: Stages,
    started: Instant,
    /// `None` while it runs.
    pub(in crate::page) outcome: Option<Outcome>,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub(in crate::page) struct Outcome {
    pub(in crate::page) result: Result<Run, String>,
    pub(in crate::page) took: Duration,
}

/// Another one runs.
#[derive(Debug)]
pub(in crate::page) struct Busy {
    pub(in crate::page) number: u64,
}

impl Told {
    /// For how long it has been running.
    pub(in crate::page) fn age(&self) -> Duration {
        self.started.elapsed()
    }
}

impl Runs {
    pub(in crate::page) fn new(runner: Arc<dyn Runner>, receiver: Receiver) -> Self {
        Self {
            runner,
            receiver,
            told: Mutex::default(),
            ended: watch::Sender::new(0),
        }
    }

    /// Whether every service can be in its stage.
    pub(in crate::page) fn offers(&self, stages: &Stages) -> bool {
        SERVICES.into_iter().all(|service| {
            let choices = self.runner.choices(service);
            let stage = stages.of(service);
            choices
                .iter()
                .any(|choice| Some(choice.value.as_str()) == stage)
        })
    }

    /// Begins a run, unless there is one.
    pub(in crate::page) fn start(self: &Arc<Self>, stages: Stages) -> Result<u64, Busy> {
        let mut told = self.told();
        if let Some(running) = told.iter().find(|told| told.outcome.is_none()) {
            return Err(Busy {
                number: running.number,
            });
        }
        let number = told.back().map_or(1, |last| last.number + 1);
        told.push_back(Told {
            number,
            stages: stages.clone(),
            started: Instant::now(),
            outcome: None,
        });
        while told.len() > KEPT {
            told.pop_front();
        }
        drop(told);

        let runs = Arc::clone(self);
        // Not one of the runtime's threads: those it waits for when it ends.
        let spawned = thread::Builder::new()
            .name("run".to_owned())
            .spawn(move || {
                let ran = catch_unwind(AssertUnwindSafe(|| {
                    runs.runner.run(&stages, &runs.receiver)
                }));
                let result = ran.unwrap_or_else(|_| Err("The run panicked.".to_owned()));
                runs.end(number, result);
            });
        if let Err(error) = spawned {
            self.end(
                number,
                Err(format!("There is no thread for the run: {error}.")),
            );
        }
        Ok(number)
    }

    fn end(&self, number: u64, result: Result<Run, String>) {
        if let Some(told) = self.told().iter_mut().find(|told| told.number == number) {
            told.outcome = Some(Outcome {
                result,
                took: told.age(),
            });
        }
        self.ended.send_replace(number);
    }

    /// Waits for the end of a run, for as long as `patience` lasts.
    pub(in crate::page) async fn wait(&self, number: u64, patience: Duration) {
        let mut ended = self.ended.subscribe();
        let end = ended.wait_for(|ended| *ended >= number);
        let _in_time = tokio::time::timeout(patience, end).await;
    }

    /// A run, if it is still known.
    pub(in crate::page) fn get(&self, number: u64) -> Option<Told> {
        let told = self.told();
        told.iter().find(|told| told.number == number).cloned()
    }

    /// All that are known, the newest first.
    pub(in crate::page) fn all(&self) -> Vec<Told> {
        self.told().iter().rev().cloned().collect()
    }

    fn told(&self) -> MutexGuard<'_, VecDeque<Told>> {
        // Nothing panics while it is held.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
