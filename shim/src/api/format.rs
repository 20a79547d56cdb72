//! The forms in which a context can be written.

/// The form in which a context is written into a carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format<'a> {
    /// Pairs of strings without restriction.
    TextMap,
    /// Pairs of strings that are safe as HTTP headers, names without case.
    HttpHeaders,
    /// A run of bytes. Not offered by the bridge yet.
    Binary,
    /// A form of somebody else's, known by name.
    Custom(&'a str),
}
