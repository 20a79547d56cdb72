//! The calls on the queue, open until they are sent.

use std::sync::Arc;
use std::time::Duration;

use platform::Query;
use store::{Begun, Delivery, Queue, StoreError};

/// The queue, ready to be called.
#[derive(Clone, Debug)]
pub struct QueueCalls(Arc<dyn Queue>);

impl QueueCalls {
    pub(crate) fn new(queue: Arc<dyn Queue>) -> Self {
        Self(queue)
    }

    /// Asks for leave to send a message.
    pub fn begin<'a>(&'a self, delivery: &'a Delivery) -> Query<'a, Begun, StoreError> {
        Query::new(self.0.system(), "begin", self.0.begin(delivery)).at(self.0.peer())
    }

    /// Notes that the message was sent, and removes it from the queue, in one step.
    pub fn settle<'a>(&'a self, delivery: &'a Delivery) -> Query<'a, (), StoreError> {
        Query::new(self.0.system(), "settle", self.0.settle(delivery)).at(self.0.peer())
    }

    pub(crate) async fn is_there(&self, within: Duration) -> bool {
        self.0.ping(within).await.is_ok()
    }
}
