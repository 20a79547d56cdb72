//! The viewer as a process of its own, on the usual ports of OTLP and Jaeger.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use compare::Rules;
use http::uri::Authority;
use viewer::Viewer;
use viewer::server::DEFAULT_MAX_REQUEST_BYTES;
use viewer::store::Limits;

/// Receives OTLP and Jaeger's Thrift, keeps the newest traces in memory, and serves them as Jaeger does.
#[derive(Debug, Parser)]
#[command(version)]
struct Config {
    /// Where to receive OTLP over gRPC.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4317")]
    otlp_grpc: SocketAddr,

    /// Where to receive OTLP over HTTP, in protobuf or JSON.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4318")]
    otlp_http: SocketAddr,

    /// Where to receive Jaeger's Thrift over UDP, compact: what legacy clients send. `off` for nowhere.
    #[arg(long, value_name = "ADDRESS|off", default_value = "127.0.0.1:6831", value_parser = Listen::parse)]
    thrift_compact: Listen,

    /// Where to receive Jaeger's Thrift over UDP, binary. `off` for nowhere.
    #[arg(long, value_name = "ADDRESS|off", default_value = "127.0.0.1:6832", value_parser = Listen::parse)]
    thrift_binary: Listen,

    /// Where to show the page, and to answer queries with Jaeger's HTTP API.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:16686")]
    query: SocketAddr,

    /// A name, with or without a port, under which --query may be asked besides addresses and the names of loopback; may be
    /// repeated. Where --query is not bound to loopback, every name will do for reading until one is given.
    #[arg(long, value_name = "HOST", value_parser = host)]
    allow_host: Vec<String>,

    /// A file of rules by which the page compares traces, after the built-in ones. May be given more than once.
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,

    /// How many spans to hold; the oldest traces leave first.
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().max_spans, value_parser = positive)]
    max_spans: usize,

    /// How many traces to hold.
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().max_traces, value_parser = positive)]
    max_traces: usize,

    /// How many bytes of spans to hold, estimated.
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().max_bytes, value_parser = positive)]
    max_bytes: usize,

    /// How many log records of traces to hold; they leave with their trace, or for newer ones.
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().max_log_records, value_parser = positive)]
    max_log_records: usize,

    /// How many bytes of log records to hold, estimated.
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().max_log_bytes, value_parser = positive)]
    max_log_bytes: usize,

    /// How large an export request may be, before and after decompression.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_MAX_REQUEST_BYTES, value_parser = positive)]
    max_request_bytes: usize,
}

/// An address, or `off`.
#[derive(Clone, Copy, Debug)]
struct Listen(Option<SocketAddr>);

impl Listen {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        match text.parse() {
            Ok(address) => Ok(Self(Some(address))),
            Err(_) => Err("expected an address with its port, or `off`".to_owned()),
        }
    }
}

/// A viewer that holds nothing would take everything and show none of it.
fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("expected a whole number, 1 or more".to_owned()),
    }
}

/// As it stands in a request. Anything else would be accepted and never be asked for.
fn host(text: &str) -> Result<String, String> {
    let is_host = text.parse::<Authority>().is_ok_and(|authority| {
        let name = authority.host();
        let rest = text.strip_prefix(name);
        let has_port = authority.port_u16().is_some();
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[:]".contains(&byte);
        rest.is_some_and(|rest| rest.is_empty() || has_port)
            && !name.is_empty()
            && name.bytes().all(is_name)
    });
    is_host.then(|| text.to_owned()).ok_or_else(|| {
        "expected a name, or a name and its port, as `traces.example:16686`".to_owned()
    })
}

/// The built-in rules, then those of the files.
fn rules(files: &[PathBuf]) -> anyhow::Result<Rules> {
    let mut rules = Rules::builtin();
    for file in files {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        rules = rules.with(&file.display().to_string(), &text)?;
    }
    Ok(rules)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::parse();
    // Before the ports are announced: whoever reads them may send the signal at once.
    let stop = stop_signal().context("cannot listen for signals")?;

    let mut builder = Viewer::builder();
    for host in config.allow_host {
        builder = builder.allow_host(host);
    }
    let viewer = builder
        .grpc(config.otlp_grpc)
        .http(config.otlp_http)
        .thrift_compact(config.thrift_compact.0)
        .thrift_binary(config.thrift_binary.0)
        .query(config.query)
        .rules(rules(&config.rules)?)
        .limits(Limits {
            max_spans: config.max_spans,
            max_traces: config.max_traces,
            max_bytes: config.max_bytes,
            max_log_records: config.max_log_records,
            max_log_bytes: config.max_log_bytes,
        })
        .max_request_bytes(config.max_request_bytes)
        .start()
        .await?;
    println!("OTLP gRPC  {}", viewer.grpc_url());
    println!("OTLP HTTP  {}", viewer.http_url());
    if let Some(address) = viewer.thrift_compact_addr() {
        println!("compact    udp://{address}");
    }
    if let Some(address) = viewer.thrift_binary_addr() {
        println!("binary     udp://{address}");
    }
    println!("query      {}", viewer.query_url());
    println!("page       {}", viewer.query_url());

    stop.await;
    viewer.shutdown().await;
    Ok(())
}

/// Ctrl-C, or SIGTERM where there is one.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ctrl-C, or SIGTERM where there is one.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            log::error!("cannot listen for Ctrl-C: {error}");
        }
    })
}
