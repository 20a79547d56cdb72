//! What has to be so that a mistake shows each time, and not once in a while.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use launcher::{Mistake, Settings, Stage};
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

use crate::options::Stages;

/// How long a span waits for company by default.
const DEFAULT_DELAY: Duration = Duration::from_secs(5);

/// Under what a fleet runs whose services, or whose counterpart's, make mistakes. Where nothing is done wrong, nothing is wrong
/// under any of it.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Conditions {
    zeros_in_front: bool,
    /// Whether services keep every second trace, and none of the others.
    pub(crate) half_kept: bool,
    /// Whether all that was done before the last request is sent by the time of that request, and the services end before they
    /// would send again.
    pub(crate) sent_rarely: bool,
}

impl Conditions {
    /// Those under which a mistake shows.
    #[must_use]
    pub(crate) fn of(mistake: Mistake) -> Self {
        let mut conditions = Self::default();
        match mistake {
            Mistake::UnpaddedIds => conditions.zeros_in_front = true,
            Mistake::SampledFlagIgnored => conditions.half_kept = true,
            Mistake::ExitWithoutFlush => conditions.sent_rarely = true,
            _ => {}
        }
        conditions
    }

    /// Those under which all mistakes of these fleets show.
    #[must_use]
    pub(crate) fn of_fleets(fleets: &[Stages]) -> Self {
        let stages = fleets.iter().flat_map(|stages| stages.all());
        stages.fold(Self::default(), |all, stage| match stage {
            Stage::Mistake(mistake) => all.and(Self::of(mistake)),
            _ => all,
        })
    }

    fn and(self, other: Self) -> Self {
        Self {
            zeros_in_front: self.zeros_in_front || other.zeros_in_front,
            half_kept: self.half_kept || other.half_kept,
            sent_rarely: self.sent_rarely || other.sent_rarely,
        }
    }

    /// Whether there are any.
    #[must_use]
    pub(crate) fn is_usual(self) -> bool {
        self == Self::default()
    }

    /// The settings of a service that runs under them.
    #[must_use]
    pub(crate) fn settings(self, settings: Settings) -> Settings {
        let mut settings = settings.keep(if self.half_kept { 0.5 } else { 1.0 });
        if self.sent_rarely {
            settings = settings.schedule_delay(DEFAULT_DELAY);
        }
        if self.zeros_in_front || self.half_kept {
            settings = settings.ids(Rehearsed::under(self));
        }
        settings
    }
}

/// As a list of sentences' parts.
impl fmt::Display for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = [
            (
                self.zeros_in_front,
                "the id of every span begins with a zero, as by chance that of one in sixteen does",
            ),
            (self.half_kept, "services keep every second trace"),
            (
                self.sent_rarely,
                "spans are sent every five seconds, as by default, and the services end just before they would send again",
            ),
        ];
        let told = told.into_iter().filter(|(holds, _)| *holds);
        let told: Vec<_> = told.map(|(_, text)| text).collect();
        f.write_str(&told.join("; "))
    }
}

/// Random ids, but for what has to be the same in each run.
#[derive(Debug)]
struct Rehearsed {
    conditions: Conditions,
    random: RandomIdGenerator,
    /// Whether the next trace is one that a sampler at one half drops.
    next_is_dropped: AtomicBool,
}

impl Rehearsed {
    fn under(conditions: Conditions) -> Self {
        Self {
            conditions,
            random: RandomIdGenerator::default(),
            next_is_dropped: AtomicBool::new(false),
        }
    }
}

impl IdGenerator for Rehearsed {
    fn new_trace_id(&self) -> TraceId {
        let mut bytes = self.random.new_trace_id().to_bytes();
        if self.conditions.half_kept {
            // What a sampler by ratio compares with its bound are the lower eight bytes; at one half, their first bit decides.
            let is_dropped = self.next_is_dropped.fetch_xor(true, Ordering::Relaxed);
            bytes[8] = (bytes[8] & 0x7f) | if is_dropped { 0x80 } else { 0 };
        }
        TraceId::from_bytes(bytes)
    }

    fn new_span_id(&self) -> SpanId {
        let mut bytes = self.random.new_span_id().to_bytes();
        if self.conditions.zeros_in_front {
            // One zero and no more; an id of zeros alone is none.
            bytes[0] = (bytes[0] & 0x0f) | 0x01;
        }
        SpanId::from_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(mistake: Mistake) -> Rehearsed {
        Rehearsed::under(Conditions::of(mistake))
    }

    #[test]
    fn span_ids_begin_with_one_zero_and_differ() {
        let ids = ids(Mistake::UnpaddedIds);

        let (one, other) = (ids.new_span_id(), ids.new_span_id());

        assert_ne!(one, other);
        for id in [one, other] {
            assert_eq!(format!("{id:x}").len(), 15, "{id}");
        }
    }

    #[test]
    fn traces_are_kept_and_dropped_by_turns() {
        let ids = ids(Mistake::SampledFlagIgnored);
        let is_kept = |id: TraceId| id.to_bytes()[8] < 0x80;

        let kept = [(); 4].map(|()| is_kept(ids.new_trace_id()));

        assert_eq!(kept, [true, false, true, false]);
    }

    #[test]
    fn both_fleets_of_a_comparison_run_under_what_either_needs() {
        let fleet = |text: &str| text.parse().expect("stages");
        let of = |left, right| Conditions::of_fleets(&[fleet(left), fleet(right)]);

        let one = of("shim", "auth=mistake:sampled-flag-ignored");
        let both = of(
            "auth=mistake:exit-without-flush",
            "auth=mistake:sampled-flag-ignored",
        );

        assert!(one.half_kept && !one.sent_rarely);
        assert!(both.half_kept && both.sent_rarely);
        assert!(of("shim", "auth=mistake:baggage-dropped").is_usual());
        assert_eq!(one.to_string(), "services keep every second trace");
    }
}
