//! Which trace headers requests and messages came with, by caller.

use std::array;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentracing_shim::propagation::{Seen, Verdict};

/// The callers that are told apart. A header names them, and what it says is not trusted: anybody else is the last one.
const CALLERS: [&str; 4] = ["api", "auth", "sms", "other"];

/// What one request or message had in the way of trace headers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Headers {
    /// `uber-trace-id` and its like alone: the caller is an old service.
    Old,
    /// `traceparent` alone.
    New,
    /// Both, from a service that writes both.
    Both,
    /// Both, and they disagree: an old service wrote one and handed the other on as it came.
    Conflicting,
    /// Neither.
    None,
}

impl Headers {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Old,
        Self::New,
        Self::Both,
        Self::Conflicting,
        Self::None,
    ];

    /// The name, as on the readiness page and in the metric.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
            Self::Both => "both",
            Self::Conflicting => "conflicting",
            Self::None => "none",
        }
    }

    /// Whether a service that writes the old headers alone had a part in it.
    #[must_use]
    pub fn need_old(self) -> bool {
        matches!(self, Self::Old | Self::Conflicting)
    }

    fn of(seen: &Seen) -> Self {
        match seen.verdict {
            Verdict::W3cOnly => Self::New,
            // Where a new service wrote last, it does not matter what it left of the old header.
            Verdict::Same | Verdict::W3cLater => Self::Both,
            Verdict::JaegerLater | Verdict::Undecided | Verdict::Conflict => Self::Conflicting,
            // Old baggage without a trace, or an old header that is refused, is an old service as well.
            _ if seen.is_from_old_service() => Self::Old,
            _ => Self::None,
        }
    }
}

/// A service's count of what it was called with, since its start. Clones count together.
#[derive(Clone, Debug)]
pub struct Census {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    began: Instant,
    callers: [Account; CALLERS.len()],
}

#[derive(Debug)]
struct Account {
    counts: [AtomicU64; Headers::ALL.len()],
    /// When the old headers were needed for the last time: milliseconds after the beginning, and one more, so that zero
    /// stands for never.
    needed_old: AtomicU64,
}

/// What one caller came with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Caller {
    /// The name of a service, or `other`.
    pub name: &'static str,
    /// How often it came with which headers, without those that it never came with.
    pub counts: Vec<(Headers, u64)>,
    /// How long ago it last came with headers that [need the old ones](Headers::need_old).
    pub needed_old: Option<Duration>,
}

impl Census {
    pub(crate) fn new() -> Self {
        let account = |_| Account {
            counts: array::from_fn(|_| AtomicU64::new(0)),
            needed_old: AtomicU64::new(0),
        };
        Self {
            shared: Arc::new(Shared {
                began: Instant::now(),
                callers: array::from_fn(account),
            }),
        }
    }

    /// Counts one request or message.
    pub(crate) fn count(&self, caller: Option<&str>, seen: &Seen) {
        let place = CALLERS.iter().position(|name| Some(*name) == caller);
        let account = &self.shared.callers[place.unwrap_or(CALLERS.len() - 1)];
        let headers = Headers::of(seen);
        account.counts[headers as usize].fetch_add(1, Ordering::Relaxed);
        if headers.need_old() {
            let now = self.shared.began.elapsed().as_millis();
            let now = u64::try_from(now).unwrap_or(u64::MAX - 1) + 1;
            account.needed_old.fetch_max(now, Ordering::Relaxed);
        }
    }

    /// The callers that came so far.
    #[must_use]
    pub fn callers(&self) -> Vec<Caller> {
        let elapsed = self.shared.began.elapsed();
        let accounts = CALLERS.iter().zip(&self.shared.callers);
        let callers = accounts.map(|(name, account)| {
            let counts = Headers::ALL
                .map(|headers| {
                    let count = &account.counts[headers as usize];
                    (headers, count.load(Ordering::Relaxed))
                })
                .into_iter()
                .filter(|(_, count)| *count > 0);
            let needed_old = account.needed_old.load(Ordering::Relaxed).checked_sub(1);
            Caller {
                name,
                counts: counts.collect(),
                needed_old: needed_old
                    .map(|then| elapsed.saturating_sub(Duration::from_millis(then))),
            }
        });
        callers.filter(|caller| !caller.counts.is_empty()).collect()
    }

