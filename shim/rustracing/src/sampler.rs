//! Which spans are recorded.

use trackable::track_assert;

use crate::span::CandidateSpan;
use crate::{ErrorKind, Result};

/// Decides whether a span is recorded.
///
/// It is asked for spans that a tracer starts, not for those that a span starts with `child` or `follower`.
pub trait Sampler<T> {
    /// Whether to record `span`.
    fn is_sampled(&self, span: &CandidateSpan<'_, T>) -> bool;

    /// Records what either of the two wants.
    fn or<U>(self, other: U) -> OrSampler<Self, U>
    where
        Self: Sized,
        U: Sampler<T>,
    {
        OrSampler(self, other)
    }

    /// Records what both want.
    fn and<U>(self, other: U) -> AndSampler<Self, U>
    where
        Self: Sized,
        U: Sampler<T>,
    {
        AndSampler(self, other)
    }

    /// The sampler in a box.
    fn boxed(self) -> BoxSampler<T>
    where
        Self: Sized + Send + Sync + 'static,
    {
        Box::new(self)
    }
}

/// Any sampler.
pub type BoxSampler<T> = Box<dyn Sampler<T> + Send + Sync + 'static>;

impl<T> Sampler<T> for BoxSampler<T> {
    fn is_sampled(&self, span: &CandidateSpan<'_, T>) -> bool {
        (**self).is_sampled(span)
    }

    fn boxed(self) -> Self
    where
        Self: Sized + Send + 'static,
    {
        self
    }
}

/// Records a share of the spans, by lot.
#[derive(Debug, Clone)]
pub struct ProbabilisticSampler {
    sampling_rate: f64,
}

impl ProbabilisticSampler {
    /// Makes a sampler for a share between 0 and 1.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for anything else.
    pub fn new(sampling_rate: f64) -> Result<Self> {
        track_assert!(
            (0.0..=1.0).contains(&sampling_rate),
            ErrorKind::InvalidInput
        );
        Ok(Self { sampling_rate })
    }
}

impl<T> Sampler<T> for ProbabilisticSampler {
    fn is_sampled(&self, _: &CandidateSpan<'_, T>) -> bool {
        rand::random::<f64>() < self.sampling_rate
    }
}

/// Records spans that refer to another one.
#[derive(Debug, Clone)]
pub struct PassiveSampler;

impl<T> Sampler<T> for PassiveSampler {
    fn is_sampled(&self, span: &CandidateSpan<'_, T>) -> bool {
        !span.references().is_empty()
    }
}

/// Records nothing.
#[derive(Debug, Clone)]
pub struct NullSampler;

impl<T> Sampler<T> for NullSampler {
    fn is_sampled(&self, _: &CandidateSpan<'_, T>) -> bool {
        false
    }
}

/// Records everything.
#[derive(Debug, Clone)]
pub struct AllSampler;

impl<T> Sampler<T> for AllSampler {
    fn is_sampled(&self, _: &CandidateSpan<'_, T>) -> bool {
        true
    }
}

/// What [`Sampler::or`] makes.
#[derive(Debug, Clone)]
pub struct OrSampler<A, B>(A, B);

impl<A, B, T> Sampler<T> for OrSampler<A, B>
where
    A: Sampler<T>,
    B: Sampler<T>,
{
    fn is_sampled(&self, span: &CandidateSpan<'_, T>) -> bool {
        self.0.is_sampled(span) || self.1.is_sampled(span)
    }
}

/// What [`Sampler::and`] makes.
#[derive(Debug, Clone)]
pub struct AndSampler<A, B>(A, B);

impl<A, B, T> Sampler<T> for AndSampler<A, B>
where
    A: Sampler<T>,
    B: Sampler<T>,
{
    fn is_sampled(&self, span: &CandidateSpan<'_, T>) -> bool {
        self.0.is_sampled(span) && self.1.is_sampled(span)
    }
}
