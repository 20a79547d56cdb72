//! What is kept in the process, whatever `RUST_LOG` says.

use tracing::Metadata;
use tracing::subscriber::Interest;
use tracing_subscriber::layer::{Context, Filter};

/// Crates whose log lines are for standard error alone. Most of them carry the export itself: what they say of sending would
/// be sent in turn. `fred` prints the arguments of commands. And what the pipeline says, it says of the way that records take.
const KEPT: [&str; 13] = [
    "fred",
    "h2",
    "hyper",
    "mio",
    "opentelemetry",
    "pipeline",
    "reqwest",
    "rustls",
    "tokio",
    "tonic",
    "tower",
    "tracing_opentelemetry",
    "want",
];

/// Lets events pass that did not come from one of these.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exported;

/// Whether the target's crate is one of them, or of their family, such as `hyper_util`.
fn is_kept(target: &str) -> bool {
    let name = target.split("::").next().unwrap_or_default();
    KEPT.iter().any(|kept| {
        name.strip_prefix(kept)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    })
}

impl<S> Filter<S> for Exported {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        metadata.is_event() && !is_kept(metadata.target())
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.is_span() {
            Interest::never()
        } else {
            // What comes through the `log` facade has its target in the event.
            Interest::sometimes()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_kept;

    #[test]
    fn a_crate_is_kept_with_its_modules_and_its_family() {
        for kept in [
            "h2",
            "h2::codec::framed_read",
            "hyper_util::client::legacy",
            "opentelemetry_sdk",
            "pipeline::counting",
            "fred::router",
        ] {
            assert!(is_kept(kept), "{kept}");
        }
        for exported in ["auth::app", "h2o", "platform::server", "stage_native"] {
            assert!(!is_kept(exported), "{exported}");
        }
    }
}
