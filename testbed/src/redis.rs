//! A real Redis as an own process on a free port.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::ports::free_port;
use crate::programs::REDIS_SERVER;

/// How often a start is tried on another port.
const ATTEMPTS: usize = 5;
/// A loaded machine is slow; a healthy one needs a few milliseconds.
const START: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(5);
/// Nothing that a test asks of a local server takes longer; one that does is frozen.
const ANSWER: Duration = Duration::from_secs(5);

/// Everything in the database as one text: for each key its name, its remaining time in milliseconds (-1: none), its
/// type and its content.
const DUMP: &str = r"
local read = {
    string = function(key) return redis.call('GET', key) end,
    hash = function(key) return redis.call('HGETALL', key) end,
    list = function(key) return redis.call('LRANGE', key, 0, -1) end,
    set = function(key) return redis.call('SMEMBERS', key) end,
    zset = function(key) return redis.call('ZRANGE', key, 0, -1) end,
    stream = function(key) return redis.call('XRANGE', key, '-', '+') end,
}
local dump = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
    local kind = redis.call('TYPE', key).ok
    dump[#dump + 1] = {key, redis.call('PTTL', key), kind, read[kind](key)}
end
return dump
";

/// A `redis-server` of the test's own. Dropping it kills it.
///
/// # Examples
///
/// ```no_run
/// use testbed::redis::RedisServer;
///
/// let Some(redis) = RedisServer::start() else {
///     return; // skipped, and standard error says so
/// };
/// println!("connect to {}", redis.url());
/// ```
#[derive(Debug)]
pub struct RedisServer {
    program: PathBuf,
    address: SocketAddr,
    durable: bool,
    /// Holds the log and, for a durable server, the data.
    folder: TempDir,
    child: Child,
}

impl RedisServer {
    /// Starts a Redis that forgets everything when it ends; `None` when the program is missing and the test is to be
    /// skipped.
    ///
    /// # Panics
    ///
    /// When it does not get ready, and when the program is missing under `CI=true`.
    #[must_use]
    pub fn start() -> Option<Self> {
        Self::start_with(false)
    }

    /// Starts a Redis that writes every change to its append-only file, and so survives a kill.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_durable() -> Option<Self> {
        Self::start_with(true)
    }

    fn start_with(durable: bool) -> Option<Self> {
        let program = REDIS_SERVER.find_or_skip()?;
        let mut failure = None;
        for _ in 0..ATTEMPTS {
            // Someone else may be faster on the port: then the server ends, and the next one gets another.
            match Self::try_start(program.clone(), durable) {
                Ok(server) => return Some(server),
                Err(error) => failure = Some(error),
            }
        }
        panic!("redis-server did not start: {failure:#?}");
    }

    fn try_start(program: PathBuf, durable: bool) -> anyhow::Result<Self> {
        let address = free_port();
        let folder = tempfile::tempdir()?;
        let child = spawn(&program, address, durable, &folder)?;
        let mut server = Self {
            program,
            address,
            durable,
            folder,
            child,
        };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Its address as a client wants it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the process at once, as a crash would.
    pub fn kill(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts the process again on the same port, after killing it if need be.
    ///
    /// # Panics
    ///
    /// When it does not get ready.
    pub fn restart(&mut self) {
        self.kill();
        let restarted = spawn(&self.program, self.address, self.durable, &self.folder)
            .map(|child| self.child = child)
            .and_then(|()| self.wait_until_ready());
        if let Err(error) = restarted {
            panic!("redis-server did not restart: {error:#}");
        }
    }

    /// Stops the process without ending it: its socket accepts, nobody answers.
    ///
    /// # Panics
    ///
    /// When the process has ended.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets a frozen process go on.
    ///
    /// # Panics
    ///
    /// When the process has ended.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Sends one command and returns the answer as it came over the wire.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached or is silent for five seconds.
    pub fn ask(&self, command: &[&str]) -> io::Result<String> {
        let mut connection = TcpStream::connect_timeout(&self.address, ANSWER)?;
        connection.set_read_timeout(Some(ANSWER))?;
        connection.set_write_timeout(Some(ANSWER))?;
        connection.write_all(encode(command).as_bytes())?;
        // Ends the connection after the answer, so that its end needs no parser.
        connection.write_all(encode(&["QUIT"]).as_bytes())?;
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer);
        Ok(answer.strip_suffix("+OK\r\n").unwrap_or(&answer).to_owned())
    }

    /// Everything that the server holds: names, remaining times and contents of all keys. Bytes that are no text are
    /// replaced.
    ///
    /// # Panics
    ///
    /// When the server does not answer.
    #[must_use]
    pub fn dump(&self) -> String {
        self.ask(&["EVAL", DUMP, "0"]).expect("the server answers")
    }

    /// Names of keys that will never expire.
    ///
    /// # Panics
    ///
    /// When the server does not answer.
    #[must_use]
    pub fn keys_without_end(&self) -> Vec<String> {
        let script = "local endless = {}
            for _, key in ipairs(redis.call('KEYS', '*')) do
                if redis.call('PTTL', key) == -1 then endless[#endless + 1] = key end
            end
            return table.concat(endless, '\\n')";
        let answer = self
            .ask(&["EVAL", script, "0"])
            .expect("the server answers");
        let names = answer
            .split_once("\r\n")
            .map_or("", |(_length, names)| names);
        names.split_whitespace().map(str::to_owned).collect()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the process runs");
    }

    // Its own process id proves that it is this server which answers, and not another one on the same port.
    fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let own = format!("process_id:{}\r\n", self.child.id());
        let deadline = Instant::now() + START;
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended with {status}:\n{}", self.log());
            }
            // While it loads its data it answers INFO, but nothing else.
            let answer = self.ask(&["INFO"]).unwrap_or_default();
            if answer.contains(&own) && answer.contains("\nloading:0") {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("it was not ready after {START:?}:\n{}", self.log());
            }
            thread::sleep(POLL);
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(
    program: &PathBuf,
    address: SocketAddr,
    durable: bool,
    folder: &TempDir,
) -> anyhow::Result<Child> {
    let log = File::create(folder.path().join("log"))?;
    Command::new(program)
        .args([
            "--bind",
            &address.ip().to_string(),
            "--port",
            &address.port().to_string(),
        ])
        .args([
            "--save",
            "",
            "--appendonly",
            if durable { "yes" } else { "no" },
        ])
        .args(["--appendfsync", "always"])
        .arg("--dir")
        .arg(folder.path())
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))
}

