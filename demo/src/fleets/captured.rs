//! What a fleet leaves, as a capture that can be compared.

use compare::Capture;
use launcher::{Mistake, Stage};
use platform::Phone;
use tokio::runtime::Handle;
use viewer::Viewer;
use viewer::jaeger::wire::{Envelope, TraceJson};

use super::PATIENCE;
use super::system::System;
use super::tap::Tap;
use super::whole::STEPS;
use crate::conditions::Conditions;
use crate::fleet::Receivers;
use crate::options::Stages;

/// Whose phone logs in, everywhere.
const PHONE: &str = "+8613800138000";

/// All that a fleet leaves of the requests of [`STEPS`], duplicates included.
///
/// # Errors
///
/// If the fleet does not run, a request does not get the answer that it should, or spans are lost that nobody loses on
/// purpose.
pub(crate) fn capture(
    runtime: &Handle,
    viewer: &Viewer,
    receivers: &Receivers,
    (tap, purpose): (Tap, &str),
    (stages, conditions): (Stages, Conditions),
) -> anyhow::Result<Capture> {
    let system = System::start_with(tap, receivers, stages, purpose, |settings| {
        conditions.settings(settings)
    })?;
    let mut walk = system.walk(Phone::parse(PHONE, None)?);
    let (last, first) = STEPS.split_last().expect("there are requests");
    let made = runtime.block_on(async {
        let made = system.serve(&mut walk, first).await?;
        // The code can be read a moment before sms has settled the message.
        system.tap.settled(1, PATIENCE).await?;
        anyhow::Ok(made)
    })?;
    if conditions.sent_rarely {
        let trees = made.iter().flat_map(|made| made.step.traces(stages));
        let spans: usize = trees.map(|tree| tree.spans()).sum();
        system.wait_for(spans + walk.inbox_traces(stages), viewer.store())?;
    }
    runtime.block_on(system.serve(&mut walk, &[*last]))?;
    let loses = stages
        .all()
        .contains(&Stage::Mistake(Mistake::ExitWithoutFlush));
    let traces = if loses {
        system.end(viewer.store()).traces
    } else {
        system.left_at(viewer)?
    };
    let traces: Vec<_> = traces.iter().map(TraceJson::from_model).collect();
    let text = serde_json::to_vec(&Envelope::data(traces))?;
    Ok(Capture::from_slice(&stages.to_string(), &text)?)
}
