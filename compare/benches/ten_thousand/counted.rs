//! What reading, comparing and examining costs in instructions, beside plain parsing of the same text, and how that grows.
//!
//! The program starts itself once for each number, under valgrind's callgrind, which counts inside one function.

use std::env;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::process::{Command, ExitCode, Stdio};

use compare::{Rules, compare, doctor};

use crate::captures::{beginnings, capture, orphans, siblings};
use crate::{parse, read};

/// The argument that makes this program the counted one.
pub(crate) const COUNTED: &str = "--counted-by-callgrind";

/// Valgrind is slow, and the ratios are the same as of ten thousand.
const SPANS: usize = 1_000;
/// Twice the spans cost twice as much if the cost is linear, and four times if it is quadratic.
const MAX_GROWTH: f64 = 2.2;

/// What all else is measured by.
const PARSE: &str = "parse as plain JSON";
const SIBLINGS: &str = "compare siblings that all differ";
const DOCTOR: &str = "examine both";
const BEGINNINGS: &str = "examine beginnings by name";
const ORPHANS: &str = "examine calls without a caller";
/// Each work, and how many times the instructions of plain parsing it may take. There is room for other versions of the
/// compiler and of the parser, and not for twice the work.
const WORKS: [(&str, f64); 6] = [
    ("read", 0.75),
    ("compare", 1.0),
    (SIBLINGS, 0.65),
    (DOCTOR, 0.45),
    (BEGINNINGS, 0.45),
    (ORPHANS, 0.4),
];

/// Counts, prints, and fails if something costs more than it may.
pub(crate) fn check() -> ExitCode {
    if !is_installed() {
        println!("skipped: valgrind is not installed");
        return if env::var("CI").is_ok_and(|value| value == "true") {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        };
    }
    match table() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns whether everything costs what it may.
fn table() -> Result<bool, Box<dyn Error>> {
    let plain = count(PARSE, SPANS)?;
    let mut holds = true;
    println!("Instructions for two captures of {SPANS} spans:");
    println!("  {PARSE:<33} {:>5.1} million", plain / 1e6);
    for (work, most) in WORKS {
        let (once, twice) = (count(work, SPANS)?, count(work, 2 * SPANS)?);
        let (ratio, growth) = (once / plain, twice / once);
        let verdict = if ratio <= most && growth <= MAX_GROWTH {
            "holds"
        } else {
            holds = false;
            "FAILED"
        };
        println!(
            "  {work:<33} {:>5.1} million, {ratio:.2} of plain parsing (at most {most:.2}), \
             {growth:.2} for twice the spans (at most {MAX_GROWTH}): {verdict}",
            once / 1e6
        );
    }
    Ok(holds)
}

fn is_installed() -> bool {
    let mut valgrind = Command::new("valgrind");
    valgrind
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    valgrind.status().is_ok_and(|status| status.success())
}

fn count(work: &str, spans: usize) -> Result<f64, Box<dyn Error>> {
    let costs = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("compare.callgrind");
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", costs.display()))
        .arg("--collect-atstart=no")
        // The names of Rust's functions come mangled or not, as the compiler and valgrind like; both end so.
        .arg("--toggle-collect=*counted_work")
        .arg(env::current_exe()?)
        .args([COUNTED, work, &spans.to_string()])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let text = fs::read_to_string(&costs)?;
    let totals = text.lines().find_map(|line| line.strip_prefix("totals: "));
    match totals.map(|total| total.trim().parse::<f64>()) {
        Some(Ok(total)) if total > 0.0 => Ok(total),
        _ => Err("callgrind has not found the function to count".into()),
    }
}

/// The life of the counted process.
pub(crate) fn run(work: &str, spans: &str) -> ExitCode {
    let Ok(spans) = spans.parse() else {
        return ExitCode::FAILURE;
    };
    let rules = Rules::builtin();
    let texts = match work {
        SIBLINGS => [siblings(spans, 1), siblings(spans, 2)],
        BEGINNINGS => [beginnings(spans), beginnings(spans)],
        ORPHANS => [orphans(spans), orphans(spans)],
        _ => [
            capture(spans, 1, "http.method"),
            capture(spans, 2, "http.request.method"),
        ],
    };
    let captures = [&texts[0], &texts[1]].map(|text| read(text));
    match work {
        PARSE => counted_work(&mut || {
            black_box(texts.each_ref().map(|text| parse(text)));
        }),
        "read" => counted_work(&mut || {
            black_box(texts.each_ref().map(|text| read(text)));
        }),
        DOCTOR | BEGINNINGS | ORPHANS => counted_work(&mut || {
            black_box(captures.each_ref().map(|capture| doctor(capture, &rules)));
        }),
        _ => counted_work(&mut || {
            black_box(compare(&captures[0], &captures[1], &rules));
        }),
    }
    ExitCode::SUCCESS
}

/// Callgrind finds this function by its name.
#[inline(never)]
fn counted_work(work: &mut dyn FnMut()) {
    work();
}
