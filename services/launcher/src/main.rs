//! `launcher api|auth|sms --stage bare|legacy|dropin|shim|mixed|native`: one binary, any cell of the grid.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use launcher::{Running, Settings, Stage};
use platform::drain::Signals;
use platform::{Client, Timeouts, Url};
use tokio::runtime::Runtime;

/// Runs one service in one stage of the migration. Needs a Redis; the demo needs none.
///
/// Telemetry is set by the standard OTEL_* variables, the log by RUST_LOG.
#[derive(Debug, Parser)]
#[command(name = "launcher", version, max_term_width = 110)]
struct Command {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Runs the public HTTP service
    Api {
        #[command(flatten)]
        cell: Cell,
        #[command(flatten)]
        config: api::Config,
    },
    /// Runs the service that issues and checks codes and sessions
    Auth {
        #[command(flatten)]
        cell: Cell,
        #[command(flatten)]
        config: auth::Config,
    },
    /// Runs the consumer that hands messages to the SMS gateway
    Sms {
        #[command(flatten)]
        cell: Cell,
        #[command(flatten)]
        config: sms::Config,
    },
    /// Exits 0 if the service at this address answers well, for containers without a shell
    Healthcheck {
        /// Address of the service, asked at /healthz, or of one of its probes, such as http://127.0.0.1:8080/readyz
        #[arg(value_name = "URL")]
        url: Url,
    },
}

#[derive(Debug, Args)]
struct Cell {
    /// Stage of the migration: bare, legacy, dropin, shim, mixed or native
    #[arg(long, env = "STAGE", value_name = "STAGE")]
    stage: Stage,
}

fn main() -> ExitCode {
    match run(Command::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("launcher: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    logging::install_log_bridge()?;
    match task {
        Task::Api { cell, config } => {
            live(|| launcher::api(cell.stage, &config, &Settings::from_env("api", cell.stage)?))
        }
        Task::Auth { cell, config } => live(|| {
            launcher::auth(
                cell.stage,
                &config,
                None,
                &Settings::from_env("auth", cell.stage)?,
            )
        }),
        Task::Sms { cell, config } => live(|| {
            launcher::sms(
                cell.stage,
                &config,
                None,
                &Settings::from_env("sms", cell.stage)?,
            )
        }),
        Task::Healthcheck { url } => check(url),
    }
}

fn live(start: impl FnOnce() -> anyhow::Result<Running>) -> anyhow::Result<()> {
    // From before the service listens: a process that is told to end right after its start ends in order, too.
    let runtime = runtime()?;
    let mut signals = runtime
        .block_on(async { Signals::listen() })
        .context("signals cannot be received")?;

    let mut service = start()?;
    // The process has nobody else in it: threads that are not the runtime's, such as the SDK's, log here too.
    if let Some(dispatch) = service.dispatch() {
        tracing::dispatcher::set_global_default(dispatch)
            .context("a subscriber is installed already")?;
    }
    service.wait(&mut signals)?;
    service.stop();
    Ok(())
}

/// For what this thread waits for, apart from the service.
fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

fn check(url: Url) -> anyhow::Result<()> {
    let second = Duration::from_secs(1);
    let client = Client::new(
        "service",
        url,
        Timeouts {
            connect: second,
            call: 2 * second,
        },
    )?;
    if runtime()?.block_on(client.is_healthy()) {
        Ok(())
    } else {
        anyhow::bail!("the service did not answer well")
    }
}
