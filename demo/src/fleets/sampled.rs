//! What a fleet leaves whose services each keep one trace in ten: the same tenth, or not.

use std::collections::{BTreeSet, HashSet};

use launcher::{Service, Stage};
use platform::Phone;
use tokio::runtime::Handle;
use viewer::Viewer;
use viewer::model::{Kind, Trace};

use super::system::System;
use crate::expect::{Node, Step};
use crate::fleet::Receivers;
use crate::options::Stages;

/// The share.
pub(super) const SHARE: f64 = 0.1;
/// How many requests are made before it is looked at what they left.
const ROUND: usize = 40;
/// Then it goes on until everything was seen that can be, at most so often. The rarest of it, two services of three that
/// say no one after the other, is missed by so many requests once in 10^14 times.
const ROUNDS: usize = 10;

/// What can become of one request's trace.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Kept {
    /// Every service kept it.
    Whole,
    /// None did.
    Nothing,
    /// api did not, auth and sms did.
    FromAuth,
    /// sms alone did.
    FromSms,
}

/// What was seen of one fleet.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Sampled {
    /// All that became of traces.
    pub(super) kept: BTreeSet<Kept>,
    /// All that is not as it should be, in sentences.
    pub(super) wrong: Vec<String>,
}

/// What can become of traces, by the stages. Services that ask their caller follow it; those with the old libraries take
/// any header for a yes, and send none when they do not keep a trace, which leaves the next one to its own devices.
#[must_use]
pub(super) fn possible(stages: Stages) -> BTreeSet<Kept> {
    let [api, auth, sms] = stages.all().map(Stage::is_old);
    let mut possible = BTreeSet::from([Kept::Whole]);
    // What follows is about traces that api did not keep.
    let (auth_may, auth_may_not) = match (api, auth) {
        // It hears no, and follows.
        (false, false) => (false, true),
        // It hears of a trace, and takes that for a yes.
        (false, true) => (true, false),
        // It hears nothing, and draws for itself.
        (true, _) => (true, true),
    };
    if auth_may {
        possible.insert(Kept::FromAuth);
    }
    if auth_may_not {
        let (sms_may, sms_may_not) = match (auth, sms) {
            (false, false) => (false, true),
            (false, true) => (true, false),
            (true, _) => (true, true),
        };
        possible.extend(sms_may.then_some(Kept::FromSms));
        possible.extend(sms_may_not.then_some(Kept::Nothing));
    }
    possible
}

/// Whether a trace is kept by all services or by none.
#[must_use]
pub(super) fn agree(kept: &BTreeSet<Kept>) -> bool {
    *kept == BTreeSet::from([Kept::Whole, Kept::Nothing])
}

/// Runs the fleet, sends codes until all that can become of a trace has been seen, and finds what should not have become of
/// one.
///
/// # Errors
///
/// If the fleet does not run, or a request does not get the answer that it should.
pub(super) fn observe(
    runtime: &Handle,
    viewer: &Viewer,
    receivers: &Receivers,
    stages: Stages,
    phones: &[Phone],
) -> anyhow::Result<Sampled> {
    let possible = possible(stages);
    let mut seen = Sampled::default();
    let mut rounds = 0;
    while seen.wrong.is_empty() && seen.kept != possible && rounds < ROUNDS {
        rounds += 1;
        let system = System::start(receivers, stages, &format!("round {rounds}"), SHARE)?;
        let ids = runtime.block_on(async {
            system.walk(phones[0].clone()).ready().await?;
            let mut ids = HashSet::new();
            for phone in phones.iter().cycle().take(ROUND) {
                let made = system.walk(phone.clone()).make(Step::SendCode).await?;
                ids.extend(made.trace_id);
            }
            system.tap.settled(ROUND, super::PATIENCE).await?;
            anyhow::Ok(ids)
        })?;
        let left = system.left_at(viewer)?;
        if left.len() < ROUND {
            seen.kept.insert(Kept::Nothing);
        } else if left.len() > ROUND {
            seen.wrong
                .push(format!("{ROUND} requests left {} traces", left.len()));
        }
        for trace in left {
            match kept(stages, &trace) {
                Err(difference) => seen.wrong.push(difference),
                // api tells the id of each trace that it has begun. One that it did not begin is not among them.
                Ok(kept)
                    if ids.contains(&trace.id) == (kept != Kept::Whole && stages.api.is_old()) =>
                {
                    seen.wrong.push(format!(
                        "api told another trace than this:\n{}",
                        trace.tree()
                    ));
                }
                Ok(kept) => {
                    seen.kept.insert(kept);
                }
            }
        }
    }
    if seen.kept != possible {
        let is = &seen.kept;
        seen.wrong.push(format!(
            "{is:?} became of traces, where it should be {possible:?}"
        ));
    }
    Ok(seen)
}

