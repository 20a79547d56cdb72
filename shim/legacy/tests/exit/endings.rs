//! The programs whose end is looked at.

use std::env;
use std::process::{self, ExitCode};
use std::thread;
use std::time::Duration;

use opentracing_shim_legacy::{Reporter, Settings, configure};

use crate::spans::span;

/// The variable that names the ending.
pub(crate) const ENDING: &str = "TEST_ENDING";
/// The variable that sets the wait; the default is left alone without it.
pub(crate) const EXIT_WAIT_MS: &str = "TEST_EXIT_WAIT_MS";

/// As many spans as the queue holds by default.
pub(crate) const MANY: usize = 2048;

pub(crate) fn run(ending: &str) -> ExitCode {
    if let Ok(wait) = env::var(EXIT_WAIT_MS) {
        let wait = Duration::from_millis(wait.parse().expect("a number"));
        configure(Settings::new().exit_wait(wait)).expect("nothing was configured before");
    }
    match ending {
        "nothing" => {
            let _unused = Reporter::new("leaving");
            println!("threads: {}", threads());
        }
        "return" => report(&Reporter::new("leaving")),
        "drop" => {
            let reporter = Reporter::new("leaving");
            report(&reporter);
            drop(reporter);
        }
        "exit" => {
            report(&Reporter::new("leaving"));
            process::exit(7);
        }
        "exit elsewhere" => {
            report(&Reporter::new("leaving"));
            let _ = thread::spawn(|| process::exit(7)).join();
        }
        "panic" => {
            report(&Reporter::new("leaving"));
            panic!("a bug in an application");
        }
        "current thread" => tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime")
            .block_on(async { report(&Reporter::new("leaving")) }),
        "two services" => {
            let many = Reporter::new("many");
            for number in 0..MANY {
                let taken = many.report([span("last words", number as u64 + 1)]);
                taken.expect("the queue holds that many");
            }
            report(&Reporter::new("leaving"));
        }
        other => panic!("no ending is called {other:?}"),
    }
    ExitCode::SUCCESS
}

fn report(reporter: &Reporter) {
    let taken = reporter.report([span("last words", 1)]);
    taken.expect("there is room for one");
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count)
}
