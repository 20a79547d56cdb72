//! On which machine it was measured.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

const SECONDS_A_DAY: u64 = 24 * 60 * 60;

/// What a reader has to know to make anything of a number.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    /// The model of the CPU.
    pub(crate) cpu: String,
    /// How many of them this process may use.
    pub(crate) cpus: usize,
    /// The kernel.
    pub(crate) kernel: String,
    /// The compiler.
    pub(crate) rustc: String,
    /// The day, in UTC.
    pub(crate) date: String,
    /// How many processes wanted to run in the minute before, on average.
    pub(crate) load: Option<String>,
}

impl Machine {
    /// This machine, now. What cannot be found out is said to be unknown. To be called before this process is kept off a CPU.
    #[must_use]
    pub(crate) fn here() -> Self {
        let unknown = || "unknown".to_owned();
        let uname = rustix::system::uname();
        let kernel = [uname.sysname(), uname.release(), uname.machine()];
        let kernel = kernel
            .map(|part| part.to_string_lossy().into_owned())
            .join(" ");
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let load = std::fs::read_to_string("/proc/loadavg").ok();
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            cpu: model(&info).unwrap_or_else(unknown),
            cpus: std::thread::available_parallelism().map_or(1, Into::into),
            kernel,
            rustc: rustc().unwrap_or_else(unknown),
            date: date(now.as_secs()),
            load: load.and_then(|text| text.split_whitespace().next().map(str::to_owned)),
        }
    }
}

fn model(info: &str) -> Option<String> {
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    let (_, model) = line.split_once(':')?;
    Some(model.trim().to_owned())
}

/// The compiler that is on the path, which is the one that cargo has just used.
fn rustc() -> Option<String> {
    let output = Command::new("rustc").arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.trim().strip_prefix("rustc ")?;
    Some(version.to_owned())
}

/// The day of a time since 1970, as year, month and day of the Gregorian calendar.
fn date(seconds: u64) -> String {
    let mut days = seconds / SECONDS_A_DAY;
    let mut year = 1970;
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let days_of = |year| if is_leap(year) { 366 } else { 365 };
    while days >= days_of(year) {
        days -= days_of(year);
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_counted_from_1970() {
        for (seconds, expected) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_709_251_199, "2024-02-29"),
            (1_709_251_200, "2024-03-01"),
            (1_798_761_599, "2026-12-31"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(date(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn the_model_is_found_among_the_rest() {
        let info =
            "processor\t: 0\nvendor_id\t: X\nmodel name\t: Some CPU @ 2 GHz\ncache size : 1\n";
        assert_eq!(model(info).unwrap(), "Some CPU @ 2 GHz");
        assert_eq!(model("processor : 0\n"), None);
    }

    #[test]
    fn this_machine_can_be_described() {
        let here = Machine::here();
        assert!(here.cpus > 0);
        assert!(!here.kernel.trim().is_empty());
    }
}
