//! In a terminal, the demo stays up with a page that can run fleets, until it is told to end.
#![cfg(target_os = "linux")]

mod browser;

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// Far more than anything takes, for machines that have other work.
const PATIENCE: Duration = Duration::from_secs(60);

/// The demo, in a terminal of its own.
struct Demo {
    child: Child,
    lines: Receiver<String>,
}

impl Demo {
    fn start() -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&ours).expect("a terminal of ours");
        unlockpt(&ours).expect("a terminal to be opened");
        let name = ptsname(&ours, Vec::new()).expect("the terminal's name");
        let name = name.into_string().expect("text");
        let theirs = OpenOptions::new().read(true).write(true).open(name);
        let child = Command::new(env!("CARGO_BIN_EXE_demo"))
            .stdin(Stdio::null())
            .stdout(theirs.expect("the terminal"))
            .spawn()
            .expect("the demo runs");
        let (sender, lines) = channel();
        thread::spawn(move || {
            // Reading fails when nobody has the terminal open any more.
            let lines = BufReader::new(File::from(ours)).lines();
            for line in lines.map_while(Result::ok) {
                if sender.send(line.trim_end().to_owned()).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    fn line(&self, wanted: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if wanted(&line) => return line,
                Ok(line) => seen.push(line),
                Err(_) => panic!("it said only:\n{}", seen.join("\n")),
            }
        }
    }

    fn end(&mut self) -> ExitStatus {
        kill_process(Pid::from_child(&self.child), Signal::INT).expect("it runs");
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_page_that_stays_up_has_the_buttons() {
    let mut demo = Demo::start();

    let fleet = demo.line(|line| line.ends_with("/fleet"));
    demo.line(|line| line.contains("Ctrl-C"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let page = browser::get(&runtime, fleet.trim()).body;
    let status = demo.end();

    assert!(page.contains("action=\"/fleet/runs\""), "{page}");
    assert!(page.contains("mistake:names-with-ids"), "{page}");
    assert!(status.success(), "{status}");
}
