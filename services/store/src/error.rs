//! What can go wrong with a store.

/// Why a store gave no answer.
///
/// No variant carries an argument of the failed call: errors are logged, and arguments hold MACs and sealed messages.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The call was not carried out: no connection, or the store refuses work.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// The answer did not arrive. The call may or may not have been carried out, so it must not simply be repeated.
    #[error("the store gave no answer, the outcome is unknown: {0}")]
    UnknownOutcome(String),
    /// The backlog of undelivered messages has reached its limit. Nothing was written.
    #[error("the queue has reached its backlog limit")]
    BacklogFull,
    /// The store answered something that this program did not write.
    #[error("the store holds a value that cannot be read: {0}")]
    Corrupt(&'static str),
}

impl StoreError {
    /// A name of low cardinality, fit for a span attribute or a metric label.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "store_unavailable",
            Self::UnknownOutcome(_) => "store_unknown_outcome",
            Self::BacklogFull => "store_backlog_full",
            Self::Corrupt(_) => "store_corrupt",
        }
    }
}