/// How much of a trace was kept.
fn kept(stages: Stages, trace: &Trace) -> Result<Kept, String> {
    let whole = Step::SendCode.traces(stages);
    let [whole] = whole.as_slice() else {
        return Err("a service does not trace".to_owned());
    };
    let difference = match whole.compare(trace) {
        Ok(()) => return Ok(Kept::Whole),
        Err(difference) => difference,
    };
    let part = |caller: Stage, service, kind, kept| {
        let part: &Node = whole.below(service, kind)?;
        // A caller of today sends its context also when it keeps nothing, and the trace goes on below a span that is not
        // there. The reporter of rustracing_jaeger leaves such a parent out.
        let compared = if caller.is_old() || stages.of(service) == Stage::Legacy {
            part.compare(trace)
        } else {
            part.compare_torn(trace)
        };
        compared.is_ok().then_some(kept)
    };
    part(stages.api, Service::Auth, Kind::Server, Kept::FromAuth)
        .or_else(|| part(stages.auth, Service::Sms, Kind::Consumer, Kept::FromSms))
        .ok_or(difference)
}

#[cfg(test)]
mod tests {
    use super::super::whole::tests::{first, left};
    use super::*;

    /// What is left of a trace, if only these services keep it.
    fn part(whole: &Trace, services: &[&str]) -> Trace {
        let mut part = whole.clone();
        part.spans.retain(|span| services.contains(&span.service()));
        part
    }

    fn of(stages: &str) -> Vec<Kept> {
        let stages = stages.parse().expect("stages");
        possible(stages).into_iter().collect()
    }

    #[test]
    fn services_agree_where_none_has_the_old_libraries() {
        assert!(agree(&possible(
            "api=shim,auth=mixed,sms=native".parse().expect("stages")
        )));
        for old in ["api=legacy", "auth=dropin", "sms=legacy", "dropin"] {
            assert!(!agree(&possible(old.parse().expect("stages"))), "{old}");
        }
    }

    #[test]
    fn an_old_service_takes_any_header_for_a_yes_and_sends_none_with_a_no() {
        assert_eq!(of("auth=legacy"), [Kept::Whole, Kept::FromAuth]);
        assert_eq!(of("sms=dropin"), [Kept::Whole, Kept::FromSms]);
        assert_eq!(
            of("api=dropin"),
            [Kept::Whole, Kept::Nothing, Kept::FromAuth]
        );
        assert_eq!(
            of("legacy"),
            [Kept::Whole, Kept::Nothing, Kept::FromAuth, Kept::FromSms]
        );
    }

    #[test]
    fn a_trace_tells_by_whom_it_was_kept() {
        let stages = "api=shim,auth=native,sms=mixed".parse().expect("stages");
        let whole = first(&mut left(stages)).clone();

        let found = |services: &[&str]| kept(stages, &part(&whole, services)).ok();
        assert_eq!(found(&["api", "auth", "sms"]), Some(Kept::Whole));
        assert_eq!(found(&["auth", "sms"]), Some(Kept::FromAuth));
        assert_eq!(found(&["sms"]), Some(Kept::FromSms));
        assert_eq!(found(&["api", "auth"]), None);
        assert_eq!(found(&["api", "sms"]), None);
        let mut less = part(&whole, &["sms"]);
        less.spans.pop();
        assert!(kept(stages, &less).is_err(), "a span is missing");
    }
}
