//! Instructions, counted by valgrind in this program, started once more.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Costs, ROUNDS};

/// The argument that makes this program the counted process.
pub(crate) const COUNTED: &str = "--counted-by-callgrind";

/// Before anything is counted: what is made on first use.
const WARM_UP: u32 = 20;

/// `None` without valgrind.
pub(crate) fn count() -> Option<Costs<f64>> {
    let version = Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if !version.is_ok_and(|status| status.success()) {
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recorded_span");
    fs::create_dir_all(&folder).expect("the folder can be made");
    let costs = folder.join("costs");
    // The names of Rust's functions come mangled or not, as the compiler and valgrind like; both end so.
    let function = "*counted_rounds";
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", costs.display()))
        .arg("--collect-atstart=no")
        .arg(format!("--toggle-collect={function}"))
        .arg(format!("--dump-after={function}"))
        .arg(std::env::current_exe().expect("the system knows"))
        .arg(COUNTED)
        .output()
        .expect("valgrind starts");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    // Each subject has two files: for its warm-up and for what counts.
    Some(Costs {
        original: read(&costs.with_extension("2")),
        drop_in: read(&costs.with_extension("4")),
    })
}

fn read(file: &PathBuf) -> f64 {
    let text = fs::read_to_string(file).expect("valgrind writes it");
    let totals = text.lines().find_map(|line| {
        let number = line
            .strip_prefix("totals:")
            .or(line.strip_prefix("summary:"))?;
        number.trim().parse::<f64>().ok()
    });
    totals.expect("it has a total") / f64::from(ROUNDS)
}

/// The life of the counted process.
pub(crate) fn run_counted(original: &impl Fn(), drop_in: &impl Fn()) {
    counted_rounds(WARM_UP, original);
    counted_rounds(ROUNDS, original);
    counted_rounds(WARM_UP, drop_in);
    counted_rounds(ROUNDS, drop_in);
}

#[inline(never)]
fn counted_rounds(rounds: u32, work: &dyn Fn()) {
    for _ in 0..rounds {
        work();
    }
}
