//! A fleet that is started for one purpose, and the traces that it left.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use launcher::{Running, Settings};
use platform::{Credential, Phone};
use viewer::Viewer;
use viewer::model::Trace;
use viewer::store::{Search, Store};

use super::tap::Tap;
use crate::expect::Step;
use crate::fleet::{Home, Receivers, services, url_of};
use crate::options::Stages;
use crate::walk::{Made, Walk};

/// For the last datagrams of services that have ended. Everything else has been confirmed by then.
const PATIENCE: Duration = Duration::from_secs(10);
/// The resource attribute by which the spans of one system are told from those of others at the same receiver.
const LABEL: &str = "fleet";

/// Three services over a store of their own.
#[derive(Debug)]
pub(crate) struct System {
    label: String,
    services: Vec<Running>,
    credential: Credential,
    /// The store.
    pub(crate) tap: Arc<Tap>,
}

/// What is there when the services have ended.
#[derive(Debug)]
pub(crate) struct Left {
    /// All traces.
    pub(crate) traces: Vec<Trace>,
    /// That spans were lost, in a sentence.
    pub(crate) missing: Option<String>,
}

impl System {
    /// Starts the services over memory, each of which keeps `share` of the traces that begin with it.
    ///
    /// # Errors
    ///
    /// If one cannot be started.
    pub(crate) fn start(
        receivers: &Receivers,
        stages: Stages,
        purpose: &str,
        share: f64,
    ) -> anyhow::Result<Self> {
        Self::start_with(Tap::new(), receivers, stages, purpose, |settings| {
            settings.keep(share)
        })
    }

    /// Starts the services over this store, with their settings adjusted.
    ///
    /// # Errors
    ///
    /// If one cannot be started.
    pub(crate) fn start_with(
        tap: Tap,
        receivers: &Receivers,
        stages: Stages,
        purpose: &str,
        adjust: impl Fn(Settings) -> Settings,
    ) -> anyhow::Result<Self> {
        let label = format!("{stages}, {purpose}");
        let credential = Credential::random();
        let tap = Arc::new(tap);
        let services = services(stages, &credential, Home::Here(tap.clone()), |service| {
            let settings = receivers.settings(service, stages)?;
            Ok(adjust(settings).resource_attribute(LABEL, &label))
        })?;
        Ok(Self {
            label,
            services,
            credential,
            tap,
        })
    }

    /// A person with this phone, in front of it.
    #[must_use]
    pub(crate) fn walk(&self, phone: Phone) -> Walk {
        Walk::at(
            |service| url_of(&self.services, service),
            self.credential.clone(),
            phone,
        )
    }

    /// Makes these requests. The store is away during the one that is to fail for want of it.
    ///
    /// # Errors
    ///
    /// If the services do not get ready, or one answers other than it should.
    pub(crate) async fn serve(&self, walk: &mut Walk, steps: &[Step]) -> anyhow::Result<Vec<Made>> {
        walk.ready().await?;
        let mut all = Vec::new();
        for step in steps {
            self.tap.set_away(*step == Step::ReadInVain);
            let made = walk.make(*step).await;
            all.push(made.map_err(|error| error.context(step.title()))?);
        }
        Ok(all)
    }

    /// Blocks until this many spans have arrived of those that were finished so far.
    ///
    /// # Errors
    ///
    /// If they have not in time.
    pub(crate) fn wait_for(&self, spans: usize, store: &Store) -> anyhow::Result<()> {
        // What is sent rarely may have to wait for its turn.
        let deadline = Instant::now() + 2 * PATIENCE;
        let search = of(&self.label);
        loop {
            let traces = store.find(&search);
            let arrived: usize = traces.iter().map(|trace| trace.spans.len()).sum();
            if arrived >= spans {
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "{arrived} of {spans} spans have arrived"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Stops the services and returns all that they left, as it was sent: duplicates are not taken out.
    ///
    /// # Errors
    ///
    /// If a span that was finished is not there in the end.
    pub(crate) fn left_at(self, viewer: &Viewer) -> anyhow::Result<Vec<Trace>> {
        let left = self.end(viewer.store());
        if let Some(reason) = left.missing {
            bail!(reason);
        }
        Ok(left.traces)
    }

    /// As [`left_at`](Self::left_at), for somebody who wants to see what is left of less than all.
    pub(crate) fn end(self, store: &Store) -> Left {
        let counts: Vec<_> = self.services.into_iter().map(Running::stop).collect();
        let finished: u64 = counts.iter().map(|counts| counts.finished).sum();
        let lost: u64 = counts.iter().map(|counts| counts.missing()).sum();
        let search = of(&self.label);
        // A service says that it has handed its spans over. What went by UDP may still be on its way.
        let deadline = Instant::now() + PATIENCE;
        loop {
            let traces = store.find(&search);
            let spans: usize = traces.iter().map(|trace| trace.spans.len()).sum();
            let arrived = u64::try_from(spans).unwrap_or(u64::MAX);
            let missing = if lost > 0 {
                Some(format!("{lost} of {finished} spans were lost"))
            } else if arrived < finished {
                Some(format!(
                    "{finished} spans were finished, and {spans} have arrived"
                ))
            } else {
                None
            };
            let all_there = arrived.saturating_add(lost) >= finished;
            if all_there || Instant::now() >= deadline {
                return Left { traces, missing };
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// What a system with this label left.
fn of(label: &str) -> Search {
    Search {
        tags: vec![(LABEL.to_owned(), label.to_owned())],
        limit: usize::MAX,
        adjusted: false,
        ..Search::default()
    }
}