    /// Makes a metric of it: `migration.trace_headers`, by `caller` and `headers`. What never came is no series.
    pub(crate) fn observe(&self, provider: &impl MeterProvider) {
        let census = self.clone();
        provider
            .meter(env!("CARGO_PKG_NAME"))
            .u64_observable_counter("migration.trace_headers")
            .with_description(
                "Requests and messages by caller and by the trace headers that they came with.",
            )
            .with_unit("{request}")
            .with_callback(move |observer| {
                for caller in census.callers() {
                    for (headers, count) in caller.counts {
                        let attributes = [
                            KeyValue::new("caller", caller.name),
                            KeyValue::new("headers", headers.name()),
                        ];
                        observer.observe(count, &attributes);
                    }
                }
            })
            .build();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use opentelemetry::Context;
    use opentelemetry::propagation::TextMapPropagator as _;

    use super::*;
    use crate::Propagator;

    const W3C: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const SAME: &str = "0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331:0:1";
    const CHILD: &str = "0af7651916cd43dd8448eb211c80319c:53995c3f42cd8ad8:b7ad6b7169203331:1";
    const COUSIN: &str = "0af7651916cd43dd8448eb211c80319c:53995c3f42cd8ad8:0:1";
    const OTHER: &str = "53995c3f42cd8ad8:53995c3f42cd8ad8:0:1";

    fn count(names: &str, carriers: &[&[(&str, &str)]]) -> Vec<Caller> {
        let census = Census::new();
        let propagator = Propagator::new(names, census.clone()).unwrap();
        for carrier in carriers {
            let carrier: HashMap<String, String> = carrier
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            propagator.extract_with_context(&Context::new(), &carrier);
        }
        census.callers()
    }

    #[test]
    fn headers_fall_into_five_kinds_whatever_is_believed() {
        let cases: [(&[(&str, &str)], Headers); 11] = [
            (&[], Headers::None),
            (&[("b3", "0")], Headers::None),
            (&[("traceparent", W3C)], Headers::New),
            (
                &[("traceparent", W3C), ("uber-trace-id", "x")],
                Headers::New,
            ),
            (&[("uber-trace-id", SAME)], Headers::Old),
            (&[("uber-trace-id", "x")], Headers::Old),
            (&[("uberctx-tenant", "t1")], Headers::Old),
            (
                &[("traceparent", W3C), ("uber-trace-id", SAME)],
                Headers::Both,
            ),
            (
                &[("traceparent", W3C), ("uber-trace-id", CHILD)],
                Headers::Conflicting,
            ),
            (
                &[("traceparent", W3C), ("uber-trace-id", COUSIN)],
                Headers::Conflicting,
            ),
            (
                &[("traceparent", W3C), ("uber-trace-id", OTHER)],
                Headers::Conflicting,
            ),
        ];
        for names in ["tracecontext,baggage", "fleet", "jaeger,b3", "none"] {
            for (carrier, headers) in cases {
                let callers = count(names, &[carrier]);

                assert_eq!(callers.len(), 1, "{names} {carrier:?}");
                assert_eq!(callers[0].counts, [(headers, 1)], "{names} {carrier:?}");
                assert_eq!(callers[0].needed_old.is_some(), headers.need_old());
            }
        }
    }

    #[test]
    fn a_new_service_that_wrote_last_needs_no_old_header() {
        let callers = count(
            "fleet",
            &[&[
                ("traceparent", W3C),
                ("tracestate", "otshim=53995c3f42cd8ad8"),
                ("uber-trace-id", CHILD),
            ]],
        );

        assert_eq!(callers[0].counts, [(Headers::Both, 1)]);
        assert_eq!(callers[0].needed_old, None);
    }

    #[test]
    fn whatever_callers_call_themselves_there_are_four() {
        let names: Vec<String> = (0..100).map(|number| format!("caller-{number}")).collect();
        let mut carriers: Vec<Vec<(&str, &str)>> = names
            .iter()
            .map(|name| vec![("user-agent", name.as_str())])
            .collect();
        carriers.push(vec![("user-agent", "api")]);
        carriers.push(vec![("producer", "auth")]);
        let carriers: Vec<&[(&str, &str)]> = carriers.iter().map(Vec::as_slice).collect();

        let callers = count("fleet", &carriers);

        let found: Vec<_> = callers
            .iter()
            .map(|caller| (caller.name, caller.counts[0].1))
            .collect();
        assert_eq!(found, [("api", 1), ("auth", 1), ("other", 100)]);
    }
}
