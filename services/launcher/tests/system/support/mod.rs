//! Starts services, receivers and a gateway for tests, and reads what they leave.

mod black_hole;
mod fleet;
mod gateway;
mod logs;
mod metrics;
mod peer;
mod process;
mod processes;
mod receiver;
mod secrets;
mod text;

use std::time::{Duration, Instant};

pub(crate) use black_hole::BlackHole;
pub(crate) use fleet::{Fleet, Setup, Stages};
pub(crate) use gateway::Gateway;
pub(crate) use logs::{Logs, Record};
pub(crate) use metrics::Metrics;
pub(crate) use peer::Peer;
pub(crate) use process::{Ended, Launch, Process, as_json};
pub(crate) use processes::{Common, Processes};
pub(crate) use receiver::{Receiver, Reserved};
pub(crate) use secrets::Secrets;
pub(crate) use text::text_of;

/// How long anything may take that should take milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(5);

/// Waits until something holds.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(POLL).await;
    }
}
