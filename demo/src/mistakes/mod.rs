//! Every mistake that is made on purpose: what it leaves, held against what the right stage leaves.
//!
//! Three right fleets and one for each [`Mistake`] serve the same requests. `trace-compare` and its doctor examine what
//! they left, as they would for anybody: neither is told what to look for. `expected` says what has to be found; `page`
//! writes what was.

mod page;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, ensure};
use compare::{Capture, Finding, Problem, Rules, compare, doctor, output};
use launcher::{Mistake, Service, Stage};
use platform::Phone;
use tokio::runtime::{Handle, Runtime};
use viewer::Viewer;
use viewer::jaeger::wire::{Envelope, TraceJson};

use crate::fleet::Receivers;
use crate::fleets::PATIENCE;
use crate::fleets::system::System;
use crate::fleets::whole::STEPS;
use crate::options::Stages;

/// How often each right fleet is run: often enough for a thousand comparisons.
const REPEATS: usize = 20;
/// How many fleets run at the same time. Much of a fleet's life is waiting.
const AT_ONCE: usize = 4;
/// Whose phone logs in, in all of them.
const PHONE: &str = "+8613800138000";
/// Where the baggage that api sets has to be seen. A mistake and the right stage use the same names, so no more is needed.
const RULES: &str = "[baggage.\"login.channel\"]\nservice = \"sms\"\nname = \"process otp\"\n";

/// What was seen of all mistakes.
#[derive(Clone, Debug)]
pub struct Report {
    rows: Vec<Row>,
    right: Right,
    wrong: Vec<String>,
}

/// What was done without a mistake.
#[derive(Clone, Copy, Debug, Default)]
struct Right {
    /// Fleets that were run.
    runs: usize,
    /// How often one was held against another.
    comparisons: usize,
}

/// What was seen of one.
#[derive(Clone, Debug)]
struct Row {
    mistake: Mistake,
    differences: compare::Report,
    findings: Vec<Finding>,
}

impl Report {
    /// All that is not as it should be: a mistake that was not found, something found where nothing is wrong. Empty, if all
    /// is well.
    #[must_use]
    pub fn wrong(&self) -> &[String] {
        &self.wrong
    }

    /// How many mistakes were made.
    #[must_use]
    pub fn mistakes(&self) -> usize {
        self.rows.len()
    }

    /// What was seen, as a page without times and ids. Differences of code are left out: the marks for them are there.
    #[must_use]
    pub fn page(&self) -> String {
        page::render(&self.rows, self.right)
    }
}

/// What the doctor has to find, which is what the mistake is called there, and at which service.
fn expected(mistake: Mistake) -> (Problem, Service) {
    match mistake {
        Mistake::NamesWithIds => (Problem::IdInName, Service::Sms),
        Mistake::KindLeftInternal => (Problem::InternalOnly, Service::Auth),
        Mistake::ErrorTagUnmapped => (Problem::UnmappedError, Service::Auth),
        Mistake::BothMiddlewares => (Problem::Duplicate, Service::Auth),
        Mistake::ParentLostAcrossAwait => (Problem::SplitTrace, Service::Auth),
        Mistake::SpawnedWithoutContext => (Problem::SplitTrace, Service::Sms),
        Mistake::PropagatorNotInstalled => (Problem::SplitTrace, Service::Auth),
        // It is auth that drops it, and sms that misses it.
        Mistake::BaggageDropped => (Problem::LostBaggage, Service::Sms),
        Mistake::FollowsFromMadeARoot => (Problem::SplitTrace, Service::Sms),
    }
}

/// All services in the stage that does it right.
fn right(mistake: Mistake) -> Stages {
    all(mistake.right())
}

fn all(stage: Stage) -> Stages {
    Stages {
        api: stage,
        auth: stage,
        sms: stage,
    }
}

/// The same with the one service in the mistake.
fn wrong(mistake: Mistake) -> Stages {
    let mut stages = right(mistake);
    let place = match mistake.service() {
        Service::Api => &mut stages.api,
        Service::Auth => &mut stages.auth,
        Service::Sms => &mut stages.sms,
    };
    *place = Stage::Mistake(mistake);
    stages
}

