//! Runs a fleet for whoever presses the button on the viewer's page: other services than those of the story, over a store
//! of their own, at the same receiver.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use compare::{Capture, Finding, Rules};
use launcher::{Mistake, Service, Stage};
use platform::Phone;
use tokio::runtime::Runtime;
use viewer::TraceId;
use viewer::jaeger::wire::{Envelope, TraceJson};
use viewer::model::Trace;
use viewer::page::{Choice, Receiver, Request, Run, Runner, Stages as Chosen};
use viewer::store::Store;

use crate::conditions::Conditions;
use crate::expect::{Node, Step};
use crate::fleet::Receivers;
use crate::fleets::system::{Left, System};
use crate::fleets::tap::Tap;
use crate::fleets::whole;
use crate::options::Stages;
use crate::verdict::{Found, judge, nanos};
use crate::walk::{Made, Walk};

/// For all requests together. What stopping the services takes comes on top, and is bounded by itself.
const PATIENCE: Duration = Duration::from_secs(20);
/// The requests of a login. None of them fails where nothing is done wrong.
const LOGIN: [Step; 4] = [Step::SendCode, Step::LogIn, Step::ReadSession, Step::LogOut];

/// Starts a fleet in the stages that were chosen, logs in and out, stops it, and judges what it left.
#[derive(Debug)]
pub struct FleetRunner {
    phone: Phone,
    runs: AtomicU64,
}

impl FleetRunner {
    /// One whose logins are made with this phone. No SMS is sent: the gateway is an inbox.
    #[must_use]
    pub fn new(phone: Phone) -> Self {
        Self {
            phone,
            runs: AtomicU64::new(0),
        }
    }

    fn carry_out(&self, chosen: &Chosen, receiver: &Receiver) -> anyhow::Result<Run> {
        let stages = format!("api={},auth={},sms={}", chosen.api, chosen.auth, chosen.sms);
        let stages: Stages = stages.parse().map_err(anyhow::Error::msg)?;
        let conditions = Conditions::of_fleets(&[stages]);
        self.carry_out_under(stages, conditions, has_mistake(stages), receiver)
    }

    /// A fleet that is suspect makes more requests, and a doctor sees what it leaves.
    fn carry_out_under(
        &self,
        stages: Stages,
        conditions: Conditions,
        is_suspect: bool,
        receiver: &Receiver,
    ) -> anyhow::Result<Run> {
        let receivers = Receivers {
            otlp: receiver.otlp.clone(),
            agent: receiver
                .thrift_compact
                .context("the receiver takes no Thrift")?,
        };
        let number = self.runs.fetch_add(1, Ordering::Relaxed) + 1;
        let runtime = Runtime::new()?;

        let purpose = format!("run {number}");
        let system = System::start_with(Tap::new(), &receivers, stages, &purpose, |settings| {
            conditions.settings(settings)
        })?;
        let mut walk = system.walk(self.phone.clone());
        let (last, first) = steps(is_suspect)
            .split_last()
            .context("there are requests")?;
        let mut made = runtime.block_on(in_time(async {
            let made = system.serve(&mut walk, first).await?;
            // The code can be read a moment before sms has settled the message.
            system.tap.settled(1, PATIENCE).await?;
            Ok(made)
        }))?;
        if conditions.sent_rarely {
            let trees = made.iter().flat_map(|made| made.step.traces(stages));
            let spans: usize = trees.map(|tree| tree.spans()).sum();
            system.wait_for(spans + walk.inbox_traces(stages), &receiver.store)?;
        }
        made.extend(runtime.block_on(in_time(system.serve(&mut walk, &[*last])))?);
        let left = system.end(&receiver.store);
        let examined = if is_suspect {
            examined(&left.traces)?
        } else {
            Vec::new()
        };
        let mut run = told(stages, conditions, made, left, &walk);
        // A cause says more than the trees that it spoils.
        run.wrong.splice(0..0, examined);
        run.verdict = verdict(stages, conditions, &run, &receiver.store);
        Ok(run)
    }
}

