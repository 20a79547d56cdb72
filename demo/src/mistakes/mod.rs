//! Every mistake that is made on purpose: what it leaves, held against what the right stage leaves.
//!
//! Fleets of each stage that traces and one for each [`Mistake`] serve the same requests. `trace-compare` and its doctor
//! examine what they left, as they would for anybody: neither is told what to look for. `Expected` says what has to be found;
//! `page` writes what was. Some mistakes show only now and then; they and their right counterparts run under conditions in
//! which they always do.

mod page;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, ensure};
use compare::{Capture, Finding, Problem, Rules, compare, doctor, output};
use launcher::{Mistake, Service, Stage};
use tokio::runtime::Runtime;
use viewer::Viewer;

use crate::conditions::Conditions;
use crate::fleet::Receivers;
use crate::fleets::captured::capture;
use crate::fleets::tap::Tap;
use crate::options::Stages;

/// How often each stage is run: 21 runs make 210 pairs, and five stages more than a thousand.
const REPEATS: usize = 21;
/// How many fleets run at the same time. Much of a fleet's life is waiting.
const AT_ONCE: usize = 4;
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
    /// How many pairs of the same fleet were compared. Each is counted once, though it is compared both ways.
    pairs: usize,
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

/// What the doctor has to find of a mistake.
struct Expected {
    /// What it calls it.
    problem: Problem,
    /// At which service.
    at: Service,
    /// What has to be said of the cause, where the problem alone does not name the mistake.
    cause: &'static str,
}

impl Expected {
    fn of(mistake: Mistake) -> Self {
        let (problem, at, cause) = match mistake {
            Mistake::NamesWithIds => (Problem::IdInName, Service::Sms, "the route"),
            Mistake::KindLeftInternal => (Problem::InternalOnly, Service::Auth, "`span.kind`"),
            Mistake::ErrorTagUnmapped => (Problem::UnmappedError, Service::Auth, "an attribute"),
            Mistake::BothMiddlewares => (Problem::Duplicate, Service::Auth, "two instrumentations"),
            Mistake::ParentLostAcrossAwait => (Problem::SplitTrace, Service::Auth, "not active"),
            Mistake::SpawnedWithoutContext => (Problem::SplitTrace, Service::Sms, "spawned"),
            Mistake::PropagatorNotInstalled => (Problem::SplitTrace, Service::Auth, "propagator"),
            // It is auth that drops it, and sms that misses it.
            Mistake::BaggageDropped => (Problem::LostBaggage, Service::Sms, "the headers"),
            Mistake::FollowsFromMadeARoot => (Problem::SplitTrace, Service::Sms, "FOLLOWS_FROM"),
            // It is api that writes them, and auth that cannot read them.
            Mistake::UnpaddedIds => (Problem::SplitTrace, Service::Auth, "leading zeros"),
            Mistake::SampledFlagIgnored => (Problem::OrphanSpan, Service::Auth, "sampled flag"),
            Mistake::ExitWithoutFlush => (Problem::LostSpans, Service::Auth, "not shut down"),
        };
        Self { problem, at, cause }
    }