/// Makes every mistake, with a receiver and stores in this process, and says what was found.
///
/// # Errors
///
/// If the receiver or a fleet cannot be run.
pub fn run() -> anyhow::Result<Report> {
    let rules = Rules::builtin().with("the rule of baggage", RULES)?;
    let mut stages: Vec<Stage> = Mistake::ALL.map(Mistake::right).to_vec();
    stages.sort_unstable();
    stages.dedup();
    let rights = stages.iter().copied().map(all);
    let rights = rights.flat_map(|stages| [stages; REPEATS]);
    let fleets: Vec<Stages> = rights.chain(Mistake::ALL.map(wrong)).collect();
    let captures = captures(&fleets)?;
    let (rights, wrongs) = captures.split_at(stages.len() * REPEATS);

    let mut faults = Vec::new();
    let mut right = Right::default();
    for alike in rights.chunks(REPEATS) {
        right.runs += alike.len();
        right.comparisons += healthy(alike, &rules, &mut faults);
    }
    let mut rows = Vec::new();
    for (mistake, capture) in Mistake::ALL.into_iter().zip(wrongs) {
        let at = stages.iter().position(|stage| *stage == mistake.right());
        let at = at.context("every right stage was run")?;
        let report = compare(&rights[at * REPEATS], capture, &rules);
        let findings = doctor(capture, &rules);
        let (problem, service) = expected(mistake);
        let is_found =
            |finding: &Finding| finding.problem == problem && finding.edge.to == service.name();
        if !findings.iter().any(is_found) {
            let seen = output::findings(&findings, output::Style::default());
            faults.push(format!("{mistake} was not found as {problem}:\n{seen}"));
        }
        if report.is_equivalent() {
            faults.push(format!("{mistake} makes no difference"));
        }
        rows.push(Row {
            mistake,
            differences: report,
            findings,
        });
    }
    Ok(Report {
        rows,
        right,
        wrong: faults,
    })
}

/// Nothing is wrong in these captures of one fleet, and nothing differs between any two, whichever comes first. Returns how
/// often two were compared.
fn healthy(alike: &[Capture], rules: &Rules, faults: &mut Vec<String>) -> usize {
    let mut comparisons = 0;
    for (at, capture) in alike.iter().enumerate() {
        let findings = doctor(capture, rules);
        if !findings.is_empty() {
            let seen = output::findings(&findings, output::Style::default());
            faults.push(format!("{}, without a mistake:\n{seen}", capture.source()));
        }
        let others = alike.iter().enumerate();
        for (_, other) in others.filter(|(other, _)| *other != at) {
            comparisons += 1;
            let report = compare(capture, other, rules);
            if report.differences().next().is_some() {
                let seen = output::text(&report, output::Style::default());
                faults.push(format!("{}, twice:\n{seen}", capture.source()));
            }
        }
    }
    comparisons
}

/// What each of these fleets left, in this order.
fn captures(fleets: &[Stages]) -> anyhow::Result<Vec<Capture>> {
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
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(stages) = fleets.get(at) else {
                return anyhow::Ok(done);
            };
            let capture = capture(runtime.handle(), &viewer, &receivers, *stages, at);
            done.push((at, capture.with_context(|| stages.to_string())?));
        }
    };
    let done = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(|worker| {
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        joined.collect::<anyhow::Result<Vec<_>>>()
    })?;
    runtime.block_on(viewer.shutdown());
    let mut done: Vec<_> = done.into_iter().flatten().collect();
    done.sort_by_key(|(at, _)| *at);
    ensure!(done.len() == fleets.len(), "a fleet was passed over");
    Ok(done.into_iter().map(|(_, capture)| capture).collect())
}

fn capture(
    runtime: &Handle,
    viewer: &Viewer,
    receivers: &Receivers,
    stages: Stages,
    at: usize,
) -> anyhow::Result<Capture> {
    let system = System::start(receivers, stages, &format!("run {at}"), 1.0)?;
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
