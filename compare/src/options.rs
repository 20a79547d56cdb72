//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Compares two captures of traces, and says in what they differ and which rule explains it.
///
/// A capture is a file of OTLP JSON or of Jaeger JSON, `-` for standard input, or the address of a Jaeger:
/// http://host:port/?traceID=…, http://host:port/?service=…&lookback=1h, or an address of its page.
///
/// Ends with 0 if the two are equivalent, with 1 if not, with 2 if an input cannot be used.
#[derive(Debug, Parser)]
#[command(
    name = "trace-compare",
    version,
    args_conflicts_with_subcommands = true
)]
#[command(subcommand_negates_reqs = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) compare: Compare,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Looks for what is wrong within one capture. Ends with 1 if there is something.
    Doctor(Doctor),
    /// Prints the built-in rules: the form in which one's own are written.
    Rules(PrintedRules),
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The capture from before.
    #[arg(required = true)]
    pub(crate) left: Option<String>,

    /// The capture from after.
    #[arg(required = true)]
    pub(crate) right: Option<String>,

    /// How the report is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,

    #[command(flatten)]
    pub(crate) rules: RuleOptions,

    /// Whether text has colours. On its own, if the output is a terminal and NO_COLOR is not set.
    #[arg(long, value_enum, value_name = "WHEN")]
    pub(crate) color: Option<Color>,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// The capture.
    pub(crate) capture: String,

    /// How the findings are written.
    #[arg(long, value_enum, default_value_t = FindingsFormat::Text)]
    pub(crate) format: FindingsFormat,

    #[command(flatten)]
    pub(crate) rules: RuleOptions,

    /// Whether text has colours.
    #[arg(long, value_enum, value_name = "WHEN")]
    pub(crate) color: Option<Color>,
}

#[derive(Debug, Args)]
pub(crate) struct PrintedRules {
    /// As tables for a document.
    #[arg(long)]
    pub(crate) markdown: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RuleOptions {
    /// A file of rules, read after the built-in ones. May be given more than once.
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Vec<PathBuf>,

    /// Without the built-in rules.
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// Side by side, for a terminal.
    Text,
    /// For programs.
    Json,
    /// A page that needs nothing else.
    Html,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FindingsFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    /// If the output is a terminal.
    Auto,
    /// In any case.
    Always,
    /// In no case.
    Never,
}
