//! Three launcher processes over a Redis.

use std::net::SocketAddr;

use contract::{Numbers, Target};
use launcher::Service;
use platform::Credential;

use super::process::{Launch, Process};
use super::{Ended, Stages};

/// What the services share, made anew for each test.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) stages: Stages,
    /// Where spans go.
    pub(crate) otlp: String,
    /// Where codes, sessions and messages are.
    pub(crate) redis: String,
    /// Variables for all three.
    pub(crate) variables: Vec<(&'static str, String)>,
    /// 64 hexadecimal digits.
    pub(crate) key: String,
    /// What the services know each other by.
    pub(crate) credential: String,
}

/// Three services that listen. Dropping them kills them.
#[derive(Debug)]
pub(crate) struct Processes {
    pub(crate) api: Process,
    pub(crate) auth: Process,
    pub(crate) sms: Process,
    target: Target,
}

impl Common {
    /// Services in these stages.
    pub(crate) fn new(stages: Stages, otlp: &str, redis: &str) -> Self {
        let credential = Credential::random().to_header();
        let credential = credential.to_str().expect("the credential is ASCII");
        Self {
            stages,
            otlp: otlp.to_owned(),
            redis: redis.to_owned(),
            variables: Vec::new(),
            key: KEY.repeat(2),
            credential: credential.to_owned(),
        }
    }

    /// Sets a variable for all three.
    pub(crate) fn env(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// Says where legacy services find their agent.
    pub(crate) fn agent(self, address: SocketAddr) -> Self {
        self.env("JAEGER_AGENT_HOST", &address.ip().to_string())
            .env("JAEGER_AGENT_PORT", &address.port().to_string())
    }

    /// Gives a launch what it needs.
    pub(crate) fn equip(&self, launch: Launch) -> Launch {
        let launch = launch
            .env("SERVICE_CREDENTIAL", &self.credential)
            .env("AUTH_MAC_KEYS", &self.key)
            .env("MESSAGE_KEY", &self.key)
            .env("REDIS_URL", &self.redis)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", &self.otlp)
            .env("DEMO", "true");
        self.variables
            .iter()
            .fold(launch, |launch, (name, value)| launch.env(name, value))
    }

    /// Prepares one service.
    pub(crate) fn launch(&self, service: Service) -> Launch {
        let place = Service::ALL.iter().position(|one| *one == service);
        let stage = self.stages[place.expect("all services have a place")];
        self.equip(Launch::new(service, stage))
    }

    /// Starts all three, and waits until each says that it is ready.
    pub(crate) async fn start(&self) -> Processes {
        let auth = self.launch(Service::Auth).start();
        let sms = self.launch(Service::Sms).start();
        let api = self.launch(Service::Api);
        let api = api.env("API_AUTH_URL", auth.url()).start();
        let target = self.target(&api, &auth, &sms);
        let processes = Processes {
            api,
            auth,
            sms,
            target,
        };
        processes.are_ready().await;
        processes
    }

    /// One service as a target.
    pub(crate) fn target_of(&self, one: &Process) -> Target {
        self.target(one, one, one)
    }

    fn target(&self, api: &Process, auth: &Process, sms: &Process) -> Target {
        let credential = self.credential.parse().expect("it was one a moment ago");
        let target = Target::new(
            api.url(),
            auth.url(),
            sms.url(),
            credential,
            Numbers::default(),
        );
        let disabled = self
            .variables
            .iter()
            .any(|(name, _)| *name == "OTEL_SDK_DISABLED");
        target.traced(self.stages[0].traces() && !disabled)
    }
}

impl Processes {
    /// Where the services are.
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Waits until each service says that all it needs is there.
    pub(crate) async fn are_ready(&self) {
        let target = &self.target;
        for service in [&target.auth, &target.sms, &target.api] {
            super::eventually(&format!("{service} is ready"), async || {
                let request = target.to(service, http::Method::GET, "/readyz");
                target.answer(request).await.status == 200
            })
            .await;
        }
    }

    /// What all of them have written.
    pub(crate) fn lines(&self) -> Vec<String> {
        [&self.api, &self.auth, &self.sms]
            .map(Process::lines)
            .concat()
    }

    /// Ends all three, callers first.
    pub(crate) fn terminate(self) -> [Ended; 3] {
        [self.api, self.auth, self.sms].map(Process::terminate)
    }
}

const KEY: &str = "6b65792d6b65792d6b65792d6b65792d";
