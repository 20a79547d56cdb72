//! Work that takes its time, on threads of its own: those of the runtime take in spans as well.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// As many at once as there are processors; the others wait.
#[derive(Clone, Debug)]
pub(super) struct Beside(Arc<Semaphore>);

impl Default for Beside {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(processors)))
    }
}

impl Beside {
    /// Does the work, and hands its panic on.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let permit = Arc::clone(&self.0).acquire_owned().await;
        let permit = permit.expect("it is never closed");
        let work = move || {
            let done = work();
            // The work's own: it goes on when nobody waits for it any more.
            drop(permit);
            done
        };
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
    }
}
