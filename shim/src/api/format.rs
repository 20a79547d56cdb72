//! The forms in which a context can be written.

/// The form in which a context is written into a carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format<'a> {
    /// Pairs of strings without restriction.
    TextMap,
    /// Pairs of strings that are safe as HTTP headers, names without case.
    HttpHeaders,
    /// A run of bytes; its carriers are `Vec<u8>` and `[u8]`. The bridge writes Jaeger's layout, which other tracers with
    /// OpenTracing's interface read as well.
    Binary,
    /// A form of somebody else's, known by name.
    Custom(&'a str),
}