    fn is_met_by(&self, finding: &Finding) -> bool {
        finding.problem == self.problem
            && finding.edge.to == self.at.name()
            && finding.cause.contains(self.cause)
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

/// A fleet, and under what it runs.
type Run = (Stages, Conditions);

/// What is run without a mistake, each once: every stage that traces, and what a mistake under conditions is held against.
fn rights() -> Vec<Run> {
    let stages = Stage::ALL.into_iter().filter(|stage| stage.traces());
    let stages = stages.map(|stage| (all(stage), Conditions::default()));
    let counterparts = Mistake::ALL.map(counterpart);
    let mut different = Vec::new();
    for right in stages.chain(counterparts) {
        if !different.contains(&right) {
            different.push(right);
        }
    }
    different
}

/// What a mistake is held against.
fn counterpart(mistake: Mistake) -> Run {
    (right(mistake), Conditions::of(mistake))
}

/// How often a right fleet is run: what holds for others holds for one under conditions, too, and these take longer.
fn repeats((_, conditions): Run) -> usize {
    if conditions.is_usual() { REPEATS } else { 2 }
}

/// Whether a fleet knows nothing of baggage, so that none has to arrive.
fn is_old((stages, _): Run) -> bool {
    stages.all().into_iter().any(Stage::is_old)
}

/// Makes every mistake, with a receiver and stores in this process, and says what was found.
///
/// # Errors
///
/// If the receiver or a fleet cannot be run.
pub fn run() -> anyhow::Result<Report> {
    let builtin = Rules::builtin();
    let rules = builtin.clone().with("the rule of baggage", RULES)?;
    let wrongs = Mistake::ALL.map(|mistake| (wrong(mistake), Conditions::of(mistake)));
    let rights = rights();
    let repeated = rights
        .iter()
        .flat_map(|right| std::iter::repeat_n(*right, repeats(*right)));
    let fleets: Vec<Run> = wrongs.into_iter().chain(repeated).collect();
    let captures = captures(&fleets)?;
    let (wrongs, mut rest) = captures.split_at(wrongs.len());

    let mut faults = Vec::new();
    let mut counted = Right::default();
    let mut first = Vec::new();
    for right in &rights {
        let (alike, others) = rest.split_at(repeats(*right));
        rest = others;
        counted.runs += alike.len();
        let rules = if is_old(*right) { &builtin } else { &rules };
        counted.pairs += healthy(alike, rules, &mut faults);
        first.push((*right, &alike[0]));
    }
    let mut rows = Vec::new();
    for (mistake, capture) in Mistake::ALL.into_iter().zip(wrongs) {
        let mut first = first.iter();
        let of_right = first.find(|(right, _)| *right == counterpart(mistake));
        let (_, of_right) = of_right.context("every right fleet was run")?;
        let report = compare(of_right, capture, &rules);
        let findings = doctor(capture, &rules);
        let expected = Expected::of(mistake);
        if !findings.iter().any(|finding| expected.is_met_by(finding)) {
            let seen = output::findings(&findings, output::Style::default());
            let problem = expected.problem;
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
        right: counted,
        wrong: faults,
    })
}

/// Nothing is wrong in these captures of one fleet, and nothing differs between any two, whichever comes first. Returns how
/// many pairs were compared.
fn healthy(alike: &[Capture], rules: &Rules, faults: &mut Vec<String>) -> usize {
    let mut pairs = 0;
    for (at, capture) in alike.iter().enumerate() {
        let findings = doctor(capture, rules);
        if !findings.is_empty() {
            let seen = output::findings(&findings, output::Style::default());
            faults.push(format!("{}, without a mistake:\n{seen}", capture.source()));
        }
        for other in &alike[..at] {
            pairs += 1;
            for report in [
                compare(other, capture, rules),
                compare(capture, other, rules),
            ] {
                if report.differences().next().is_some() {
                    let seen = output::text(&report, output::Style::default());
                    faults.push(format!("{}, twice:\n{seen}", capture.source()));
                }
            }
        }
    }
    pairs
}

/// What each of these fleets left, in this order.
fn captures(fleets: &[Run]) -> anyhow::Result<Vec<Capture>> {
    let runtime = Runtime::new()?;
    let viewer = runtime
        .block_on(Viewer::builder().start())
        .context("the receiver cannot be started")?;
    let receivers = Receivers::of(&viewer)?;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(run) = fleets.get(at) else {
                return anyhow::Ok(done);
            };
            let purpose = format!("run {at}");
            let over = (Tap::new(), &*purpose);
            let capture = capture(runtime.handle(), &viewer, &receivers, over, *run);
            done.push((at, capture.with_context(|| run.0.to_string())?));
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
