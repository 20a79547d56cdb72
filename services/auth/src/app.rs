//! What the handlers of auth share.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use platform::problem::whole_seconds;
use platform::sealed::Letter;
use platform::{Credential, Drain, Phone, Readiness, credential, guard};
use store::{Challenges, Limits, Sessions};

use crate::challenge::{Attempt, Draft, Named, Proof};
use crate::config::{Keys, MissingKey};
use crate::session::{self, NewSession};
use crate::{
    CodeIssued, Config, Counted, Error, IssueCode, Issued, LogIn, Message, SessionFound,
    SessionRecord, SessionRevoked, Store,
};

/// How long the store may take to answer a readiness probe.
const PING: Duration = Duration::from_millis(300);

/// How long before a code expires its message stops being worth sending.
const SENDING: Duration = Duration::from_secs(10);

/// Auth, without its flow.
#[derive(Clone, Debug)]
pub struct App {
    /// The store, ready to be called.
    pub store: Store,
    challenges: Arc<dyn Challenges>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    keys: Keys,
    limits: Limits,
    session_lifetime: Duration,
    credential: Credential,
    drain: Drain,
    demo: bool,
}

// === impl App ===

impl App {
    /// Builds the service over a store. The store may be away; then requests are answered with 503 until it is back.
    ///
    /// # Errors
    ///
    /// If a key is missing.
    pub fn new(
        config: &Config,
        challenges: Arc<dyn Challenges>,
        sessions: Arc<dyn Sessions>,
        drain: Drain,
    ) -> Result<Self, MissingKey> {
        let shared = Shared {
            keys: config.keys()?,
            limits: config.limits(),
            session_lifetime: config.session_lifetime,
            credential: config.service_credential.clone(),
            drain,
            demo: config.demo,
        };
        Phone::warm_up();

        Ok(Self {
            store: Store::new(Arc::clone(&challenges), sessions, config.session_idle),
            challenges,
            shared: Arc::new(shared),
        })
    }

    /// Puts the guards around the routes that a stage's tracing should see the answers of.
    pub fn guarded(&self, routes: Router<Self>) -> Router<Self> {
        guard::guarded(routes)
    }

    /// Completes the service: refuses callers without the credential before a stage sees them, adds the probes, which no
    /// stage traces, and hands the handlers their state.
    pub fn internal(self, routes: Router<Self>) -> Router {
        let store = self.store.clone();
        let readiness = Readiness::new(self.shared.drain.clone())
            .demo(self.shared.demo)
            .needs("store", move || {
                let store = store.clone();
                async move { store.is_there(PING).await }
            });
        let routes = credential::required(routes, self.shared.credential.clone());
        readiness.route(routes).with_state(self)
    }
}

/// Codes.
impl App {
    /// Thinks up a challenge for a phone. Nothing is stored yet.
    ///
    /// # Errors
    ///
    /// [`Error::Field`].
    pub fn draft(&self, request: &IssueCode) -> Result<Draft, Error> {
        let keys = &self.shared.keys;
        let phone = request.phone()?;
        let key = keys.phones.hash(&phone);
        Ok(Draft::new(phone, key, &keys.codes, &*self.challenges))
    }

    /// The message that brings the code to sms, sealed. Its one header so far says who sends it.
    pub fn message(&self, draft: &Draft) -> Message {
        let id = draft.id().to_string();
        let letter = Letter {
            phone: draft.phone.clone(),
            code: draft.code.clone(),
        };
        let sealed = self.shared.keys.messages.seal(&id, &letter);

        let lifetime = self.shared.limits.lifetime;
        // A text message with a dead code is worse than none.
        let worth_sending = lifetime - SENDING.min(lifetime / 10);
        Message::new(id, sealed, SystemTime::now() + worth_sending)
            .headers([("producer".to_owned(), "auth".to_owned())])
    }

    /// The answer to a challenge that was or was not stored. A suppressed one is answered like any other.
    ///
    /// # Errors
    ///
    /// [`Error::TooSoon`].
    pub fn answer(&self, draft: &Draft, issued: &Issued) -> Result<CodeIssued, Error> {
        let phone = draft.challenge.phone;
        match *issued {
            Issued::Queued { .. } => log::info!("A code was issued for {phone:?}."),
            Issued::Suppressed => {
                log::warn!("No code was issued for {phone:?}: its attempts are used up.");
            }
            Issued::Cooldown { retry_after } => {
                log::info!("No code was issued for {phone:?}: the last one is too recent.");
                return Err(Error::TooSoon { retry_after });
            }
        }

        let limits = &self.shared.limits;
        Ok(CodeIssued {
            challenge_id: draft.id().to_string(),
            expires_in: limits.lifetime.as_secs(),
            resend_after: whole_seconds(limits.cooldown),
        })
    }

    /// The attempt that a login is.
    ///
    /// # Errors
    ///
    /// [`Error::Field`].
    pub fn attempt(&self, request: &LogIn) -> Result<Attempt, Error> {
        let phone = request.phone()?;
        Ok(Attempt {
            challenge: Named::new(request.challenge_id.clone()),
            key: self.shared.keys.phones.hash(&phone),
            code: request.code()?,
            phone,
        })
    }

    /// Compares the code, in constant time, after the attempt was counted.
    ///
    /// # Errors
    ///
    /// [`Error::CodeRejected`], whatever the reason.
    pub fn verify(&self, attempt: &Attempt, counted: Counted) -> Result<Proof, Error> {
        let stored = match counted {
            Counted::Live { mac } => Some(mac),
            Counted::Dead => None,
        };
        let text = &attempt.challenge.text;
        let right =
            self.shared
                .keys
                .codes
                .verify(text, &attempt.phone, &attempt.code, stored.as_ref());

        match stored.filter(|_| right) {
            Some(mac) => Ok(Proof { mac }),
            None => {
                log::info!("A login of {:?} was refused.", attempt.key);
                Err(Error::CodeRejected)
            }
        }
    }
}

/// Sessions.
impl App {
    /// Draws the token of a new session for whoever used up the challenge.
    ///
    /// # Errors
    ///
    /// [`Error::CodeRejected`] for whoever did not: someone else has just used the code.
    pub fn begin_session(&self, attempt: &Attempt, won: bool) -> Result<NewSession, Error> {
        if won {
            log::info!("{:?} logged in.", attempt.key);
            Ok(NewSession::new(
                &attempt.phone,
                self.shared.session_lifetime,
            ))
        } else {
            log::info!(
                "A login of {:?} was refused: the code was used at the same time.",
                attempt.key
            );
            Err(Error::CodeRejected)
        }
    }

    /// The answer about a session that was looked up.
    ///
    /// # Errors
    ///
    /// [`Error::SessionRejected`].
    pub fn found(&self, found: Option<SessionRecord>) -> Result<SessionFound, Error> {
        found.and_then(session::found).ok_or(Error::SessionRejected)
    }

    /// The answer about a session that should have ended.
    ///
    /// # Errors
    ///
    /// [`Error::SessionRejected`] if there was none.
    pub fn revoked(&self, was_there: bool) -> Result<SessionRevoked, Error> {
        if was_there {
            log::info!("A session was ended by its owner.");
            Ok(SessionRevoked)
        } else {
            Err(Error::SessionRejected)
        }
    }
}