fn encode(command: &[&str]) -> String {
    let mut encoded = format!("*{}\r\n", command.len());
    for part in command {
        encoded.push_str(&format!("${}\r\n{part}\r\n", part.len()));
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_keeps_what_a_durable_server_held_and_only_that() {
        for (start, kept) in [
            (RedisServer::start_durable as fn() -> _, true),
            (RedisServer::start, false),
        ] {
            let Some(mut server): Option<RedisServer> = start() else {
                return;
            };
            assert_eq!(server.ask(&["SET", "key", "value"]).unwrap(), "+OK\r\n");

            server.restart();

            assert_eq!(server.dump().contains("value"), kept);
        }
    }

    #[test]
    fn a_frozen_server_is_silent_until_it_is_thawed() {
        let Some(server) = RedisServer::start() else {
            return;
        };

        server.freeze();
        assert!(server.ask(&["PING"]).is_err());

        server.thaw();
        assert_eq!(server.ask(&["PING"]).unwrap(), "+PONG\r\n");
    }

    #[test]
    fn keys_without_end_are_found() {
        let Some(server) = RedisServer::start() else {
            return;
        };
        server.ask(&["SET", "ending", "1", "EX", "100"]).unwrap();
        assert!(server.keys_without_end().is_empty());

        server.ask(&["SET", "endless", "1"]).unwrap();
        assert_eq!(server.keys_without_end(), ["endless"]);
    }
}
