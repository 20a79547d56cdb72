//! Calls on a store that stay open until they are sent.

use std::fmt;

use futures::future::BoxFuture;

/// A call on a store that has been prepared and not sent: the counterpart of [`Call`](crate::Call), with what a client
/// span wants to know about it.
pub struct Query<'a, T, E> {
    system: &'static str,
    operation: &'static str,
    server: Option<(&'a str, u16)>,
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
            server: None,
            sent: Box::pin(sent),
        }
    }

    /// Says which server it goes to, where there is one.
    #[must_use]
    pub fn at(mut self, server: Option<(&'a str, u16)>) -> Self {
        self.server = server;
        self
    }

    /// What stands behind the store, as `db.system` names it: `redis` or `memory`.
    pub fn system(&self) -> &'static str {
        self.system
    }

    /// The operation in the words of the store, such as `count_attempt`.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The host of the store's server. A store in memory has none.
    pub fn server_address(&self) -> Option<&'a str> {
        self.server.map(|(address, _)| address)
    }

    /// The port of the store's server.
    pub fn server_port(&self) -> Option<u16> {
        self.server.map(|(_, port)| port)
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
