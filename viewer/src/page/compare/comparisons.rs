//! The reports that were made last. One is asked for as often as it has chunks, and made once.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::http::StatusCode;
use compare::{ReadError, Report, Rules, compare};
use opentelemetry::trace::TraceId;
use tokio::sync::Mutex;

use super::request::Request;
use crate::page::capture;
use crate::store::Store;

/// How many spans are compared at once, those of both sides together.
const MOST_SPANS: usize = 60_000;

/// How many bytes those of a side may have, as JSON.
const MOST_BYTES: usize = 32 << 20;

/// How many reports are kept.
const KEPT: usize = 4;

/// The traces of a side, each with the spans that it had: a late one makes a new report.
type Side = Vec<(TraceId, usize)>;

/// What a report is about.
type Sides = (Side, Side);

/// The newest first.
type Kept = VecDeque<(Sides, Arc<Report>)>;

/// Makes reports one after the other: a comparison takes a processor, and the page is not all that this process does.
#[derive(Debug, Default)]
pub(in crate::page) struct Comparisons {
    kept: Arc<Mutex<Kept>>,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("Trace {0} is not held. It has not arrived yet, or it left for newer ones.")]
    Missing(TraceId),
    #[error(
        "These traces have {0} spans, and at most {MOST_SPANS} are compared here. The command trace-compare takes more."
    )]
    TooLarge(usize),
    #[error(
        "The spans of a side have more than {} MiB, and no more is compared here. The command trace-compare takes more.",
        MOST_BYTES >> 20
    )]
    TooManyBytes,
    #[error("A trace cannot be read: {0}")]
    Unreadable(ReadError),
    #[error("The comparison did not come to its end.")]
    Broken,
}

impl Refused {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Missing(_) => StatusCode::NOT_FOUND,
            Self::TooLarge(_) | Self::TooManyBytes => StatusCode::BAD_REQUEST,
            Self::Unreadable(_) | Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl Comparisons {
    /// The report on what is held now.
    pub(super) async fn report(
        &self,
        store: &Arc<Store>,
        rules: &Arc<Rules>,
        request: &Request,
    ) -> Result<Arc<Report>, Refused> {
        let side = |ids: &[TraceId]| {
            let spans = ids.iter().map(|id| match store.span_count(*id) {
                0 => Err(Refused::Missing(*id)),
                spans => Ok((*id, spans)),
            });
            spans.collect::<Result<Side, Refused>>()
        };
        let key = (side(&request.left)?, side(&request.right)?);
        let spans = [&key.0, &key.1]
            .into_iter()
            .flatten()
            .map(|(_, spans)| spans)
            .sum();
        if spans > MOST_SPANS {
            return Err(Refused::TooLarge(spans));
        }
        let mut kept = Arc::clone(&self.kept).lock_owned().await;
        if let Some((_, report)) = kept.iter().find(|(known, _)| *known == key) {
            return Ok(Arc::clone(report));
        }
        let (store, rules) = (Arc::clone(store), Arc::clone(rules));
        let (left, right) = (request.left.clone(), request.right.clone());
        // The lock is the work's own: it cannot be stopped, and goes on when nobody waits for its answer any more. Whoever asks
        // again waits for it, and finds it here.
        let work = move || {
            let left = capture::of(&store, "left", &left, MOST_BYTES)?;
            let right = capture::of(&store, "right", &right, MOST_BYTES)?;
            let report = Arc::new(compare(&left, &right, &rules));
            kept.push_front((key, Arc::clone(&report)));
            kept.truncate(KEPT);
            Ok(report)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| Refused::Broken)?
    }
}

impl From<ReadError> for Refused {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::TooLarge { .. } => Self::TooManyBytes,
            other => Self::Unreadable(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
    use prost::Message as _;

    use super::*;
    use crate::intake::{Intake, Signal};
    use crate::store::Limits;

    #[tokio::test]
    async fn a_comparison_that_nobody_waits_for_is_kept_and_holds_up_the_next() {
        let id = TraceId::from(1);
        let span = |number: u64| Span {
            trace_id: id.to_bytes().to_vec(),
            span_id: number.to_be_bytes().to_vec(),
            ..Span::default()
        };
        let spans = ScopeSpans {
            spans: (1..=2_000).map(span).collect(),
            ..ScopeSpans::default()
        };
        let export = ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                scope_spans: vec![spans],
                ..ResourceSpans::default()
            }],
        };
        let store = Arc::new(Store::new(Limits::default()));
        let accepted =
            Intake::new(Arc::clone(&store)).accept(Signal::Traces, export.encode_to_vec().into());
        accepted.expect("a request");
        let comparisons = Comparisons::default();
        let rules = Arc::new(Rules::builtin());
        let request = Request {
            left: vec![id],
            right: vec![id],
            ..Request::default()
        };

        let asked = comparisons.report(&store, &rules, &request);
        let left_early = tokio::time::timeout(Duration::ZERO, asked).await;

        assert!(left_early.is_err(), "it takes its time");
        assert_eq!(comparisons.kept.lock().await.len(), 1);
    }
}
