//! Holds back what must not or need not be on stderr, whatever `RUST_LOG` says.
//!
//! The Redis client prints the arguments of commands below `info`: phone hashes, sealed messages, session hashes. And a
//! collector that is away costs the SDK one error and some retry warnings for each batch, for as long as it is away; the
//! first line says all there is to say.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tracing::subscriber::Interest;
use tracing::{Level, Metadata};
use tracing_subscriber::layer::{Context, Filter};

const INTERVAL: Duration = Duration::from_secs(5);

/// Lets one event of the `opentelemetry*` targets pass in each interval, no failed export among them, none of `fred` below
/// `info`, and all others. Spans are no lines.
#[derive(Debug)]
pub(crate) struct Quiet {
    started: Instant,
    /// Milliseconds after `started` from which the next line may pass.
    next: AtomicU64,
}

impl Quiet {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            next: AtomicU64::new(0),
        }
    }

    fn may_pass(&self) -> bool {
        self.passes_at(self.started.elapsed())
    }

    fn passes_at(&self, elapsed: Duration) -> bool {
        let now = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let next = self.next.load(Ordering::Relaxed);
        let following = now.saturating_add(u64::try_from(INTERVAL.as_millis()).unwrap_or(u64::MAX));
        now >= next
            && self
                .next
                .compare_exchange(next, following, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

/// What the pipeline says itself, when it begins and when it ends, and with numbers.
const SAID_ELSEWHERE: &str = "BatchSpanProcessor.ExportError";

fn is_of_the_sdk(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("opentelemetry")
}

impl<S> Filter<S> for Quiet {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        metadata.is_event()
            && !(metadata.target().starts_with("fred") && *metadata.level() > Level::INFO)
    }

    /// A line has the ids of a span, and none of its fields: nobody is to write those down for it.
    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.is_span() {
            Interest::never()
        } else {
            // What comes through the `log` facade has its target in the event.
            Interest::sometimes()
        }
    }

    fn event_enabled(&self, event: &tracing::Event<'_>, _: &Context<'_, S>) -> bool {
        let metadata = event.metadata();
        !is_of_the_sdk(metadata) || (metadata.name() != SAID_ELSEWHERE && self.may_pass())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_passes_in_each_interval() {
        let quiet = Quiet::new();

        let passed: Vec<bool> = [0, 1, 4_999, 5_000, 5_001]
            .map(|ms| quiet.passes_at(Duration::from_millis(ms)))
            .to_vec();

        assert_eq!(passed, [true, false, false, true, false]);
    }
}
