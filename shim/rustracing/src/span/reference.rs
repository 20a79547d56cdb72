//! How spans refer to each other.

/// The state of a span that another one refers to, and why.
#[derive(Debug, Clone)]
pub enum SpanReference<T> {
    /// The span is part of what the other one does.
    ChildOf(T),
    /// The other one led to the span, and does not depend on it.
    FollowsFrom(T),
}

impl<T> SpanReference<T> {
    /// The state of the other span.
    pub fn span(&self) -> &T {
        match self {
            Self::ChildOf(state) | Self::FollowsFrom(state) => state,
        }
    }

    /// Whether it is a [`ChildOf`](Self::ChildOf).
    pub fn is_child_of(&self) -> bool {
        matches!(self, Self::ChildOf(_))
    }

    /// Whether it is a [`FollowsFrom`](Self::FollowsFrom).
    pub fn is_follows_from(&self) -> bool {
        matches!(self, Self::FollowsFrom(_))
    }
}
