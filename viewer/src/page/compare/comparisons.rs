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

/// How many reports are kept.
const KEPT: usize = 4;

/// The traces of a side, each with the spans that it had: a late one makes a new report.
type Side = Vec<(TraceId, usize)>;

/// What a report is about.
type Sides = (Side, Side);

/// Makes reports one after the other: a comparison takes a processor, and the page is not all that this process does.
#[derive(Debug, Default)]
pub(in crate::page) struct Comparisons {
    kept: Mutex<VecDeque<(Sides, Arc<Report>)>>,
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
    #[error("A trace cannot be read: {0}")]
    Unreadable(#[from] ReadError),
    #[error("The comparison did not come to its end.")]
    Broken,
}

impl Refused {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Missing(_) => StatusCode::NOT_FOUND,
            Self::TooLarge(_) => StatusCode::BAD_REQUEST,
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
        let mut kept = self.kept.lock().await;
        if let Some((_, report)) = kept.iter().find(|(known, _)| *known == key) {
            return Ok(Arc::clone(report));
        }
        let (store, rules) = (Arc::clone(store), Arc::clone(rules));
        let (left, right) = (request.left.clone(), request.right.clone());
        let work = move || {
            let left = capture::of(&store, "left", &left)?;
            let right = capture::of(&store, "right", &right)?;
            Ok::<_, ReadError>(compare(&left, &right, &rules))
        };
        let report = tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| Refused::Broken)??;
        let report = Arc::new(report);
        kept.push_front((key, Arc::clone(&report)));
        kept.truncate(KEPT);
        Ok(report)
    }
}
