//! What may be a span context.

/// A reference to a `T` that may not be there.
///
/// It is why `child_of` takes a span, a context, or an `Option` of either.
pub trait MaybeAsRef<T: ?Sized> {
    /// The reference, if there is one.
    fn maybe_as_ref(&self) -> Option<&T>;
}

impl<T, U> MaybeAsRef<T> for Option<U>
where
    U: MaybeAsRef<T>,
{
    fn maybe_as_ref(&self) -> Option<&T> {
        self.as_ref()?.maybe_as_ref()
    }
}
