//! Calls on a store that stay open until they are sent.

use std::fmt;

use futures::future::BoxFuture;

/// A call on a store that has been prepared and not sent: the counterpart of [`Call`](crate::Call), with what a client
/// span wants to know about it.
pub struct Query<'a, T, E> {
    system: &'static str,
    operation: &'static str,
    sent: BoxFuture<'a, Result<T, E>>,
}

impl<'a, T, E> Query<'a, T, E> {
    /// Prepares an operation on a store of this system. The future does nothing before it is polled.
    pub fn new(
        system: &'static str,
        operation: &'static str,
        sent: impl Future<Output = Result<T, E>> + Send + 'a,
    ) -> Self {
        Self {
            system,
            operation,
            sent: Box::pin(sent),
        }
    }

    /// What stands behind the store, as `db.system` names it: `redis` or `memory`.
    pub fn system(&self) -> &'static str {
        self.system
    }

    /// The operation in the words of the store, such as `count_attempt`.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Sends the call.
    ///
    /// # Errors
    ///
    /// Those of the operation.
    pub async fn send(self) -> Result<T, E> {
        self.sent.await
    }
}

impl<T, E> fmt::Debug for Query<'_, T, E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Query")
            .field("system", &self.system)
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}
