//! The OpenTelemetry tracers behind one of ours.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// More threads than this share tracers, which is no worse than one tracer for all.
const MAX: usize = 16;

thread_local! {
    /// Counted from one; none has been given to a thread that has started no span.
    static NUMBER: Cell<usize> = const { Cell::new(0) };
}

#[cold]
fn new_number() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(1);
    let number = THREADS.fetch_add(1, Ordering::Relaxed);
    NUMBER.set(number);
    number
}

/// Several tracers of one provider with one scope, and every thread uses its own.
///
/// Each span of the SDK holds its tracer, and with it counts references to the instrumentation scope. Threads that
/// start spans with the same tracer wait for that counter: two of them lost two fifths of their speed to it.
pub(super) struct Tracers<T>(Box<[T]>);

impl<T> Tracers<T> {
    pub(super) fn new(make: impl FnMut() -> T) -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let tracers = std::iter::repeat_with(make).take(threads.min(MAX));
        Self(tracers.collect())
    }

    /// The tracer of this thread.
    #[inline]
    pub(super) fn here(&self) -> &T {
        let number = match NUMBER.get() {
            0 => new_number(),
            number => number,
        };
        &self.0[number % self.0.len()]
    }
}

impl<T> fmt::Debug for Tracers<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tracers").field(&self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn numbered() -> Tracers<usize> {
        let mut next = 0..;
        Tracers::new(|| next.next().expect("numbers do not end"))
    }

    #[test]
    fn a_thread_keeps_its_tracer() {
        let tracers = numbered();

        assert_eq!(tracers.here(), tracers.here());
    }

    #[test]
    fn threads_that_start_one_after_the_other_use_all_tracers() {
        let tracers = numbered();

        // Other tests start threads meanwhile, which only lets some numbers out.
        let mut seen = BTreeSet::new();
        for _ in 0..1000 {
            let number = thread::scope(|scope| {
                let thread = scope.spawn(|| *tracers.here());
                thread.join().expect("it does not panic")
            });
            seen.insert(number);
        }

        assert_eq!(seen.len(), tracers.0.len());
    }
}
