//! Two fleets serve the same requests, and what they left is held side by side.

mod arguments;

use std::sync::Arc;

use anyhow::Context as _;
use compare::output::{self, Style};
use compare::{Report, Rules};
use store::Namespace;
use tokio::runtime::Runtime;
use viewer::Viewer;

pub(crate) use self::arguments::{Arguments, Format};
use crate::fleet::{Leftovers, Receivers};
use crate::fleets::captured::capture;
use crate::fleets::tap::Tap;
use crate::fleets::whole::STEPS;
use crate::options::Stages;
use crate::say;

/// Runs both fleets and shows in what their traces differ. Returns whether they are equivalent.
///
/// # Errors
///
/// If it cannot be said: rules cannot be used, or a fleet does not run.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let rules = arguments.rules()?;
    if arguments.format == Format::Text {
        introduce(arguments);
    }
    let report = observe(arguments, &rules)?;
    let shown = match arguments.format {
        Format::Text => output::text(&report, Style::for_stdout()),
        Format::Json => serde_json::to_string_pretty(&report)?,
        Format::Html => output::html(&report),
    };
    say(shown.trim_end());
    Ok(report.is_equivalent())
}

fn introduce(arguments: &Arguments) {
    let (left, right) = (arguments.left, arguments.right);
    say(&format!("Comparing stage {left} with stage {right}."));
    let requests = STEPS.map(|step| step.title()).join(", ");
    say(&format!("  requests  {requests}"));
    let store = arguments.redis.as_ref();
    let store = store.map_or("in this process", |_| "Redis");
    say(&format!("  store     {store}"));
    let rules = arguments.rule_files().join(", ");
    say(&format!("  rules     built-in, {rules}"));
    let conditions = arguments.conditions();
    if !conditions.is_usual() {
        say(&format!("  so that the mistake shows: {conditions}"));
    }
    say("");
}

fn observe(arguments: &Arguments, rules: &Rules) -> anyhow::Result<Report> {
    let runtime = Runtime::new()?;
    let viewer = runtime
        .block_on(Viewer::builder().start())
        .context("the receiver cannot be started")?;
    let receivers = Receivers::of(&viewer)?;
    let conditions = arguments.conditions();
    let run = |stages: Stages, side: &str| {
        // Dropped after the services, and so after the last that is written.
        let leftovers = arguments.redis.as_ref().map(|url| {
            let namespace = Namespace::default().for_one_run();
            Leftovers::new(runtime.handle(), url, &namespace)
        });
        let tap = match &leftovers {
            Some(redis) => Tap::over(Arc::new(redis.store()?)),
            None => Tap::new(),
        };
        let (over, what) = ((tap, side), (stages, conditions));
        capture(runtime.handle(), &viewer, &receivers, over, what)
    };
    let capture =
        |stages: Stages, side| run(stages, side).with_context(|| format!("stage {stages}"));
    let report = compare::compare(
        &capture(arguments.left, "left")?,
        &capture(arguments.right, "right")?,
        rules,
    );
    runtime.block_on(viewer.shutdown());
    Ok(report)
}
