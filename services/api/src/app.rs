//! What the handlers of api share.

use axum::Router;
use platform::client::ClientError;
use platform::{Client, Drain, Phone, Readiness, Region, Timeouts, guard};

use crate::{Attempt, Auth, Config, Error, LogIn, SendCode};

/// The public service, without its flow.
#[derive(Clone, Debug)]
pub struct App {
    /// Auth, ready to be called.
    pub auth: Auth,
    region: Option<Region>,
    drain: Drain,
}

impl App {
    /// Builds the service. Nothing is called yet, so the order in which services start does not matter.
    ///
    /// # Errors
    ///
    /// If auth's address is no HTTP address.
    pub fn new(config: &Config, drain: Drain) -> Result<Self, ClientError> {
        let timeouts = Timeouts {
            connect: config.connect_timeout,
            call: config.call_timeout,
        };
        let client = Client::new("auth", config.auth_url.clone(), timeouts)?
            .with_name("api")
            .with_credential(config.service_credential.clone());
        Phone::warm_up();

        Ok(Self {
            auth: Auth::new(client),
            region: config.default_region,
            drain,
        })
    }

    /// The phone that a code is asked for.
    ///
    /// # Errors
    ///
    /// [`Error::Field`].
    pub fn phone(&self, request: &SendCode) -> Result<Phone, Error> {
        request.phone(self.region)
    }

    /// The login that is attempted.
    ///
    /// # Errors
    ///
    /// [`Error::Field`].
    pub fn attempt(&self, request: &LogIn) -> Result<Attempt, Error> {
        request.attempt(self.region)
    }

    /// Puts the guards around the routes that a stage's tracing should see the answers of.
    pub fn guarded(&self, routes: Router<Self>) -> Router<Self> {
        guard::guarded(routes)
    }

    /// Completes the service: adds the probes, which no stage traces, and hands the handlers their state.
    pub fn public(self, routes: Router<Self>) -> Router {
        let auth = self.auth.clone();
        let readiness = Readiness::new(self.drain.clone()).needs("auth", move || {
            let auth = auth.clone();
            async move { auth.is_ready().await }
        });
        readiness.route(routes).with_state(self)
    }
}
