//! What was seen, as a page in Markdown.

use std::fmt::Write as _;

use compare::output::{Style, findings, text};
use launcher::{Mistake, Service, Stage};

use super::{Expected, REPEATS, Right, Row, right, wrong};
use crate::conditions::Conditions;
use crate::options::Stages;

const HEAD: &str = "\
# Mistakes on purpose

<!-- made by cargo xtask pages, from a run of every mistake -->

Most migrations go wrong in the same few ways. Here is each of them, in a service that runs: a cell of the grid in which [one
file](../services/stages/mistakes) is replaced by one that does it wrong, in a few lines. None is a stage of a migration, and
no page about stages counts it.

For each there is what one sees, what [`trace-compare`](trace-compare.md) says against a run of the right stage, what its
doctor says without one, and what mends it: the lines in which the two files differ. What the commands print is from the run
that wrote this page; ids are left out. `cargo test -p demo --test mistakes` makes every mistake again, and fails if one is
not found or if anything is found where nothing is wrong. The demo knows what each request should leave, and fails at the
first that did not:

```console
$ cargo run -- --once --stage auth=mistake:propagator-not-installed
```
";

pub(super) fn render(rows: &[Row], right: Right) -> String {
    let mut page = HEAD.to_owned();
    let Right { runs, pairs } = right;
    let told = format!(
        "Without a mistake nothing is found. Every stage that traces ran {REPEATS} times, and the right stage twice under each \
         of the conditions that some mistakes need: the doctor saw all {runs} runs, and any two of the same were compared, both \
         ways, which makes {pairs} pairs. Baggage is not asked for in legacy and dropin, which do not hand it on."
    );
    let _infallible = writeln!(page, "\n{}", wrapped(&told));
    page.push_str("\n| Mistake | made by | right is | the doctor calls it |\n|---|---|---|---|\n");
    for row in rows {
        let mistake = row.mistake;
        let problem = Expected::of(mistake).problem;
        let (name, service, right) = (mistake.name(), mistake.service(), mistake.right());
        let _infallible = writeln!(
            page,
            "| [`{name}`](#{name}) | {service} | {right} | `{problem}` |"
        );
    }
    for row in rows {
        one(&mut page, row);
    }
    page
}

fn one(page: &mut String, row: &Row) {
    let mistake = row.mistake;
    let told = row.findings.iter().cloned().map(|mut finding| {
        finding.trace_id = "…".to_owned();
        finding
    });
    let told: Vec<_> = told.collect();
    let (name, stage) = (mistake.name(), mistake.right());
    let _infallible = write!(
        page,
        "\n## {name}\n\n{}\n\n{}```console\n$ cargo run -- compare {} {}\n```\n\nOf what it prints, {}:\n\n\
         ```text\n{}```\n\nThe doctor, who sees the second capture alone:\n\n```text\n{}```\n\n{}\n\n\
         <!-- diff: services/stages/{{mistakes/{name},{stage}}}/src/{} -->\n<!-- end -->\n",
        wrapped(symptom(mistake)),
        under(Conditions::of(mistake)),
        right(mistake),
        typed(wrong(mistake)),
        match shown(mistake) {
            INBOX => "the inbox".to_owned(),
            operation => format!("`{}`", operation.trim_start_matches("api: ")),
        },
        without_ids(&differences(row)),
        findings(&told, Style::default()),
        wrapped(cure(mistake)),
        place(mistake),
    );
}

/// What both fleets run under, if it is not what is usual.
fn under(conditions: Conditions) -> String {
    if conditions.is_usual() {
        return String::new();
    }
    let told =
        format!("So that it shows each time, both fleets run under conditions: {conditions}.");
    wrapped(&told) + "\n\n"
}

/// As one would type it: a service that is not named is in stage shim.
fn typed(stages: Stages) -> String {
    let named = Service::ALL.map(|service| (service, stages.of(service)));
    let named = named.into_iter().filter(|(_, stage)| *stage != Stage::Shim);
    let named: Vec<_> = named
        .map(|(service, stage)| format!("{service}={stage}"))
        .collect();
    named.join(",")
}

/// What `trace-compare` prints, of one request.
fn differences(row: &Row) -> String {
    let whole = text(&row.differences, Style::default());
    let verdict = whole.lines().last().unwrap_or_default();
    let mut part = row.differences.clone();
    let shown = shown(row.mistake);
    part.groups
        .retain(|group| group.operation.starts_with(shown));
    let part = text(&part, Style::default());
    let mut lines: Vec<_> = part.lines().collect();
    // That of a part is another one.
    lines.pop();
    lines.push(verdict);
    lines.join("\n") + "\n"
}

/// Prose in lines of the width that pages have.
fn wrapped(prose: &str) -> String {
    const WIDTH: usize = 120;
    let mut out = String::with_capacity(prose.len());
    let mut column = 0;
    for word in prose.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > WIDTH {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

/// A text with a word in place of each id of a challenge.
fn without_ids(text: &str) -> String {
    let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_digit) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c| !is_digit(c)).unwrap_or(from.len());
        let (digits, after) = from.split_at(end);
        out.push_str(before);
        out.push_str(if digits.len() == 32 { "<id>" } else { digits });
        rest = after;
    }
    out + rest
}

const INBOX: &str = "sms: GET /demo/inbox/";

