//! One measurement of one cell, on a fresh system.

use std::fmt::Display;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};
use tokio::runtime::Handle;

use crate::cell::Cell;
use crate::child::Child;
use crate::cpu::Ticks;
use crate::drive::{Driven, Schedule, saturate};
use crate::ground::Ground;
use crate::person::{Failure, People};
use crate::protocol::{Ended, Usage, float};
use crate::record::Latencies;
use crate::twin::Twins;

/// Within which a system is ready. It waits for Redis alone.
const START: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(5);
/// How many failures are shown.
const SHOWN: usize = 3;

/// How a measurement is made.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
    /// For people and servers of this process.
    pub(crate) runtime: Handle,
    /// What stands around.
    pub(crate) ground: &'a Ground,
    /// What is started.
    pub(crate) twins: Twins,
    /// How long people come before it counts.
    pub(crate) warm_up: Duration,
    /// How many there are at the same time when the system is at its limit.
    pub(crate) people: usize,
}

/// How people come.
#[derive(Clone, Copy, Debug)]
enum Pace {
    /// As many as the system can bear.
    Limit,
    /// So many a second.
    Rate(f64),
}

/// The system at its limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    /// Logins a second.
    pub(crate) throughput: f64,
    /// Spans that left, for each login.
    pub(crate) spans: f64,
    /// What became of all spans.
    pub(crate) ended: Ended,
    /// The share of the time in which the CPU of the system was busy, and the busiest of the others.
    pub(crate) busy: Option<(f64, f64)>,
}

/// The system at a rate that it bears with ease. What is a number is for one login, but for the memory.
#[derive(Clone, Debug)]
pub(crate) struct Steady {
    /// From when a person was meant to come until the token was there.
    pub(crate) latencies: Latencies,
    /// Microseconds of CPU.
    pub(crate) cpu: f64,
    /// Bytes of spans that the receiver took.
    pub(crate) exported: f64,
    /// Spans that left.
    pub(crate) spans: f64,
    /// The most memory that the process had, in MiB.
    pub(crate) peak: Option<f64>,
    /// Datagrams that nobody took in time.
    pub(crate) dropped: u64,
}

/// What one login asks the allocator for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    /// How often.
    pub(crate) allocations: f64,
    /// How much, in KiB.
    pub(crate) allocated: f64,
}

/// What is known of the whole life of a system.
struct Life<T> {
    measured: T,
    ended: Ended,
    logins: f64,
    bytes: u64,
    dropped: u64,
}

// === impl Bench ===