async fn in_time<T>(requests: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::time::timeout(PATIENCE, requests)
        .await
        .map_err(|_| anyhow::anyhow!("the requests were not answered in {PATIENCE:?}"))?
}

/// What the doctor finds in traces, in sentences.
fn examined(traces: &[Trace]) -> anyhow::Result<Vec<String>> {
    let traces: Vec<_> = traces.iter().map(TraceJson::from_model).collect();
    let text = serde_json::to_vec(&Envelope::data(traces))?;
    let capture = Capture::from_slice("the run", &text)?;
    let findings = compare::doctor(&capture, &Rules::builtin()).into_iter();
    Ok(findings
        .map(
            |Finding {
                 problem,
                 edge,
                 detail,
                 cause,
                 ..
             }| { format!("{problem}, {edge}: {detail}. Likely: {cause}") },
        )
        .collect())
}

impl Runner for FleetRunner {
    fn choices(&self, service: &str) -> Vec<Choice> {
        let mut services = Service::ALL.into_iter();
        let Some(service) = services.find(|known| known.name() == service) else {
            return Vec::new();
        };
        let stages = Stage::ALL.into_iter().map(|stage| Choice {
            value: stage.name().to_owned(),
            label: stage.name().to_owned(),
            mistake: false,
        });
        let mistakes = Mistake::ALL.into_iter();
        let mistakes = mistakes.filter(|mistake| mistake.service() == service);
        let mistakes = mistakes.map(|mistake| Choice {
            value: mistake.stage_name().to_owned(),
            label: format!("{}, of {}", mistake.name(), mistake.right()),
            mistake: true,
        });
        stages.chain(mistakes).collect()
    }

    fn run(&self, stages: &Chosen, receiver: &Receiver) -> Result<Run, String> {
        let run = self.carry_out(stages, receiver);
        run.map_err(|error| format!("{error:#}"))
    }
}

/// What is asked of a fleet. Some mistakes show in requests that fail alone.
fn steps(is_suspect: bool) -> &'static [Step] {
    if is_suspect { &whole::STEPS } else { &LOGIN }
}

fn has_mistake(stages: Stages) -> bool {
    let is_mistake = |stage| matches!(stage, Stage::Mistake(_));
    stages.all().into_iter().any(is_mistake)
}

/// Sorts the traces by request, and judges them. The verdict is still to be said.
fn told(stages: Stages, conditions: Conditions, made: Vec<Made>, left: Left, walk: &Walk) -> Run {
    let mut wrong = Vec::new();
    let traces = left.traces.into_iter();
    let mut rest: HashMap<TraceId, Trace> = traces.map(|trace| (trace.id, trace)).collect();
    let mut found = Vec::new();
    let mut requests = Vec::new();
    for made in made {
        let title = made.step.title();
        let mut ids = Vec::new();
        for (place, expected) in made.step.traces(stages).into_iter().enumerate() {
            // A trace that api began is known by its id; one that began further in, behind a service that does not trace,
            // by how it begins.
            let begun_by_api = place == 0 && expected.service() == "api";
            let id = if begun_by_api {
                made.trace_id
            } else {
                first_of(rest.values(), &expected, made.since)
            };
            match id.and_then(|id| rest.remove(&id)) {
                Some(trace) => {
                    ids.push(trace.id);
                    found.push(Found {
                        made,
                        expected,
                        trace,
                    });
                }
                // Where services keep every second trace, that is nobody's fault.
                None if conditions.half_kept => {}
                None => wrong.push(format!("{title}: a trace is not there")),
            }
        }
        requests.push(Request {
            title: title.to_owned(),
            traces: ids,
        });
    }
    wrong.extend(judge(&found, stages, walk.secrets()));
    wrong.extend(left.missing);

    // Reading the inbox is a request to sms, and nobody's child.
    let inbox = Node::inbox();
    let (read, others): (Vec<_>, Vec<_>) = rest
        .into_values()
        .partition(|trace| inbox.compare(trace).is_ok());
    let reads = walk.inbox_traces(stages);
    if read.len() != reads && !conditions.half_kept {
        let read = read.len();
        wrong.push(format!(
            "the inbox was read {reads} times and left {read} traces"
        ));
    }
    if !others.is_empty() {
        let others = others.len();
        wrong.push(format!("{others} traces belong to no request"));
    }
    let mut others: Vec<_> = others.iter().chain(&read).collect();
    others.sort_by_key(|trace| trace.spans.iter().map(|span| span.start_unix_nanos).min());
    Run {
        verdict: String::new(),
        others: others.into_iter().map(|trace| trace.id).collect(),
        requests,
        wrong,
    }
}

