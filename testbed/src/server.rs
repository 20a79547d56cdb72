//! One server as an own process: started, watched until it is ready, killed in the end.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use tempfile::TempDir;

use crate::http;

/// How often a start is tried on other ports.
const ATTEMPTS: usize = 5;
/// Machines under load are slow; a healthy one needs a second.
const START: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);
/// What the Collector's core logs when all components run.
const READY: &str = "Everything is ready";
const PORT_TAKEN: &str = "address already in use";

/// A Jaeger or a Collector as a process of its own. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    program: PathBuf,
    config: PathBuf,
    environment: Vec<(&'static str, String)>,
    health: SocketAddr,
    /// Holds the log.
    folder: TempDir,
    child: Child,
    frozen: bool,
}

/// Why a server did not start.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Someone was faster on one of its ports: other ports, another try.
    PortTaken,
    /// Anything that a second try would not change.
    Fatal(anyhow::Error),
}

impl Server {
    /// Starts the program and waits until it is ready.
    pub(crate) fn start(
        program: PathBuf,
        config: PathBuf,
        health: SocketAddr,
        environment: Vec<(&'static str, String)>,
    ) -> Result<Self, Failure> {
        let spawned = (|| {
            let folder = tempfile::tempdir()?;
            let child = spawn(&program, &config, &environment, &folder)?;
            anyhow::Ok((folder, child))
        })();
        let (folder, child) = spawned.map_err(Failure::Fatal)?;
        let mut server = Self {
            program,
            config,
            environment,
            health,
            folder,
            child,
            frozen: false,
        };
        match server.wait_until_ready() {
            Ok(()) => Ok(server),
            Err(_) if server.log().contains(PORT_TAKEN) => Err(Failure::PortTaken),
            Err(error) => Err(Failure::Fatal(error)),
        }
    }

    /// Ends the process at once, as a crash would.
    pub fn kill(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.frozen = false;
    }

    /// Starts the process again on the same ports, after killing it if need be. What it held in memory is gone.
    ///
    /// # Panics
    ///
    /// When it does not get ready; the message carries its log.
    pub fn restart(&mut self) {
        self.kill();
        let restarted = spawn(&self.program, &self.config, &self.environment, &self.folder)
            .map(|child| self.child = child)
            .and_then(|()| self.wait_until_ready());
        if let Err(error) = restarted {
            panic!("no restart: {error:#}");
        }
    }

    /// Stops the process without ending it: its sockets accept, nobody answers.
    pub fn freeze(&mut self) {
        if self.frozen {
            return;
        }
        self.signal(Signal::STOP);
        // The signal is only on its way: threads that run on other cores may still answer.
        waitpid(Some(Pid::from_child(&self.child)), WaitOptions::UNTRACED)
            .expect("the process is a child of this one");
        self.frozen = true;
    }

    /// Lets a frozen process go on.
    pub fn thaw(&mut self) {
        self.signal(Signal::CONT);
        self.frozen = false;
    }

    /// What the process has written so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read(self.folder.path().join("log"))
            .map(|log| String::from_utf8_lossy(&log).into_owned())
            .unwrap_or_default()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the process runs");
    }

    // The log line proves that this process has all its ports: the health port alone could be another's.
    fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + START;
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended with {status}:\n{}", self.log());
            }
            if self.log().contains(READY)
                && http::get(self.health, "/status").is_ok_and(|answer| answer.status == 200)
            {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("it was not ready after {START:?}:\n{}", self.log());
            }
            thread::sleep(POLL);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(
    program: &PathBuf,
    config: &PathBuf,
    environment: &[(&'static str, String)],
    folder: &TempDir,
) -> anyhow::Result<Child> {
    let log = File::create(folder.path().join("log"))?;
    Command::new(program)
        .arg("--config")
        .arg(config)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))
}

/// A file of the repository.
pub(crate) fn in_repository(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}

/// Repeats a start that lost a race for a port. A test can do nothing about any other failure.
pub(crate) fn started<T>(name: &str, start: impl Fn() -> Result<T, Failure>) -> T {
    let attempt = || {
        for _ in 0..ATTEMPTS {
            match start() {
                Ok(started) => return Ok(started),
                Err(Failure::PortTaken) => {}
                Err(Failure::Fatal(error)) => return Err(error),
            }
        }
        bail!("a port was taken {ATTEMPTS} times in a row")
    };
    attempt().unwrap_or_else(|error| panic!("{name} did not start: {error:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_that_loses_a_race_is_repeated() {
        let tries = std::cell::Cell::new(0);

        let third = started("it", || {
            tries.set(tries.get() + 1);
            if tries.get() < 3 {
                return Err(Failure::PortTaken);
            }
            Ok(tries.get())
        });

        assert_eq!(third, 3);
    }

    #[test]
    #[should_panic(expected = "it did not start: no luck")]
    fn a_start_that_fails_otherwise_is_not_repeated() {
        started("it", || -> Result<(), _> {
            Err(Failure::Fatal(anyhow::anyhow!("no luck")))
        });
    }
}
