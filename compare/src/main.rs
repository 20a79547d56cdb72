//! The command `trace-compare`.
//!
//! It ends with 0 if the captures are equivalent, or nothing was found; with 1 if there are differences or findings; with 2 if
//! it could not be said, because an input or an argument is of no use.

mod options;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use compare::output::{self, Style};
use compare::{BUILTIN_RULES, Capture, Rules, compare, doctor};

use crate::options::{Command, Compare, Doctor, Format, Options, PrintedRules, RuleOptions};

/// The captures differ, or something was found.
const DIFFERENT: u8 = 1;
/// It cannot be said.
const UNUSABLE: u8 = 2;

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let options = Options::parse();
    let ran = match &options.command {
        Some(Command::Doctor(doctor)) => examine(doctor),
        Some(Command::Rules(rules)) => print_rules(rules),
        None => side_by_side(&options.compare),
    };
    match ran {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(DIFFERENT),
        Err(error) => {
            eprintln!("trace-compare: {error}");
            ExitCode::from(UNUSABLE)
        }
    }
}

/// Returns whether the two are equivalent.
fn side_by_side(options: &Compare) -> Result<bool, Error> {
    let (Some(left), Some(right)) = (&options.left, &options.right) else {
        return Err("two captures are needed".into());
    };
    if left == "-" && right == "-" {
        return Err("standard input can be one of the captures and not both".into());
    }
    let rules = rules(&options.rules)?;
    let (left, right) = (read(left)?, read(right)?);
    let report = compare(&left, &right, &rules);
    let text = match options.format {
        Format::Text => output::text(&report, style(options.color.as_ref())),
        Format::Json => serde_json::to_string_pretty(&report)? + "\n",
        Format::Html => output::html(&report),
    };
    print(&text)?;
    Ok(report.is_equivalent())
}

/// Returns whether nothing was found that is wrong whatever was meant.
fn examine(options: &Doctor) -> Result<bool, Error> {
    let rules = rules(&options.rules)?;
    let capture = read(&options.capture)?;
    let findings = doctor(&capture, &rules);
    let text = match options.format {
        options::FindingsFormat::Text => output::findings(&findings, style(options.color.as_ref())),
        options::FindingsFormat::Json => serde_json::to_string_pretty(&findings)? + "\n",
    };
    print(&text)?;
    Ok(findings.iter().all(|finding| finding.may_be_meant))
}

fn print_rules(printed: &PrintedRules) -> Result<bool, Error> {
    if printed.markdown {
        print(&Rules::builtin().to_markdown())?;
    } else {
        print(BUILTIN_RULES)?;
    }
    Ok(true)
}

fn rules(options: &RuleOptions) -> Result<Rules, Error> {
    let mut rules = if options.strict {
        Rules::none()
    } else {
        Rules::builtin()
    };
    for path in &options.rules {
        let place = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| format!("{place}: {error}"))?;
        rules = rules.with(&place, &text)?;
    }
    Ok(rules)
}

/// From a file, from standard input, or from an address.
fn read(place: &str) -> Result<Capture, Error> {
    if place == "-" {
        return Ok(Capture::from_reader("standard input", io::stdin().lock())?);
    }
    if place.starts_with("http://") || place.starts_with("https://") {
        return ask(place);
    }
    Ok(Capture::from_path(place)?)
}

#[cfg(feature = "query")]
fn ask(address: &str) -> Result<Capture, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(Capture::from_address(address))?)
}

#[cfg(not(feature = "query"))]
fn ask(address: &str) -> Result<Capture, Error> {
    Err(format!("{address}: built without the feature `query`").into())
}

fn style(color: Option<&options::Color>) -> Style {
    let style = Style::for_stdout();
    let colors = match color {
        Some(options::Color::Always) => true,
        Some(options::Color::Never) => false,
        None | Some(options::Color::Auto) => style.colors,
    };
    Style { colors, ..style }
}

/// A reader that has seen enough closes the pipe, which is no error.
fn print(text: &str) -> Result<(), Error> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
