//! The binary, as a process of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use launcher::{Service, Stage};
use platform::Url;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use testbed::programs::Program;

use super::POLL;

/// A start in a build without optimisation, on a machine with other things to do.
const START: Duration = Duration::from_secs(30);
/// The promise for the end is five seconds; this bound is for a process that broke it.
const END: Duration = Duration::from_secs(20);

/// A launcher that has not been started.
#[derive(Debug)]
pub(crate) struct Launch {
    service: Service,
    command: Command,
}

/// A launcher that listens. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
    log: Log,
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// From the signal to the end.
    pub(crate) after: Duration,
    pub(crate) lines: Vec<String>,
}

/// What a process writes to stderr, line by line.
#[derive(Clone, Debug, Default)]
struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    reader: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Launch {
    /// A service in a stage, on a free port. It sees no variable but those that it is given here.
    pub(crate) fn new(service: Service, stage: Stage) -> Self {
        Self::with(Command::new(env!("CARGO_BIN_EXE_launcher")), service, stage)
    }

    /// The same on one processor, or `None` when there is no `taskset` to say so.
    pub(crate) fn on_one_processor(service: Service, stage: Stage) -> Option<Self> {
        let mut command = Command::new(TASKSET.find_or_skip()?);
        command.args(["-c", "0", env!("CARGO_BIN_EXE_launcher")]);
        Some(Self::with(command, service, stage))
    }

    fn with(mut command: Command, service: Service, stage: Stage) -> Self {
        let name = service.name();
        command
            .env_clear()
            .args([name, "--stage", stage.name(), "--listen", "127.0.0.1:0"])
            .env("OTEL_BSP_SCHEDULE_DELAY", "50")
            .env("OTEL_BLRP_SCHEDULE_DELAY", "50");
        Self { service, command }
    }

    /// Sets a variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.command.env(name, value.as_ref());
        self
    }

    /// Says where a service in stage legacy finds its agent.
    pub(crate) fn agent(self, address: SocketAddr) -> Self {
        self.env("JAEGER_AGENT_HOST", address.ip().to_string())
            .env("JAEGER_AGENT_PORT", address.port().to_string())
    }

    /// Starts it and waits until it listens.
    ///
    /// # Panics
    ///
    /// When it does not; the message carries its log.
    pub(crate) fn start(mut self) -> Process {
        let mut child = self.spawn();
        let log = Log::read_from(&mut child);
        let listens = format!("{} listens on ", self.service);
        let deadline = Instant::now() + START;
        loop {
            if let Some(address) = log.address(&listens) {
                return Process {
                    child,
                    address,
                    log,
                };
            }
            let ended = child.try_wait().expect("the process is ours");
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "{} does not listen ({ended:?}): {:#?}",
                self.service,
                log.lines()
            );
            thread::sleep(POLL);
        }
    }

    /// Starts it, and asks it to end with the very line that says that it listens.
    ///
    /// # Panics
    ///
    /// When it does not end.
    pub(crate) fn ended_as_soon_as_it_listens(mut self) -> Ended {
        let mut child = self.spawn();
        let listens = format!("{} listens on ", self.service);
        // Unbuffered, and on this thread: the signal is to be as early as it can be.
        let mut written = String::new();
        let mut byte = [0];
        let stderr = child.stderr.as_mut().expect("stderr is piped");
        while !written.contains(&listens) {
            let read = stderr.read(&mut byte).expect("the pipe can be read");
            assert_eq!(read, 1, "it ended: {written}");
            written.push(char::from(byte[0]));
        }
        kill_process(Pid::from_child(&child), Signal::TERM).expect("the process runs");
        let log = Log::read_from(&mut child);
        Ended::wait(&mut child, &log)
    }

    /// Runs it, for a launch that is to be refused.
    ///
    /// # Panics
    ///
    /// When it does not end by itself.
    pub(crate) fn refused(mut self) -> Ended {
        let mut child = self.spawn();
        let log = Log::read_from(&mut child);
        Ended::wait(&mut child, &log)
    }

    fn spawn(&mut self) -> Child {
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the launcher can be run")
    }
}

impl Process {
    /// Where it listens.
    pub(crate) fn url(&self) -> Url {
        format!("http://{}", self.address)
            .parse()
            .expect("an address makes a URL")
    }

    /// What it has written so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.log.lines()
    }

    /// Asks it to end, by SIGTERM, and waits until it has.
    pub(crate) fn terminate(mut self) -> Ended {
        self.ask_to_end();
        Ended::wait(&mut self.child, &self.log)
    }

    /// Asks it to end, by SIGTERM.
    pub(crate) fn ask_to_end(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("the process runs");
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        let ended = self.child.try_wait().expect("the process is ours");
        ended.is_none()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            println!("the log of {}:\n{}", self.address, self.lines().join("\n"));
        }
    }
}

impl Ended {
    fn wait(child: &mut Child, log: &Log) -> Self {
        let asked = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("the process is ours") {
                break status;
            }
            if asked.elapsed() > END {
                let _ = child.kill();
                panic!("it did not end: {:#?}", log.lines());
            }
            thread::sleep(POLL);
        };
        let after = asked.elapsed();
        log.finish();
        let lines = log.lines();
        let panicked = lines.iter().any(|line| line.contains("panicked at"));
        assert!(!panicked, "{lines:#?}");
        Self {
            status,
            after,
            lines,
        }
    }
}

impl Log {
    fn read_from(child: &mut Child) -> Self {
        let stderr = child.stderr.take().expect("stderr is piped");
        let log = Self::default();
        let lines = Arc::clone(&log.lines);
        let reader = thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                lock(&lines).push(line);
            }
        });
        *lock(&log.reader) = Some(reader);
        log
    }

    fn lines(&self) -> Vec<String> {
        lock(&self.lines).clone()
    }

    /// Waits for what is still in the pipe of a process that has ended.
    fn finish(&self) {
        if let Some(reader) = lock(&self.reader).take() {
            reader.join().expect("reading lines does not panic");
        }
    }

    fn address(&self, listens: &str) -> Option<SocketAddr> {
        lock(&self.lines).iter().find_map(|line| {
            let (_, rest) = line.split_once(listens)?;
            rest.split_whitespace().next()?.parse().ok()
        })
    }
}

/// A line of a log.
#[track_caller]
pub(crate) fn as_json(line: &str) -> Value {
    let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    assert!(value.is_object(), "{line}");
    value
}

/// Part of util-linux, and so of every Debian.
const TASKSET: Program = Program {
    name: "taskset",
    variable: "TASKSET_BIN",
    cached: None,
    remedy: "install util-linux",
};

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
