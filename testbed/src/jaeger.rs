//! A real Jaeger as an own process on free ports.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::http;
use crate::ports::{free_ports, free_udp_ports};
use crate::programs::JAEGER;
use crate::server::{Failure, Server, in_repository, started};

const POLL: Duration = Duration::from_millis(20);

/// A Jaeger 2 with its traces in memory, configured by `tools/jaeger/jaeger.yaml`. Dropping it kills it.
///
/// # Examples
///
/// ```no_run
/// use testbed::jaeger::Jaeger;
///
/// let Some(jaeger) = Jaeger::start() else {
///     return; // skipped, and standard error says so
/// };
/// println!("send to {}, read from {}", jaeger.otlp_endpoint(), jaeger.query_url());
/// ```
#[derive(Debug)]
pub struct Jaeger {
    server: Server,
    otlp_grpc: SocketAddr,
    otlp_http: SocketAddr,
    thrift_compact: SocketAddr,
    thrift_binary: SocketAddr,
    thrift_http: SocketAddr,
    query: SocketAddr,
}

impl Jaeger {
    /// Starts a Jaeger and waits until it is healthy; `None` when the program is missing and the test is to be skipped.
    ///
    /// # Panics
    ///
    /// When it does not get healthy (the message carries its log), and when it is missing under `CI=true`.
    #[must_use]
    pub fn start() -> Option<Self> {
        let program = JAEGER.find_or_skip()?;
        Some(started("Jaeger", || Self::try_start(program.clone())))
    }

    /// Where OTLP over gRPC goes: the value of `OTEL_EXPORTER_OTLP_ENDPOINT`.
    #[must_use]
    pub fn otlp_endpoint(&self) -> String {
        format!("http://{}", self.otlp_grpc)
    }

    /// The address of OTLP over gRPC.
    #[must_use]
    pub fn otlp_grpc(&self) -> SocketAddr {
        self.otlp_grpc
    }

    /// The address of OTLP over HTTP.
    #[must_use]
    pub fn otlp_http(&self) -> SocketAddr {
        self.otlp_http
    }

    /// The UDP address for Thrift in its compact form, which legacy tracers send.
    #[must_use]
    pub fn thrift_compact(&self) -> SocketAddr {
        self.thrift_compact
    }

    /// The UDP address for Thrift in its binary form.
    #[must_use]
    pub fn thrift_binary(&self) -> SocketAddr {
        self.thrift_binary
    }

    /// The address for Thrift over HTTP.
    #[must_use]
    pub fn thrift_http(&self) -> SocketAddr {
        self.thrift_http
    }

    /// The base of the query API and of the user interface.
    #[must_use]
    pub fn query_url(&self) -> String {
        format!("http://{}", self.query)
    }

    /// The process, to hinder it.
    pub fn server(&mut self) -> &mut Server {
        &mut self.server
    }

    /// The trace as the query API shows it, or `None` when it is not there.
    #[must_use]
    pub fn trace(&self, trace_id: &str) -> Option<Value> {
        let answer = http::get(self.query, &format!("/api/traces/{trace_id}")).ok()?;
        if answer.status != 200 {
            return None;
        }
        let mut answer: Value = serde_json::from_str(&answer.body).ok()?;
        answer.pointer_mut("/data/0").map(Value::take)
    }

    /// Asks for the trace until it is there and complete.
    ///
    /// # Panics
    ///
    /// When it is not so in time; the message carries what was there.
    pub fn wait_for_trace(
        &self,
        trace_id: &str,
        within: Duration,
        complete: impl Fn(&Value) -> bool,
    ) -> Value {
        let deadline = Instant::now() + within;
        loop {
            let trace = self.trace(trace_id);
            match trace {
                Some(trace) if complete(&trace) => return trace,
                trace if Instant::now() > deadline => {
                    panic!("after {within:?}, trace {trace_id} is {trace:#?}")
                }
                _ => thread::sleep(POLL),
            }
        }
    }

    fn try_start(program: PathBuf) -> Result<Self, Failure> {
        let ports = || anyhow::Ok((free_ports()?, free_udp_ports()?));
        let (tcp, udp) = ports().map_err(Failure::Fatal)?;
        let [
            otlp_grpc,
            otlp_http,
            thrift_http,
            jaeger_grpc,
            query,
            query_grpc,
            health,
            metrics,
        ] = tcp;
        let [thrift_compact, thrift_binary] = udp;
        let environment = vec![
            ("JAEGER_OTLP_GRPC", otlp_grpc.to_string()),
            ("JAEGER_OTLP_HTTP", otlp_http.to_string()),
            ("JAEGER_THRIFT_COMPACT", thrift_compact.to_string()),
            ("JAEGER_THRIFT_BINARY", thrift_binary.to_string()),
            ("JAEGER_THRIFT_HTTP", thrift_http.to_string()),
            ("JAEGER_GRPC", jaeger_grpc.to_string()),
            ("JAEGER_QUERY_HTTP", query.to_string()),
            ("JAEGER_QUERY_GRPC", query_grpc.to_string()),
            ("JAEGER_HEALTH", health.to_string()),
            ("JAEGER_METRICS_HOST", metrics.ip().to_string()),
            ("JAEGER_METRICS_PORT", metrics.port().to_string()),
        ];
        let config = in_repository("tools/jaeger/jaeger.yaml");
        Ok(Self {
            server: Server::start(program, config, health, environment)?,
            otlp_grpc,
            otlp_http,
            thrift_compact,
            thrift_binary,
            thrift_http,
            query,
        })
    }
}
