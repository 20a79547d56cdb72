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

/// SIGTERM and Ctrl-C, from the moment when this is made: until then, either ends the process at once.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    /// Begins to listen. Needs a runtime around it, though not the one that will wait for the signals.
    ///
    /// # Errors
    ///
    /// If the operating system refuses the signal handlers.
    pub fn listen() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};

            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Completes when the process is asked to end, at once if it already was.
    ///
    /// # Errors
    ///
    /// If the operating system refuses the signal handlers.
    pub async fn received(&mut self) -> std::io::Result<()> {
        #[cfg(unix)]
        {
            tokio::select! {
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
            }
            Ok(())
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await
    }
}

/// Completes when the process is asked to end, by SIGTERM or by Ctrl-C, after this was first polled.
///
/// # Errors
///
/// If the operating system refuses the signal handlers.
pub async fn signalled() -> std::io::Result<()> {
    Signals::listen()?.received().await
}
