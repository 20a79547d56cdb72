//! Where a case runs: on a plain thread, or inside a runtime of tokio.

use std::future::Future;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::Subject;

/// One of the three settings of the scope suite.
#[derive(Clone, Copy, Debug)]
pub(super) enum Setting {
    Thread,
    CurrentThread,
    MultiThread,
}

impl Setting {
    /// Runs the body there, once, without an `.await`: on a runtime it is a task of its own.
    pub(super) fn run(self, subject: &Subject, body: fn(&Subject)) {
        let runtime = match self {
            Self::Thread => return on_thread(subject, body),
            Self::CurrentThread => current_thread(),
            Self::MultiThread => multi_thread(2),
        };
        let subject = subject.clone();
        runtime.block_on(async move {
            joined(tokio::spawn(async move { body(&subject) })).await;
        });
    }
}

/// Runs the body on a thread of its own.
pub(super) fn on_thread<T: Send + 'static>(
    subject: &Subject,
    body: impl FnOnce(&Subject) -> T + Send + 'static,
) -> T {
    join(go(subject, body))
}

/// Starts a thread.
pub(super) fn go<T: Send + 'static>(
    subject: &Subject,
    body: impl FnOnce(&Subject) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let subject = subject.clone();
    thread::spawn(move || body(&subject))
}

/// What the thread returned; its panic becomes ours.
pub(super) fn join<T>(handle: thread::JoinHandle<T>) -> T {
    handle.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Runs an async body as a task of a runtime with two workers.
pub(super) fn on_tokio<F>(subject: &Subject, body: impl FnOnce(Arc<Subject>) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let task = body(Arc::new(subject.clone()));
    multi_thread(2).block_on(async { joined(tokio::spawn(task)).await });
}

/// What the task returned; its panic becomes ours.
pub(super) async fn joined<T>(task: JoinHandle<T>) -> T {
    match task.await {
        Ok(value) => value,
        Err(error) => resume_unwind(error.into_panic()),
    }
}

pub(super) fn current_thread() -> Runtime {
    Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime without input and output starts")
}

pub(super) fn multi_thread(workers: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_time()
        .build()
        .expect("the machine has threads left")
}
