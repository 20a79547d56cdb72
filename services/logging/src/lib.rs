//! JSON lines on stderr, with trace ids where a span is ambient.
//!
//! Business code logs through the [`log`](https://docs.rs/log) facade and knows nothing of this crate. A stage builds one
//! [`Dispatch`] for its service, every thread of that service's runtime takes it as its default with [`adopt`], and the line
//! that a thread writes is then marked with the service and, when the stage says how to find them, the ids of the span
//! that is active on that thread. Nothing here is global but [`install_log_bridge`], which a binary calls once.
//!
//! A stage that exports log records has a layer of its own for it, beside that of the lines; [`exported`] says which events
//! that one gets.
//!
//! Reading order: [`layer`] (what is written), `line` (how), `quiet` (what is held back); then `exported`.

mod exported;
mod line;
mod quiet;

use std::fmt;
use std::sync::OnceLock;

use tracing::Subscriber;
use tracing::dispatcher::Dispatch;
use tracing_subscriber::Registry;
use tracing_subscriber::filter::{EnvFilter, ParseError};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::exported::Exported;
use crate::line::JsonLine;
use crate::quiet::Quiet;

/// What leaves the process where `RUST_LOG` says nothing.
const EXPORTED: &str = "info";

/// What is written where `RUST_LOG` says nothing; `info` until somebody sets it.
static DEFAULT_FILTER: OnceLock<&'static str> = OnceLock::new();

/// Sets the filter of lines that holds where `RUST_LOG` says nothing, in its syntax, for the layers that are made from now on.
/// The first call counts. Records that are exported have a default of their own.
pub fn set_default_filter(filter: &'static str) {
    let _ = DEFAULT_FILTER.set(filter);
}

/// The ids of the span that a line was written in, as lower-case hexadecimal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ids {
    /// 32 digits.
    pub trace_id: String,
    /// 16 digits.
    pub span_id: String,
}

/// Finds the ids of the ambient span; `None` outside of any.
pub type FindIds = fn() -> Option<Ids>;

/// For stages that do not trace: there is never an ambient span.
#[must_use]
pub fn no_ids() -> Option<Ids> {
    None
}

/// A layer that writes each event as one JSON object a line to stderr.
///
/// `RUST_LOG` filters (default `info`, or what [`set_default_filter`] says). Two rules stand whatever it says: the Redis
/// client never gets below `info`, since at `trace` it prints command arguments; and the OpenTelemetry SDK gets one line in
/// five seconds, and none for a failed export, which the pipeline tells itself.
pub fn layer<S>(service: &str, ids: FindIds) -> impl Layer<S> + Send + Sync + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .event_format(JsonLine::new(service, ids));
    lines
        .with_filter(Quiet::new())
        .with_filter(filter_of_lines(&rust_log()))
}

/// Filters a layer that takes events out of the process.
///
/// `RUST_LOG` decides for it as well, and where that says nothing it gets `info`, even if [`set_default_filter`] keeps lines
/// from a terminal: who looks at a trace wants to see what was logged in it. Spans pass it by. And whatever `RUST_LOG` says,
/// it gets nothing from the Redis client, from the crates that carry an export, or from the pipeline itself.
pub fn exported<S, L>(layer: L) -> impl Layer<S> + Send + Sync + use<S, L>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    L: Layer<S> + Send + Sync,
{
    layer
        .with_filter(Exported)
        .with_filter(filter_of_records(&rust_log()))
}

/// A subscriber that only logs, for a service whose stage adds no layer of its own.
#[must_use]
pub fn dispatch(service: &str, ids: FindIds) -> Dispatch {
    Dispatch::new(tracing_subscriber::registry().with(layer(service, ids)))
}

/// The same with a layer below it, such as one that exports what is logged.
#[must_use]
pub fn dispatch_with<L>(below: L, service: &str, ids: FindIds) -> Dispatch
where
    L: Layer<Registry> + Send + Sync,
{
    let subscriber = tracing_subscriber::registry().with(below);
    Dispatch::new(subscriber.with(layer(service, ids)))
}

/// Makes `dispatch` the default of the calling thread until the thread ends.
///
/// Meant for a runtime's thread-start hook: worker threads and the threads of `spawn_blocking` both run it, so a task finds
/// its service's subscriber wherever it is polled.
pub fn adopt(dispatch: &Dispatch) {
    // The guard would restore "no default" when dropped; the thread is to keep this one until it is gone.
    std::mem::forget(tracing::dispatcher::set_default(dispatch));
}

/// A second call found another logger in place.
#[derive(Debug)]
pub struct AlreadyInstalled;

impl fmt::Display for AlreadyInstalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a logger is installed already")
    }
}

impl std::error::Error for AlreadyInstalled {}

/// Sends what is written through the `log` facade to the subscriber of the thread that writes it.
///
/// # Errors
///
/// [`AlreadyInstalled`] when the process has a logger: `log` allows one.
pub fn install_log_bridge() -> Result<(), AlreadyInstalled> {
    tracing_log::LogTracer::init().map_err(|_| AlreadyInstalled)
}

fn rust_log() -> String {
    std::env::var("RUST_LOG").unwrap_or_default()
}

fn filter_of_lines(wanted: &str) -> EnvFilter {
    let default = || EnvFilter::new(DEFAULT_FILTER.get().unwrap_or(&"info"));
    match parse(wanted) {
        None => default(),
        Some(Ok(filter)) => filter,
        Some(Err(error)) => {
            // There is no layer yet that could write this.
            let message = format!("RUST_LOG is not used, since it cannot be read: {error}.");
            let line =
                serde_json::json!({"level": "WARN", "target": "logging", "message": message});
            eprintln!("{line}");
            default()
        }
    }
}

/// What cannot be read is said where the filter of lines is made.
fn filter_of_records(wanted: &str) -> EnvFilter {
    let filter = parse(wanted).and_then(Result::ok);
    filter.unwrap_or_else(|| EnvFilter::new(EXPORTED))
}

/// The filter that is asked for, if one is.
fn parse(wanted: &str) -> Option<Result<EnvFilter, ParseError>> {
    let builder = EnvFilter::builder()
        .with_default_directive(tracing::level_filters::LevelFilter::INFO.into());
    (!wanted.trim().is_empty()).then(|| builder.parse(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_terminal_keeps_no_record_back_and_rust_log_filters_both() {
        set_default_filter("off");

        for nothing in ["", " ", "=nonsense="] {
            assert_eq!(filter_of_lines(nothing).to_string(), "off", "{nothing:?}");
            assert_eq!(
                filter_of_records(nothing).to_string(),
                "info",
                "{nothing:?}"
            );
        }
        for filter in [
            filter_of_lines("shop=debug,warn"),
            filter_of_records("shop=debug,warn"),
        ] {
            assert_eq!(filter.to_string(), "shop=debug,warn");
        }
    }
}
