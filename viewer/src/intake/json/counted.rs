//! Metrics: how many points there are. What is in them is only checked to be JSON.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// The number of data points in an export request.
pub(in crate::intake) fn metric_points(body: &[u8]) -> serde_json::Result<usize> {
    let request: Metrics = serde_json::from_slice(body)?;
    let batches = request.resource_metrics.into_iter().flatten();
    let batches = batches.flat_map(|batch| batch.scope_metrics.unwrap_or_default());
    let metrics = batches.flat_map(|batch| batch.metrics.unwrap_or_default());
    Ok(metrics.map(|metric| metric.points()).sum())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    resource_metrics: Option<Vec<ResourceMetrics>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceMetrics {
    scope_metrics: Option<Vec<ScopeMetrics>>,
}

#[derive(Deserialize)]
struct ScopeMetrics {
    metrics: Option<Vec<Metric>>,
}

/// Has one of these.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    gauge: Option<Points>,
    sum: Option<Points>,
    histogram: Option<Points>,
    exponential_histogram: Option<Points>,
    summary: Option<Points>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Points {
    data_points: Option<Vec<IgnoredAny>>,
}

impl Metric {
    fn points(self) -> usize {
        [
            self.gauge,
            self.sum,
            self.histogram,
            self.exponential_histogram,
            self.summary,
        ]
        .into_iter()
        .flatten()
        .map(|points| points.data_points.map_or(0, |points| points.len()))
        .sum()
    }
}
