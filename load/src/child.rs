//! The system, as the driver holds it.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::process::{self, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::de::DeserializeOwned;

use crate::cell::Cell;
use crate::ground::Ground;
use crate::protocol::{Ended, STOP, Started, USAGE, Usage};

/// For one answer. Three services stop within five seconds each, whatever happens.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many lines of its log are shown of a system that failed.
const SHOWN: usize = 10;

/// A process with api, auth and sms. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Child {
    process: process::Child,
    asked: ChildStdin,
    answers: Receiver<String>,
    log: File,
    /// The address of api.
    pub(crate) api: String,
}

// === impl Child ===

impl Child {
    /// Starts one of this binary on this ground, and waits until it listens.
    ///
    /// # Errors
    ///
    /// If it does not come to that.
    pub(crate) fn start(program: &Path, cell: Cell, ground: &Ground) -> anyhow::Result<Self> {
        let log = tempfile::tempfile().context("there is no place for a log")?;
        let mut command = Command::new(program);
        command
            .args(["system", "--stage", cell.stage.name()])
            .args(["--gateway", &ground.gateway.url()])
            // What is set around the driver is not meant for what it measures.
            .env_clear()
            .envs(variables(cell, ground))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log.try_clone()?);
        if let Some(redis) = &ground.redis {
            command.args(["--redis", &redis.url()]);
        }
        if let Some(division) = &ground.division {
            command.args(["--cpu", &division.system.to_string()]);
        }
        let mut process = command.spawn().context("the system cannot be started")?;
        let asked = process.stdin.take().context("it was asked for a pipe")?;
        let mut said = BufReader::new(process.stdout.take().context("it was asked for a pipe")?);
        let (sender, answers) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            while said.read_line(&mut line).is_ok_and(|length| length > 0) {
                if sender.send(std::mem::take(&mut line)).is_err() {
                    break;
                }
            }
        });
        let mut child = Self {
            process,
            asked,
            answers,
            log,
            api: String::new(),
        };
        let Started { api } = child.answer()?;
        child.api = api;
        Ok(child)
    }

    /// What it has used so far.
    ///
    /// # Errors
    ///
    /// If it is not there any more.
    pub(crate) fn usage(&mut self) -> anyhow::Result<Usage> {
        self.ask(USAGE)
    }

    /// Stops it in order, and tells what became of its spans.
    ///
    /// # Errors
    ///
    /// If it is not there any more, or does not end well.
    pub(crate) fn stop(mut self) -> anyhow::Result<Ended> {
        let ended = self.ask(STOP)?;
        let status = self.process.wait().context("its end cannot be seen")?;
        if !status.success() {
            bail!("the system ended with {status}{}", self.log());
        }
        Ok(ended)
    }

    /// The last of what it logged as wrong, each line after a line break; empty if there was nothing.
    pub(crate) fn log(&mut self) -> String {
        let mut text = Vec::new();
        // The offset is shared with the process; one that is asked for its log is not to write any more.
        let read = self
            .log
            .rewind()
            .and_then(|()| self.log.read_to_end(&mut text));
        if read.is_err() {
            return String::new();
        }
        let text = String::from_utf8_lossy(&text);
        let wrong: Vec<&str> = text
            .lines()
            .filter(|line| !line.contains(r#""level":"INFO""#))
            .collect();
        let last = wrong.iter().skip(wrong.len().saturating_sub(SHOWN));
        last.map(|line| format!("\n  {line}")).collect()
    }

    fn ask<T: DeserializeOwned>(&mut self, word: &str) -> anyhow::Result<T> {
        // One that cannot be asked has ended, and `answer` says so.
        let _ = writeln!(self.asked, "{word}").and_then(|()| self.asked.flush());
        self.answer()
    }

    fn answer<T: DeserializeOwned>(&mut self) -> anyhow::Result<T> {
        match self.answers.recv_timeout(PATIENCE) {
            Ok(line) => {
                serde_json::from_str(&line).with_context(|| format!("the system said {line:?}"))
            }
            Err(_) => bail!("the system has ended, or is silent{}", self.log()),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Telemetry as an operator would set it: one variable for each thing that is not at its default.
fn variables(cell: Cell, ground: &Ground) -> Vec<(&'static str, String)> {
    let agent = ground.sink.agent();
    let mut variables = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", ground.sink.otlp()),
        // Traces are what is compared: legacy has neither.
        ("OTEL_METRICS_EXPORTER", "none".to_owned()),
        ("OTEL_LOGS_EXPORTER", "none".to_owned()),
        ("JAEGER_AGENT_HOST", agent.ip().to_string()),
        ("JAEGER_AGENT_PORT", agent.port().to_string()),
    ];
    if let Some(sampling) = cell.sampling {
        variables.extend(sampling.variables());
    }
    variables
}
