//! A fleet that is started for one purpose, and the traces that it left.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use launcher::Running;
use platform::{Credential, Phone};
use viewer::Viewer;
use viewer::model::Trace;
use viewer::store::Search;

use super::tap::Tap;
use crate::fleet::{Home, Receivers, services, url_of};
use crate::options::Stages;
use crate::walk::Walk;

/// For the last datagrams of services that have ended. Everything else has been confirmed by then.
const PATIENCE: Duration = Duration::from_secs(10);
/// The resource attribute by which the spans of one system are told from those of others at the same receiver.
const LABEL: &str = "fleet";

/// Three services over a store of their own.
#[derive(Debug)]
pub(super) struct System {
    label: String,
    services: Vec<Running>,
    credential: Credential,
    /// The store.
    pub(super) tap: Arc<Tap>,
}

impl System {
    /// Starts the services, each of which keeps `share` of the traces that begin with it.
    ///
    /// # Errors
    ///
    /// If one cannot be started.
    pub(super) fn start(
        receivers: &Receivers,
        stages: Stages,
        purpose: &str,
        share: f64,
    ) -> anyhow::Result<Self> {
        let label = format!("{stages}, {purpose}");
        let credential = Credential::random();
        let tap = Arc::new(Tap::new());
        let services = services(stages, &credential, Home::Here(tap.clone()), |service| {
            let settings = receivers.settings(service, stages)?;
            Ok(settings.keep(share).resource_attribute(LABEL, &label))
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
    pub(super) fn walk(&self, phone: Phone) -> Walk {
        Walk::at(
            |service| url_of(&self.services, service),
            self.credential.clone(),
            phone,
        )
    }

    /// Stops the services and returns all that they left, as it was sent: duplicates are not taken out.
    ///
    /// # Errors
    ///
    /// If a span that was finished is not there in the end.
    pub(super) fn left_at(self, viewer: &Viewer) -> anyhow::Result<Vec<Trace>> {
        let counts: Vec<_> = self.services.into_iter().map(Running::stop).collect();
        let finished: u64 = counts.iter().map(|counts| counts.finished).sum();
        let lost: u64 = counts.iter().map(|counts| counts.missing()).sum();
        ensure!(lost == 0, "{lost} of {finished} spans were lost");
        let search = Search {
            tags: vec![(LABEL.to_owned(), self.label)],
            limit: usize::MAX,
            adjusted: false,
            ..Search::default()
        };
        // A service says that it has handed its spans over. What went by UDP may still be on its way.
        let deadline = Instant::now() + PATIENCE;
        loop {
            let traces = viewer.store().find(&search);
            let spans: usize = traces.iter().map(|trace| trace.spans.len()).sum();
            if u64::try_from(spans)? >= finished {
                return Ok(traces);
            }
            ensure!(
                Instant::now() < deadline,
                "{finished} spans were finished, and {spans} have arrived"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