impl Bench<'_> {
    /// How many logins a second the system can bear: so many people at the same time, each coming back at once.
    ///
    /// # Errors
    ///
    /// If a login fails, or the system does.
    pub(crate) fn limit(&self, cell: Cell, time: Duration) -> anyhow::Result<Limit> {
        let pace = Pace::Limit;
        let life = self.live(&self.twins.timed, cell, pace, |people, _child| {
            let cpus = self.ticks();
            let start = Instant::now();
            let driven = self.drive(people, pace, time);
            let time = start.elapsed();
            let busy = cpus.zip(self.ticks()).and_then(|(before, after)| {
                let system = Ticks::busiest(&after.0, &before.0)?;
                Some((system, Ticks::busiest(&after.1, &before.1)?))
            });
            let logins = all_done(&driven)?;
            Ok((logins / time.as_secs_f64(), busy))
        })?;
        let (throughput, busy) = life.measured;
        Ok(Limit {
            throughput,
            spans: float(life.ended.delivered) / life.logins,
            ended: life.ended,
            busy,
        })
    }

    /// What logins cost and how long they take at this rate. That is the rate of the system's whole life: one that was at its
    /// limit before would have its largest memory from then, spans dropped then would be missing, and those still queued would
    /// be sent on time that counts.
    ///
    /// # Errors
    ///
    /// As [`limit`](Self::limit).
    pub(crate) fn steady(&self, cell: Cell, rate: f64, time: Duration) -> anyhow::Result<Steady> {
        let pace = Pace::Rate(rate);
        let life = self.live(&self.twins.timed, cell, pace, |people, child| {
            let before = child.usage()?;
            let driven = self.drive(people, pace, time);
            let used = child.usage()?.since(&before);
            let logins = all_done(&driven)?;
            Ok((driven.latencies, used, logins))
        })?;
        let (latencies, used, logins): (_, Usage, f64) = life.measured;
        Ok(Steady {
            latencies,
            cpu: used.cpu.as_secs_f64() * 1e6 / logins,
            exported: float(life.bytes) / life.logins,
            spans: float(life.ended.delivered) / life.logins,
            peak: used.peak.map(|bytes| float(bytes) / 1024.0 / 1024.0),
            dropped: life.dropped,
        })
    }

    /// What logins at this rate ask the allocator for. That is the same each time, but for chance, so it is not timed and
    /// once is enough.
    ///
    /// # Errors
    ///
    /// As [`limit`](Self::limit).
    pub(crate) fn counted(&self, cell: Cell, rate: f64, time: Duration) -> anyhow::Result<Counted> {
        let pace = Pace::Rate(rate);
        let life = self.live(&self.twins.counted, cell, pace, |people, child| {
            let before = child.usage()?;
            let driven = self.drive(people, pace, time);
            let used = child.usage()?.since(&before);
            Ok((used, all_done(&driven)?))
        })?;
        let (used, logins) = life.measured;
        Ok(Counted {
            allocations: float(used.allocations) / logins,
            allocated: float(used.allocated) / 1024.0 / logins,
        })
    }

    /// A system from its start to its end, at one pace. What is counted over all of that needs no guess of what was still on
    /// its way when a measurement began or ended.
    fn live<T>(
        &self,
        program: &Path,
        cell: Cell,
        pace: Pace,
        measure: impl FnOnce(&People, &mut Child) -> anyhow::Result<T>,
    ) -> anyhow::Result<Life<T>> {
        let sink = &self.ground.sink;
        let (bytes, dropped) = (sink.bytes(), sink.dropped().unwrap_or_default());
        let mut child = Child::start(program, cell, self.ground)?;
        let people = People::new(&child.api, &self.ground.gateway)?;
        let measured = self
            .until_ready(&people, &child.api)
            .and_then(|()| all_done(&self.drive(&people, pace, self.warm_up)))
            .and_then(|_| measure(&people, &mut child))
            .map_err(|error| anyhow!("{error:#}{}", child.log()))?;
        let ended = child.stop()?;
        sink.settle()?;
        self.ground.clear()?;
        Ok(Life {
            measured,
            ended,
            logins: f64::from(people.came()),
            bytes: sink.bytes() - bytes,
            dropped: sink.dropped().unwrap_or_default().saturating_sub(dropped),
        })
    }

    fn drive(&self, people: &People, pace: Pace, time: Duration) -> Driven<Failure> {
        let people = people.clone();
        let task = move || people.clone().log_in();
        match pace {
            Pace::Limit => saturate(&self.runtime, self.people, time, task),
            Pace::Rate(rate) => Schedule::new(rate, time).drive(&self.runtime, task),
        }
    }

    fn until_ready(&self, people: &People, api: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + START;
        while !self.runtime.block_on(people.is_ready(api)) {
            if Instant::now() > deadline {
                bail!("the system is not ready after {START:?}");
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }

    /// Of the system's CPU, and of each of the others.
    fn ticks(&self) -> Option<(Vec<Ticks>, Vec<Ticks>)> {
        let division = self.ground.division.as_ref()?;
        Some((Ticks::of(&[division.system])?, Ticks::of(&division.rest)?))
    }
}

/// How many logged in, if all did.
fn all_done<E: Display>(driven: &Driven<E>) -> anyhow::Result<f64> {
    let (done, failed) = (driven.latencies.len(), driven.failures.len());
    if failed > 0 {
        let first = driven.failures.iter().take(SHOWN);
        let reasons: String = first.map(|reason| format!("\n  {reason}")).collect();
        bail!("{failed} logins failed beside {done} that did not{reasons}");
    }
    Ok(float(done))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn driven(done: u32, failures: &[&str]) -> Driven<String> {
        let mut latencies = Latencies::new();
        for _ in 0..done {
            latencies.record(Duration::from_millis(1));
        }
        Driven {
            latencies,
            failures: failures.iter().map(|reason| (*reason).to_owned()).collect(),
        }
    }

    #[test]
    fn one_failed_login_fails_the_measurement_and_is_shown() {
        assert!((all_done(&driven(3, &[])).unwrap() - 3.0).abs() < f64::EPSILON);

        let error = all_done(&driven(1000, &["log in: answered 503"]))
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "1 logins failed beside 1000 that did not\n  log in: answered 503"
        );

        let error = all_done(&driven(0, &["a", "b", "c", "d"]))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("4 logins failed") && !error.contains("\n  d"),
            "{error}"
        );
    }
}
