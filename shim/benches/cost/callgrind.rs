//! Instructions and calls of the allocator, counted by valgrind.
//!
//! The counted process runs the cases in their order. Callgrind collects only inside [`counted`], and writes one file of
//! costs each time that it is left.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Result;
use super::cases::{Cases, Key};

/// The argument that makes this program the counted process.
pub(crate) const COUNTED: &str = "--counted-by-callgrind";

/// Rounds of each case before it is counted, for what is made on first use. They have a file of their own: that ends
/// what callgrind knows of all calls until then, which it counts where it does not collect, too.
const WARM_UP: u32 = 20;
/// Rounds of each case that are counted: enough to level what happens now and then, as a generator of ids that refills.
const ROUNDS: u32 = 200;

/// Ways into the allocator of the C library, which is Rust's default.
const ALLOCATORS: [&str; 5] = [
    "malloc",
    "calloc",
    "realloc",
    "posix_memalign",
    "aligned_alloc",
];

/// What a round costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Count {
    pub(crate) instructions: f64,
    pub(crate) allocations: f64,
}

pub(crate) type Counts = BTreeMap<Key, Count>;

pub(crate) fn is_installed() -> bool {
    Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs this program under callgrind.
pub(crate) fn count(cases: &Cases) -> Result<Counts> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("callgrind");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let prefix = folder.join("costs");
    // The names of Rust's functions come mangled or not, as the compiler and valgrind like; both end so.
    let function = "*counted_rounds";
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", prefix.display()))
        .arg("--collect-atstart=no")
        .arg(format!("--toggle-collect={function}"))
        .arg(format!("--dump-after={function}"))
        .arg(std::env::current_exe()?)
        .arg(COUNTED)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let mut counts = Counts::new();
    for (index, case) in cases.iter().enumerate() {
        counts.insert(case.key, read(&dump(&prefix, 2 * index + 2))?);
    }
    if dump(&prefix, 2 * counts.len() + 1).exists() {
        return Err("callgrind has written more files than there are cases".into());
    }
    Ok(counts)
}

fn dump(prefix: &Path, number: usize) -> PathBuf {
    prefix.with_extension(number.to_string())
}

/// The life of the counted process.
pub(crate) fn run_counted(cases: &Cases) {
    for case in cases.iter() {
        let mut work = (case.prepare)();
        counted_rounds(WARM_UP, &mut *work);
        counted_rounds(ROUNDS, &mut *work);
    }
}

/// Callgrind finds this function by its name.
#[inline(never)]
fn counted_rounds(rounds: u32, work: &mut dyn FnMut()) {
    for _ in 0..black_box(rounds) {
        work();
    }
}

/// Reads a file of costs: its sum, and the calls of the allocator. Names are written once, `(7) malloc`, and are a
/// number from then on; `calls=` tells how often the function of the last `cfn=` was called.
fn read(path: &Path) -> Result<Count> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut allocators = HashSet::new();
    let mut is_allocator = false;
    let mut allocations = 0_u64;
    let mut instructions = None;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("fn=").or(line.strip_prefix("cfn=")) {
            let (number, name) = name.split_once(' ').unwrap_or((name, ""));
            if ALLOCATORS.contains(&name) {
                allocators.insert(number);
            }
            is_allocator = line.starts_with('c') && allocators.contains(number);
        } else if let Some(calls) = line.strip_prefix("calls=").filter(|_| is_allocator) {
            let times = calls.split(' ').next().unwrap_or_default();
            allocations += times.parse::<u64>()?;
        } else if let Some(sum) = line.strip_prefix("totals: ") {
            instructions = Some(sum.trim().parse::<u64>()?);
        }
    }
    let instructions = instructions.ok_or_else(|| format!("{} has no sum", path.display()))?;
    if instructions == 0 {
        return Err("callgrind has not found the function to count".into());
    }
    Ok(Count {
        instructions: per_round(instructions),
        allocations: per_round(allocations),
    })
}

fn per_round(sum: u64) -> f64 {
    sum as f64 / f64::from(ROUNDS)
}