/// With what the group begins in which the mistake is seen best.
fn shown(mistake: Mistake) -> &'static str {
    match mistake {
        Mistake::NamesWithIds => INBOX,
        Mistake::ErrorTagUnmapped => "api: GET /v1/session",
        Mistake::SampledFlagIgnored => "auth: GET /v1/session",
        Mistake::ExitWithoutFlush => "api: DELETE /v1/session",
        _ => "api: POST /v1/login/code",
    }
}

/// What people see, who do not know yet.
fn symptom(mistake: Mistake) -> &'static str {
    match mistake {
        Mistake::NamesWithIds => {
            "The list of operations grows with every request. Search by name finds one trace at most, and metrics that are \
             made from spans get a series for each id, until whoever stores them refuses."
        }
        Mistake::KindLeftInternal => {
            "The traces look whole, and the service graph has a hole: auth has neither rate nor latency, in Jaeger's Monitor \
             tab or anywhere else where SERVER and CLIENT spans are counted. OpenTelemetry has a field for the kind, and the \
             tag `span.kind` is an attribute like any other."
        }
        Mistake::ErrorTagUnmapped => {
            "Requests fail and nothing is red. Error rates stay at zero, since they count the status of spans, and the tag \
             `error` is an attribute like any other."
        }
        Mistake::BothMiddlewares => {
            "Twice as many requests as were made, by every count of SERVER spans, and a service that seems to call itself. It \
             begins when the new middleware comes and the old one stays."
        }
        Mistake::ParentLostAcrossAwait => {
            "Traces end in the middle of auth. What it asked of its store stands in traces of its own, one span each. A scope \
             belongs to a thread; the future was made while it was open, and ran when it was closed."
        }
        Mistake::SpawnedWithoutContext => {
            "The message arrives and nothing comes of it, as it seems: what sms did for it stands in traces of its own. A \
             spawned task begins without a span."
        }
        Mistake::PropagatorNotInstalled => {
            "Every trace ends where auth is called, and another begins in auth, with no line in any log. Unless a propagator is \
             set, OpenTelemetry has one that neither writes nor reads."
        }
        Mistake::BaggageDropped => {
            "The trace is whole, and `login.channel`, which api sets and sms shows, is gone. `traceparent` and `baggage` are \
             two headers, of two propagators."
        }
        Mistake::FollowsFromMadeARoot => {
            "Sending and handling a message are two traces. That is a choice where a batch is handled; where OpenTracing code \
             had `follows_from` to one span, it had one trace, and people look for it."
        }
        Mistake::UnpaddedIds => {
            "One trace in eight is in pieces, and nothing tells which. An id that begins with a zero is a digit too short in a \
             header that was written by hand, and a reader that keeps to W3C's rules does not take it. `{:x}` writes an id as \
             a number; old Jaeger clients wrote `uber-trace-id` like that, where it is allowed."
        }
        Mistake::SampledFlagIgnored => {
            "Below 100 %, traces come without their beginning, and more is stored than was asked for. What api does not keep, \
             auth keeps, since its sampler asks no parent; and sms follows auth."
        }
        Mistake::ExitWithoutFlush => {
            "After each deployment the last spans of a service are missing, and a job that is done within seconds leaves none \
             at all. Finished spans wait in a queue for others to go with; who ends the process ends the queue."
        }
    }
}

/// What mends it, above the lines that do.
fn cure(mistake: Mistake) -> &'static str {
    match mistake {
        Mistake::NamesWithIds => {
            "The template of the route is the name. The path can be an attribute, `url.path`."
        }
        Mistake::KindLeftInternal => "Let the shim map the tag.",
        Mistake::ErrorTagUnmapped => "Set the status.",
        Mistake::BothMiddlewares => {
            "One of the two has to go, in the same change that brings the other."
        }
        Mistake::ParentLostAcrossAwait => {
            "Attach the span to the future, which makes it active on each poll."
        }
        Mistake::SpawnedWithoutContext => {
            "Do not spawn; or take the context along: `tokio::spawn(work.in_span(&span))`."
        }
        Mistake::PropagatorNotInstalled => "Give the shim the propagators of the pipeline.",
        Mistake::BaggageDropped => "Give the shim all propagators of the pipeline, and not one.",
        Mistake::FollowsFromMadeARoot => "Make the span that is followed the parent.",
        Mistake::UnpaddedIds => {
            "Leave headers to a propagator. Where an id has to be written by hand, `{}` writes all of its digits."
        }
        Mistake::SampledFlagIgnored => {
            "Ask the parent first: `ParentBased`, around whatever decides on traces that begin here. The settings have it."
        }
        Mistake::ExitWithoutFlush => {
            "Shut the provider down when the work is done, and wait for it."
        }
    }
}

/// The function in which it is made.
fn place(mistake: Mistake) -> &'static str {
    match mistake {
        Mistake::NamesWithIds => "http.rs#start",
        Mistake::KindLeftInternal
        | Mistake::PropagatorNotInstalled
        | Mistake::BaggageDropped
        | Mistake::SampledFlagIgnored => "telemetry.rs#start",
        Mistake::UnpaddedIds => "telemetry.rs#Telemetry::inject",
        Mistake::ExitWithoutFlush => "telemetry.rs#Instrumentation::shutdown",
        Mistake::ErrorTagUnmapped => "telemetry.rs#fail",
        Mistake::BothMiddlewares | Mistake::ParentLostAcrossAwait => "http.rs#server",
        Mistake::SpawnedWithoutContext => "sms.rs#run",
        Mistake::FollowsFromMadeARoot => "telemetry.rs#consumer_span",
    }
}
