//! Hooks run when a process ends. Only another process can see that, so this program starts itself.

use std::env;
use std::process::{self, Command, ExitCode};
use std::thread;

use libtest_mimic::{Arguments, Trial};
use opentracing_shim_at_exit::at_exit;

const ENDING: &str = "TEST_ENDING";

fn main() -> ExitCode {
    if let Ok(ending) = env::var(ENDING) {
        return end(&ending);
    }
    let trials = vec![
        case(
            "hooks_run_when_main_returns",
            "return",
            0,
            "second\nfirst\n",
        ),
        case(
            "hooks_run_when_exit_is_called",
            "exit",
            7,
            "second\nfirst\n",
        ),
        case(
            "hooks_run_when_another_thread_exits",
            "exit elsewhere",
            7,
            "second\nfirst\n",
        ),
        case(
            "a_hook_that_panics_stops_no_other",
            "a hook panics",
            0,
            "first\n",
        ),
        case(
            "a_hook_may_register_another",
            "a hook registers another",
            0,
            "another\nfirst\n",
        ),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A process with this ending has this code, and its hooks say this.
fn case(name: &str, ending: &'static str, code: i32, said: &'static str) -> Trial {
    Trial::test(name, move || {
        let output = Command::new(env::current_exe()?)
            .env(ENDING, ending)
            .output()?;

        assert_eq!(String::from_utf8_lossy(&output.stdout), said, "{output:?}");
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        Ok(())
    })
}

fn end(ending: &str) -> ExitCode {
    register(|| println!("first"));
    match ending {
        "a hook panics" => register(|| panic!("a bug in a hook")),
        "a hook registers another" => register(|| register(|| println!("another"))),
        _ => register(|| println!("second")),
    }
    match ending {
        "exit" => process::exit(7),
        "exit elsewhere" => {
            let _ = thread::spawn(|| process::exit(7)).join();
        }
        _ => {}
    }
    ExitCode::SUCCESS
}

fn register(hook: fn()) {
    at_exit(hook).expect("the C library has room");
}
