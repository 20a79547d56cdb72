//! G15: whatever runs the futures, each sees its own span and no other.

mod support;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context as TaskContext, Poll, Wake, Waker};
use std::thread;

use futures::executor::{LocalPool, block_on};
use futures::future::join_all;
use futures::task::LocalSpawnExt;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use opentracing_shim::{SpanFuture, Tracer, TracerShim};
use support::{Recorder, is_child_of};
use tokio::runtime::Builder;

/// Gives the thread back once, on any runtime.
async fn give_way() {
    let mut has_waited = false;
    std::future::poll_fn(|task| {
        if std::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        task.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A span, and work inside it that looks for foreign spans before and after each of `yields` interruptions.
fn watchful(tracer: &Tracer, yields: usize) -> impl Future<Output = usize> + Send + 'static {
    let tracer = tracer.clone();
    let span = tracer.build_span("task").start();
    let own = span.clone();
    let work = async move {
        let is_own = || {
            let active = tracer.active_span();
            active.is_some_and(|active| active.same_as(&own))
        };
        let mut foreign = usize::from(!is_own());
        for _ in 0..yields {
            give_way().await;
            foreign += usize::from(!is_own());
        }
        tracer.build_span("child").start().finish();
        foreign
    };
    work.in_span(&span)
}

/// Each task ended its span and has one child below it.
fn assert_pairs(tracer: &Tracer, spans: &[SpanData], tasks: usize) {
    let (children, parents): (Vec<_>, Vec<_>) = spans.iter().partition(|span| span.name == "child");
    assert_eq!((children.len(), parents.len()), (tasks, tasks));
    for parent in parents {
        let count = children
            .iter()
            .filter(|child| is_child_of(child, parent))
            .count();
        assert_eq!(count, 1);
    }
    assert!(tracer.active_span().is_none());
}

/// The SDK's simple processor blocks on the exporter, which the executor of `futures` forbids in its tasks; there spans
/// have to be exported elsewhere.
struct Batched {
    tracer: Tracer,
    provider: SdkTracerProvider,
    exporter: InMemorySpanExporter,
}

impl Batched {
    fn new() -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter.clone())
            .build();
        Self {
            tracer: TracerShim::builder(provider.clone()).build(),
            provider,
            exporter,
        }
    }

    fn spans(&self) -> Vec<SpanData> {
        self.provider.force_flush().expect("the exporter is there");
        self.exporter
            .get_finished_spans()
            .expect("the exporter is not shut down")
    }
}

#[test]
fn g15_tokio_with_eight_workers_and_ten_thousand_yields() {
    const TASKS: usize = 32;
    let recorder = Recorder::new();
    let runtime = Builder::new_multi_thread()
        .worker_threads(8)
        .build()
        .expect("threads can be started");

    let foreign = runtime.block_on(async {
        let tasks = (0..TASKS).map(|_| tokio::spawn(watchful(&recorder.tracer, 10_000)));
        join_all(tasks).await
    });

    for count in foreign {
        assert_eq!(count.expect("no task panics"), 0);
    }
    assert_pairs(&recorder.tracer, &recorder.spans(), TASKS);
}

#[test]
fn g15_tokio_on_one_thread_with_a_thousand_tasks() {
    const TASKS: usize = 1_000;
    let recorder = Recorder::new();
    let runtime = Builder::new_current_thread()
        .build()
        .expect("it needs no thread");

    let foreign = runtime.block_on(async {
        let tasks = (0..TASKS).map(|_| tokio::spawn(watchful(&recorder.tracer, 10)));
        join_all(tasks).await
    });

    for count in foreign {
        assert_eq!(count.expect("no task panics"), 0);
    }
    assert_pairs(&recorder.tracer, &recorder.spans(), TASKS);
}

#[test]
fn g15_futures_local_pool() {
    const TASKS: usize = 50;
    let recorder = Batched::new();
    let mut pool = LocalPool::new();
    let foreign: Vec<_> = (0..TASKS)
        .map(|_| {
            pool.spawner()
                .spawn_local_with_handle(watchful(&recorder.tracer, 100))
                .expect("the pool is open")
        })
        .collect();

    let foreign = pool.run_until(join_all(foreign));

    assert_eq!(foreign.into_iter().sum::<usize>(), 0);
    assert_pairs(&recorder.tracer, &recorder.spans(), TASKS);
}

#[test]
fn g15_futures_joined_in_one_task() {
    const TASKS: usize = 50;
    let recorder = Batched::new();

    let foreign = block_on(join_all(
        (0..TASKS).map(|_| watchful(&recorder.tracer, 100)),
    ));

    assert_eq!(foreign.into_iter().sum::<usize>(), 0);
    assert_pairs(&recorder.tracer, &recorder.spans(), TASKS);
}

#[test]
fn g15_an_executor_of_a_queue_and_four_threads() {
    const TASKS: usize = 200;
    let recorder = Recorder::new();
    let foreign = Arc::new(Mutex::new(Vec::new()));
    let queue = Arc::new(Queue::default());
    for _ in 0..TASKS {
        let work = watchful(&recorder.tracer, 100);
        let foreign = foreign.clone();
        queue.spawn(async move {
            let count = work.await;
            lock(&foreign).push(count);
        });
    }

    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| queue.run());
        }
    });

    assert_eq!(*lock(&foreign), [0; TASKS]);
    assert_pairs(&recorder.tracer, &recorder.spans(), TASKS);
}

/// As small as an executor gets: tasks that are ready wait in a queue, and any thread takes the next.
#[derive(Default)]
struct Queue {
    state: Mutex<QueueState>,
    changed: Condvar,
}

#[derive(Default)]
struct QueueState {
    ready: VecDeque<Arc<QueuedTask>>,
    unfinished: usize,
}

struct QueuedTask {
    future: Mutex<Pin<Box<dyn Future<Output = ()> + Send>>>,
    queue: Arc<Queue>,
}

impl Queue {
    fn spawn(self: &Arc<Self>, future: impl Future<Output = ()> + Send + 'static) {
        let mut state = lock(&self.state);
        state.unfinished += 1;
        state.ready.push_back(Arc::new(QueuedTask {
            future: Mutex::new(Box::pin(future)),
            queue: self.clone(),
        }));
    }

    /// Polls until every task is done.
    fn run(&self) {
        while let Some(task) = self.next() {
            let waker = Waker::from(task.clone());
            let polled = lock(&task.future)
                .as_mut()
                .poll(&mut TaskContext::from_waker(&waker));
            if polled.is_ready() {
                lock(&self.state).unfinished -= 1;
                self.changed.notify_all();
            }
        }
    }

    fn next(&self) -> Option<Arc<QueuedTask>> {
        let mut state = lock(&self.state);
        while state.ready.is_empty() && state.unfinished > 0 {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.ready.pop_front()
    }
}

impl Wake for QueuedTask {
    fn wake(self: Arc<Self>) {
        let queue = self.queue.clone();
        lock(&queue.state).ready.push_back(self);
        queue.changed.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
