//! Which CPUs there are, who runs on which, and how busy they were.

use std::io;

/// How the CPUs are divided between what is measured and everything else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Division {
    /// For the system.
    pub(crate) system: usize,
    /// For the people, the gateway, the receiver and Redis.
    pub(crate) rest: Vec<usize>,
}

/// The ticks that a CPU has counted, as Linux tells.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Ticks {
    idle: u64,
    all: u64,
}

// === impl Division ===

impl Division {
    /// One of the CPUs for the system, the others for all else. `None` where there is only one, or none can be chosen.
    #[must_use]
    pub(crate) fn of(cpus: &[usize]) -> Option<Self> {
        // The last one, since the first one is where most interrupts are served.
        let (system, rest) = cpus.split_last()?;
        (!rest.is_empty()).then(|| Self {
            system: *system,
            rest: rest.to_vec(),
        })
    }
}

// === impl Ticks ===

impl Ticks {
    /// What each of these CPUs has counted so far. `None` where the system does not say.
    #[must_use]
    pub(crate) fn of(cpus: &[usize]) -> Option<Vec<Self>> {
        Self::read(&std::fs::read_to_string("/proc/stat").ok()?, cpus)
    }

    /// The share of the time since an earlier reading in which the busiest of these CPUs was not idle. Of a mean nobody could
    /// see that a thread was at the limit of its CPU.
    #[must_use]
    pub(crate) fn busiest(now: &[Self], earlier: &[Self]) -> Option<f64> {
        let pairs = now.iter().zip(earlier);
        let shares = pairs.map(|(now, earlier)| now.busy_since(*earlier));
        let shares: Option<Vec<f64>> = shares.collect();
        shares?.into_iter().max_by(f64::total_cmp)
    }

    /// The share of the time since an earlier reading in which it was not idle.
    #[must_use]
    fn busy_since(self, earlier: Self) -> Option<f64> {
        let all = self.all.checked_sub(earlier.all).filter(|all| *all > 0)?;
        let idle = self.idle.saturating_sub(earlier.idle);
        Some(1.0 - as_float(idle) / as_float(all))
    }

    fn read(stat: &str, cpus: &[usize]) -> Option<Vec<Self>> {
        let of = |cpu: &usize| {
            let name = format!("cpu{cpu}");
            let mut lines = stat.lines().map(str::split_whitespace);
            let words = lines.find_map(|mut words| (words.next()? == name).then_some(words))?;
            // user nice system idle iowait irq softirq steal; what follows is part of user and nice.
            let numbers: Vec<u64> = words.take(8).map_while(|word| word.parse().ok()).collect();
            Some(Self {
                idle: numbers.get(3)? + numbers.get(4)?,
                all: numbers.iter().sum(),
            })
        };
        cpus.iter().map(of).collect()
    }
}

/// The CPUs that this process may run on.
#[cfg(target_os = "linux")]
#[must_use]
pub(crate) fn allowed() -> Vec<usize> {
    use rustix::thread::{CpuSet, sched_getaffinity};
    let Ok(set) = sched_getaffinity(None) else {
        return Vec::new();
    };
    (0..CpuSet::MAX_CPU)
        .filter(|cpu| set.is_set(*cpu))
        .collect()
}

/// Keeps this thread, and those that it will start, on these CPUs.
///
/// # Errors
///
/// If the operating system refuses it.
#[cfg(target_os = "linux")]
pub(crate) fn pin(cpus: &[usize]) -> io::Result<()> {
    use rustix::thread::{CpuSet, sched_setaffinity};
    let mut set = CpuSet::new();
    for cpu in cpus {
        set.set(*cpu);
    }
    Ok(sched_setaffinity(None, &set)?)
}

/// Elsewhere nobody can be asked.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub(crate) fn allowed() -> Vec<usize> {
    Vec::new()
}

/// Elsewhere nothing can be pinned.
///
/// # Errors
///
/// Always.
#[cfg(not(target_os = "linux"))]
pub(crate) fn pin(_cpus: &[usize]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Ticks are hundredths of seconds: they fit.
#[expect(
    clippy::cast_precision_loss,
    reason = "below 2^53 for any machine that is switched off once in a million years"
)]
fn as_float(ticks: u64) -> f64 {
    ticks as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "cpu  30 0 30 140 0 0 0 0 0 0\n\
                        cpu0 10 0 10 80 0 0 0 0 5 0\n\
                        cpu1 20 0 20 50 10 0 0 0 0 0\n\
                        intr 1 2 3\n";

    #[test]
    fn the_system_gets_a_cpu_and_the_rest_the_others() {
        assert_eq!(Division::of(&[]), None);
        assert_eq!(Division::of(&[3]), None);
        let division = Division::of(&[0, 2, 5]).unwrap();
        assert_eq!((division.system, division.rest), (5, vec![0, 2]));
    }

    #[test]
    fn busy_is_what_was_neither_idle_nor_waiting() {
        let none = Ticks::default();
        let both = Ticks::read(STAT, &[0, 1]).unwrap();

        assert!((both[0].busy_since(none).unwrap() - 0.2).abs() < 1e-9);
        assert!((both[1].busy_since(none).unwrap() - 0.4).abs() < 1e-9);
        assert_eq!(both[1].busy_since(both[1]), None, "no time has passed");
    }

    #[test]
    fn a_busy_cpu_does_not_hide_among_idle_ones() {
        let earlier = [Ticks::default(); 2];
        let now = Ticks::read(STAT, &[0, 1]).unwrap();

        assert!((Ticks::busiest(&now, &earlier).unwrap() - 0.4).abs() < 1e-9);
        assert_eq!(Ticks::busiest(&now, &now), None, "no time has passed");
        assert_eq!(Ticks::busiest(&[], &[]), None);
    }

    #[test]
    fn a_cpu_that_is_not_there_is_not_guessed() {
        assert_eq!(Ticks::read(STAT, &[0, 7]), None);
        assert_eq!(Ticks::read("cpu0 1 2\n", &[0]), None);
    }
}