/// The first trace since that time which begins as this one should.
fn first_of<'a>(
    traces: impl Iterator<Item = &'a Trace>,
    expected: &Node,
    since: SystemTime,
) -> Option<TraceId> {
    let since = nanos(since);
    let starts = traces.filter_map(|trace| {
        let begins = |root: &&viewer::model::Span| {
            root.service() == expected.service() && root.operation == expected.operation()
        };
        let root = trace.roots().find(begins)?;
        (Some(root.start_unix_nanos) >= since).then_some((root.start_unix_nanos, trace.id))
    });
    let first = starts.min_by_key(|(start, _)| *start);
    first.map(|(_, id)| id)
}

fn verdict(stages: Stages, conditions: Conditions, run: &Run, store: &Store) -> String {
    let served = run.requests.len();
    let under = if conditions.is_usual() {
        String::new()
    } else {
        format!(" So that it shows, {conditions}.")
    };
    if !run.wrong.is_empty() {
        return format!(
            "{served} requests were served, and their traces are not what they should be.{under}"
        );
    }
    let traces = run.requests.iter().flat_map(|request| &request.traces);
    let traces: Vec<_> = traces.filter_map(|id| store.trace(*id)).collect();
    if traces.is_empty() {
        return format!("{served} requests were served, and no service left a span.");
    }
    let spans: usize = traces.iter().map(|trace| trace.spans.len()).sum();
    let mut services = Service::ALL.into_iter();
    let whole = if services.all(|service| stages.trace(service)) {
        "one trace for each".to_owned()
    } else {
        let traces = traces.len();
        format!("{traces} traces, broken where a service does not trace")
    };
    let lost = if stages.has_old() {
        " The baggage went no further than a service in stage legacy or dropin. Held against a fleet without such a service, \
         that is a difference on this page; the command compare knows which stages these are, and has a rule for it."
    } else {
        ""
    };
    format!("{served} requests, {whole}, {spans} spans, every edge there.{lost}{under}")
}

#[cfg(test)]
mod tests {
    use viewer::Viewer;

    use super::*;

    #[test]
    fn without_a_mistake_nothing_is_wrong_whatever_makes_one_show() {
        let runtime = Runtime::new().expect("a runtime");
        let viewer = runtime.block_on(Viewer::builder().start());
        let viewer = viewer.expect("free ports");
        let receiver = Receiver {
            otlp: viewer.grpc_url(),
            thrift_compact: viewer.thrift_compact_addr(),
            store: viewer.store().clone(),
        };
        let runner = FleetRunner::new(Phone::parse("+8613800138000", None).expect("a phone"));
        let mut seen = Vec::new();

        for mistake in Mistake::ALL {
            let (right, conditions) = (mistake.right(), Conditions::of(mistake));
            if seen.contains(&(right, conditions)) {
                continue;
            }
            seen.push((right, conditions));
            let stages = right.name().parse().expect("a stage");
            let run = runner.carry_out_under(stages, conditions, true, &receiver);
            let run = run.expect("a run");

            assert!(run.wrong.is_empty(), "{right}, {conditions}: {run:#?}");
        }
    }
}
