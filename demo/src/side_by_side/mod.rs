//! Two fleets serve the same requests, and what they left is held side by side.

mod arguments;

use std::sync::Arc;

use anyhow::Context as _;
use compare::output::{self, Style};
use compare::{Capture, Report, Rules};
use platform::Phone;
use store::Namespace;
use tokio::runtime::Runtime;
use viewer::Viewer;
use viewer::jaeger::wire::{Envelope, TraceJson};

pub(crate) use self::arguments::{Arguments, Format};
use crate::fleet::{Leftovers, Receivers};
use crate::fleets::PATIENCE;
use crate::fleets::system::System;
use crate::fleets::tap::Tap;
use crate::fleets::whole::STEPS;
use crate::options::{RedisUrl, Stages};
use crate::say;

/// Whose phone logs in, in both.
const PHONE: &str = "+8613800138000";

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
    say("");
}

fn observe(arguments: &Arguments, rules: &Rules) -> anyhow::Result<Report> {
    let runtime = Runtime::new()?;
    let viewer = runtime
        .block_on(Viewer::builder().start())
        .context("the receiver cannot be started")?;
    let receivers = Receivers {
        otlp: viewer.grpc_url(),
        agent: viewer
            .thrift_compact_addr()
            .context("the receiver takes no Thrift")?,
    };
    let capture = |stages: Stages, side: &str| {
        let redis = arguments.redis.as_ref();
        capture(&runtime, &viewer, &receivers, stages, side, redis)
            .with_context(|| format!("stage {stages}"))
    };
    let report = compare::compare(
        &capture(arguments.left, "left")?,
        &capture(arguments.right, "right")?,
        rules,
    );
    runtime.block_on(viewer.shutdown());
    Ok(report)
}

/// All that one fleet left, duplicates included.
fn capture(
    runtime: &Runtime,
    viewer: &Viewer,
    receivers: &Receivers,
    stages: Stages,
    side: &str,
    redis: Option<&RedisUrl>,
) -> anyhow::Result<Capture> {
    // Dropped after the services, and so after the last that is written.
    let leftovers = redis.map(|url| {
        let namespace = Namespace::default().for_one_run();
        Leftovers::new(runtime.handle(), url, &namespace)
    });
    let tap = match &leftovers {
        Some(redis) => Tap::over(Arc::new(redis.store()?)),
        None => Tap::new(),
    };
    let system = System::start_over(tap, receivers, stages, side, 1.0)?;
    let mut walk = system.walk(Phone::parse(PHONE, None)?);
    runtime.block_on(async {
        system.serve(&mut walk, &STEPS).await?;
        // The code can be read a moment before sms has settled the message.
        system.tap.settled(1, PATIENCE).await
    })?;
    let traces = system.left_at(viewer)?;
    let traces: Vec<_> = traces.iter().map(TraceJson::from_model).collect();
    let text = serde_json::to_vec(&Envelope::data(traces))?;
    Ok(Capture::from_slice(&stages.to_string(), &text)?)
}
