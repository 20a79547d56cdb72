//! The calls on the store, open until they are sent.

use std::sync::Arc;
use std::time::Duration;

use platform::{Bearer, Query};
use store::{Challenges, Issued, Message, SessionRecord, Sessions, StoreError};

use crate::challenge::{Attempt, Draft, Proof};
use crate::session::{self, NewSession};

/// Challenges and sessions, ready to be called.
#[derive(Clone, Debug)]
pub struct Store {
    challenges: Arc<dyn Challenges>,
    sessions: Arc<dyn Sessions>,
    idle: Duration,
}

impl Store {
    pub(crate) fn new(
        challenges: Arc<dyn Challenges>,
        sessions: Arc<dyn Sessions>,
        idle: Duration,
    ) -> Self {
        Self {
            challenges,
            sessions,
            idle,
        }
    }

    /// Stores the challenge and queues the message: both or neither.
    pub fn issue(&self, draft: &Draft, message: Message) -> Query<'_, Issued, StoreError> {
        let issue = self.challenges.issue(draft.challenge.clone(), message);
        Query::new(self.challenges.system(), "issue", issue).at(self.challenges.peer())
    }

    /// Counts an attempt, before anything is compared.
    pub fn count_attempt<'a>(
        &'a self,
        attempt: &'a Attempt,
    ) -> Query<'a, store::Attempt, StoreError> {
        let count = self
            .challenges
            .count_attempt(&attempt.challenge.id, &attempt.key);
        Query::new(self.challenges.system(), "count_attempt", count).at(self.challenges.peer())
    }

    /// Uses up the challenge. Of any number of callers with the right code, one is told `true`.
    pub fn claim<'a>(
        &'a self,
        attempt: &'a Attempt,
        proof: &'a Proof,
    ) -> Query<'a, bool, StoreError> {
        let claim = self
            .challenges
            .claim(&attempt.challenge.id, &attempt.key, &proof.mac);
        Query::new(self.challenges.system(), "claim", claim).at(self.challenges.peer())
    }

    /// Stores a session.
    pub fn create_session<'a>(&'a self, session: &'a NewSession) -> Query<'a, (), StoreError> {
        let create = async {
            let key = session::key(&session.token);
            self.sessions.create(&key, &session.record, self.idle).await
        };
        Query::new(self.sessions.system(), "create_session", create).at(self.sessions.peer())
    }

    /// Looks up a session and lets it live on.
    pub fn find_session<'a>(
        &'a self,
        token: &'a Bearer,
    ) -> Query<'a, Option<SessionRecord>, StoreError> {
        let find = async { self.sessions.find(&session::key(token), self.idle).await };
        Query::new(self.sessions.system(), "find_session", find).at(self.sessions.peer())
    }

    /// Ends a session and says whether there was one.
    pub fn revoke_session<'a>(&'a self, token: &'a Bearer) -> Query<'a, bool, StoreError> {
        let revoke = async { self.sessions.revoke(&session::key(token)).await };
        Query::new(self.sessions.system(), "revoke_session", revoke).at(self.sessions.peer())
    }

    pub(crate) async fn is_there(&self, within: Duration) -> bool {
        self.challenges.ping(within).await.is_ok() && self.sessions.ping(within).await.is_ok()
    }
}
