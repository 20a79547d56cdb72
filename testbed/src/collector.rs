//! A real Collector as an own process on free ports.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::http;
use crate::jaeger::Jaeger;
use crate::ports::free_ports;
use crate::programs::JAEGER;
use crate::server::{Failure, Server, in_repository, started};

/// A Collector: the same program, configured by the repository's `otel-collector.yaml`. Dropping it kills it.
#[derive(Debug)]
pub struct Collector {
    server: Server,
    otlp_grpc: SocketAddr,
    otlp_http: SocketAddr,
    metrics: SocketAddr,
}

impl Collector {
    /// Starts a Collector that exports to this Jaeger; `None` when the program is missing and the test is to be
    /// skipped.
    ///
    /// # Panics
    ///
    /// As [`Jaeger::start`].
    #[must_use]
    pub fn in_front_of(jaeger: &Jaeger) -> Option<Self> {
        Self::exporting_to(jaeger.otlp_grpc())
    }

    /// Starts a Collector that exports by OTLP over gRPC to an address where a server may or may not be.
    ///
    /// # Panics
    ///
    /// As [`Jaeger::start`].
    #[must_use]
    pub fn exporting_to(behind: SocketAddr) -> Option<Self> {
        let program = JAEGER.find_or_skip()?;
        Some(started("the Collector", || {
            Self::try_start(program.clone(), behind)
        }))
    }

    /// Where OTLP over gRPC goes: the value of `OTEL_EXPORTER_OTLP_ENDPOINT`.
    #[must_use]
    pub fn otlp_endpoint(&self) -> String {
        format!("http://{}", self.otlp_grpc)
    }

    /// The address of OTLP over HTTP.
    #[must_use]
    pub fn otlp_http(&self) -> SocketAddr {
        self.otlp_http
    }

    /// The process, to hinder it.
    pub fn server(&mut self) -> &mut Server {
        &mut self.server
    }

    /// The sum of one of the Collector's own counters over its labels, or `None` when it does not exist (yet).
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<f64> {
        let answer = http::get(self.metrics, "/metrics").ok()?;
        sum_of(name, &answer.body)
    }

    fn try_start(program: PathBuf, behind: SocketAddr) -> Result<Self, Failure> {
        let ports = free_ports().map_err(|error| Failure::Fatal(error.into()))?;
        let [otlp_grpc, otlp_http, health, metrics] = ports;
        let environment = vec![
            ("COLLECTOR_OTLP_GRPC", otlp_grpc.to_string()),
            ("COLLECTOR_OTLP_HTTP", otlp_http.to_string()),
            ("COLLECTOR_EXPORT", behind.to_string()),
            ("COLLECTOR_HEALTH", health.to_string()),
            ("COLLECTOR_METRICS_HOST", metrics.ip().to_string()),
            ("COLLECTOR_METRICS_PORT", metrics.port().to_string()),
        ];
        let config = in_repository("otel-collector.yaml");
        Ok(Self {
            server: Server::start(program, config, health, environment)?,
            otlp_grpc,
            otlp_http,
            metrics,
        })
    }
}

fn sum_of(name: &str, metrics: &str) -> Option<f64> {
    metrics
        .lines()
        .filter_map(|line| line.strip_prefix(name))
        .filter(|rest| rest.starts_with(['{', ' ']))
        .filter_map(|rest| rest.rsplit(' ').next()?.parse::<f64>().ok())
        .reduce(|sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_summed_over_its_labels() {
        let metrics = "# HELP sent spans\nsent{a=\"x\"} 2\nsent{a=\"y\"} 3\nsent_bytes 70\n";

        assert_eq!(sum_of("sent", metrics), Some(5.0));
        assert_eq!(sum_of("sent_bytes", metrics), Some(70.0));
        assert_eq!(sum_of("lost", metrics), None);
    }
}
