//! A thread with a runtime of its own, and the time that it is busy.

use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

pub(crate) struct Thread {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Thread {
    /// On the second processor, if there is one.
    pub(crate) fn start() -> Self {
        let (send_handle, handle) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            pin_to(1);
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime needs nothing special");
            send_handle
                .send(runtime.handle().clone())
                .expect("somebody waits for it");
            // Ends when it is told to, or when nobody is left to do so.
            let _either = runtime.block_on(stopped);
        });
        Self {
            handle: handle.recv().expect("the thread runs"),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Runs a future on the thread to its end.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let (send, result) = mpsc::channel();
        self.handle.spawn(async move {
            send.send(future.await).expect("somebody waits for it");
        });
        result.recv().expect("the future does not panic")
    }

    /// As [`busy`], of the thread.
    pub(crate) fn busy(&self) -> Duration {
        self.run(async { busy() })
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has failed the bench already.
            let _joined = thread.join();
        }
    }
}

/// How much processor time this thread has had.
pub(crate) fn busy() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("it does not run backwards")
}

/// Keeps this thread to one of the processors that the process may use, if there is more than one.
#[cfg(target_os = "linux")]
pub(crate) fn pin_to(place: usize) {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    use std::sync::LazyLock;

    // Asked for once, since it is what pinning changes.
    static ALLOWED: LazyLock<Vec<usize>> = LazyLock::new(|| {
        let set = sched_getaffinity(None).unwrap_or_default();
        (0..CpuSet::MAX_CPU)
            .filter(|cpu| set.is_set(*cpu))
            .collect()
    });
    if let (Some(cpu), true) = (ALLOWED.get(place), ALLOWED.len() > 1) {
        let mut set = CpuSet::new();
        set.set(*cpu);
        if let Err(error) = sched_setaffinity(None, &set) {
            println!("threads share processors: {error}");
        }
    }
}

/// Only Linux has a way.
#[cfg(not(target_os = "linux"))]
pub(crate) fn pin_to(_place: usize) {}
