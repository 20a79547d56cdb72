//! The socket and the store that auth finds, whichever auth it is.

use anyhow::Context as _;
use launcher::{Running, Service, Settings, Socket, Stage};

use super::Plan;
use crate::fleet::{Fleet, Receivers, Wiring};
use crate::options::Stages;

/// What outlives any auth: where it listens, what it stores in, its keys.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) socket: Socket,
    wiring: Wiring,
    receivers: Receivers,
    stages: Stages,
    propagators: &'static str,
}

impl Door {
    /// Listens for auth and starts the services, which are returned callers first.
    ///
    /// # Errors
    ///
    /// If one cannot be started.
    pub(super) fn open(
        plan: &Plan,
        receivers: Receivers,
        wiring: Wiring,
    ) -> anyhow::Result<(Self, Vec<Running>)> {
        let door = Self {
            socket: Socket::listen(wiring.auth.listen).context("auth has no socket")?,
            wiring,
            receivers,
            stages: plan.stages,
            propagators: plan.propagators,
        };
        let stages = plan.stages;
        let auth = door.auth(stages.auth)?;
        let sms = launcher::sms(
            stages.sms,
            &door.wiring.sms,
            door.wiring.store.clone(),
            &door.settings(Service::Sms, stages)?,
        )?;
        let api = launcher::api(
            stages.api,
            &door.wiring.api(&auth.url())?,
            &door.settings(Service::Api, stages)?,
        )?;
        Ok((door, vec![api, auth, sms]))
    }

    /// Puts an auth in this stage in the place of the one that serves, and stops that one when the other is there: until
    /// then both take connections from one queue, and nobody waits. Returns how many of its spans were lost.
    ///
    /// # Errors
    ///
    /// If the next one cannot be started; then the one before goes on.
    pub(super) fn relieve(&self, fleet: &mut Fleet, to: Stage) -> anyhow::Result<u64> {
        let before = fleet.replace(self.auth(to)?);
        let before = before.context("the fleet has no auth that could be relieved")?;
        Ok(before.stop().missing())
    }

    fn auth(&self, stage: Stage) -> anyhow::Result<Running> {
        let stages = Stages {
            auth: stage,
            ..self.stages
        };
        let settings = self.settings(Service::Auth, stages)?;
        let Wiring { auth, store, .. } = &self.wiring;
        launcher::auth_on(&self.socket, stage, auth, store.clone(), &settings)
    }

    fn settings(&self, service: Service, stages: Stages) -> anyhow::Result<Settings> {
        let settings = self.receivers.settings(service, stages)?;
        settings.propagators(self.propagators)
    }
}
