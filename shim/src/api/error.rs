//! What can go wrong. No error here is a reason to fail a request.

use super::{NoBytes, RefusedEntry};

/// Why a context was not written, or not as a whole.
///
/// ```
/// use opentracing_shim::{Format, InjectError, TracerShim, propagation};
/// # use opentelemetry_sdk::trace::SdkTracerProvider;
///
/// let tracer = TracerShim::builder(SdkTracerProvider::builder().build())
///     .propagator(propagation::from_names("tracecontext,baggage")?)
///     .build();
/// let span = tracer.build_span("call").start();
/// span.set_baggage_item("two words", "is no HTTP token");
///
/// let mut headers = http::HeaderMap::new();
/// match tracer.inject(&span, Format::HttpHeaders, &mut headers) {
///     Err(InjectError::Baggage { items: 1, first }) => assert_eq!(first, "two words"),
///     other => panic!("{other:?}"),
/// }
/// assert!(headers.contains_key("traceparent"));
/// # Ok::<(), propagation::UnknownPropagator>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InjectError {
    /// The tracer does not offer this format.
    #[error("the tracer does not offer the format {0}")]
    UnsupportedFormat(String),
    /// The context was made by another tracer.
    #[error("the span context belongs to another tracer")]
    ForeignContext,
    /// The carrier refused an entry; the others are written.
    #[error("the carrier refused an entry; the others are written")]
    Carrier(#[from] RefusedEntry),
    /// The format needs a carrier of bytes.
    #[error(transparent)]
    WrongCarrier(#[from] NoBytes),
    /// Some baggage cannot leave the process: over the limits, or a key that is no token. The rest is written.
    #[error(
        "{items} baggage item(s) cannot leave the process, the first is {first:?}; the rest is written"
    )]
    Baggage {
        /// How many items.
        items: usize,
        /// The key of the first of them.
        first: String,
    },
}

/// Why a carrier could not be read.
///
/// ```
/// use opentracing_shim::{ExtractError, Format, TracerShim, propagation};
/// # use opentelemetry_sdk::trace::SdkTracerProvider;
///
/// let tracer = TracerShim::builder(SdkTracerProvider::builder().build())
///     .propagator(propagation::from_names("tracecontext")?)
///     .build();
///
/// assert!(matches!(tracer.extract(Format::HttpHeaders, &[("host", "a")]), Ok(None)));
/// match tracer.extract(Format::HttpHeaders, &[("traceparent", "00-zz-1-01")]) {
///     Err(ExtractError::Corrupted { header, .. }) => assert_eq!(header, "traceparent"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), propagation::UnknownPropagator>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The tracer does not offer this format.
    #[error("the tracer does not offer the format {0}")]
    UnsupportedFormat(String),
    /// The format needs a carrier of bytes, or the carrier is one of bytes and the format needs entries.
    #[error("the format and the carrier do not go together")]
    WrongCarrier,
    /// Something was there, could not be understood, and nothing else was found.
    #[error("the carrier holds a corrupt {header}: {reason}")]
    Corrupted {
        /// The entry concerned.
        header: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// What closing a tracer ran into. The tracer is closed all the same.
///
/// ```
/// use opentracing_shim::{CloseError, TracerShim};
/// # use opentelemetry_sdk::trace::SdkTracerProvider;
///
/// let provider = SdkTracerProvider::builder().build();
/// let tracer = TracerShim::builder(provider).on_close(|| Err("the disk is full")).build();
///
/// assert!(matches!(tracer.close(), Err(CloseError::Failed(_))));
/// assert!(tracer.close().is_ok()); // the hook is called once
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloseError {
    /// The hook failed.
    #[error("the close hook failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The hook panicked.
    #[error("the close hook panicked")]
    Panicked,
}
