//! The end of a service, which everything in it hears about at once.

use tokio_util::sync::CancellationToken;

/// Says that a service should finish what it has and take nothing new. Clones speak of the same service.
#[derive(Clone, Debug, Default)]
pub struct Drain(CancellationToken);

impl Drain {
    /// A service that runs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the service to end. Asking twice is the same as asking once.
    pub fn begin(&self) {
        self.0.cancel();
    }

    /// Whether the service has been asked to end.
    pub fn has_begun(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Completes when the service is asked to end, at once if it already was.
    pub async fn begun(&self) {
        self.0.cancelled().await;
    }

    /// The same signal, for code that waits on a token.
    pub fn token(&self) -> CancellationToken {
        self.0.clone()
    }
}

/// Completes when the process is asked to end, by SIGTERM or by Ctrl-C.
///
/// # Errors
///
/// If the operating system refuses the signal handlers.
pub async fn signalled() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(())
    }
    #[cfg(not(unix))]
    {
        tokio::signal::ctrl_c().await
    }
}
