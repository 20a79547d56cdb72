//! What the guide says of its program is so: as a project outside of the workspace, in each step, it prints what the page
//! shows and leaves the trace that the page shows.
//!
//! Ids and times differ from run to run and are compared as such. What the page shows of `cargo run -- …` is compared in
//! `demo/tests/readme.rs`.

mod commands;
#[path = "../pages/mod.rs"]
mod pages;
mod scratch;

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use commands::{Kind, Shown};
use scratch::Scratch;
use viewer::Viewer;
use viewer::client::QueryClient;
use viewer::store::Search;

const DEADLINE: Duration = Duration::from_secs(10);
/// How many spans the program leaves, in every step.
const SPANS: usize = 4;

#[test]
fn every_command_of_the_guide_is_run_or_shows_no_output() {
    let shown = commands::of_the_guide();

    let loose: Vec<_> = shown
        .iter()
        .filter(|shown| shown.kind() == Kind::Other && !shown.output.is_empty())
        .map(|shown| &shown.command)
        .collect();

    assert!(loose.is_empty(), "nobody compares the output of {loose:?}");
}

#[test]
fn two_lines_of_the_manifest_are_the_step_to_the_drop_ins() {
    let [legacy, dropin] = ["legacy", "dropin"].map(scratch::dependencies);
    let only_in = |one: &str, other: &str| -> Vec<String> {
        let lines = one.lines().filter(|line| !other.contains(line));
        lines.map(str::to_owned).collect()
    };

    let (old, new) = (only_in(&legacy, &dropin), only_in(&dropin, &legacy));

    let keys = |lines: &[String]| -> Vec<String> {
        let keys = lines.iter().filter_map(|line| line.split(" = ").next());
        keys.map(str::to_owned).collect()
    };
    assert_eq!(keys(&old), ["rustracing", "rustracing_jaeger"]);
    assert_eq!(keys(&new), keys(&old));
}

/// One test, since each call of cargo would wait for the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_program_prints_and_leaves_what_the_guide_shows_in_every_step() {
    let scratch = Scratch::build();
    let shown = commands::of_the_guide();
    let mut seen = Vec::new();
    let mut viewer = None;

    for shown in &shown {
        match shown.kind() {
            Kind::Program(step) => {
                let receiver = Viewer::builder().start().await.expect("the viewer starts");
                let mut program = command(scratch.program(&step));
                // Where the usual ports would be.
                program.env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.grpc_url());
                if let Some(agent) = receiver.thrift_compact_addr()
                    && step == "legacy"
                {
                    program.env("JAEGER_AGENT", agent.to_string());
                }
                compare(shown, &run(shown, &mut program));
                whole(&receiver).await;
                viewer = Some(receiver);
                seen.push(step);
            }
            Kind::Tree(arguments) => {
                let receiver = viewer.as_ref().expect("the program was run before");
                let mut tree = command(tree());
                tree.args(arguments)
                    .args(["--query", &receiver.query_url()]);
                compare(shown, &run(shown, &mut tree));
            }
            Kind::Demo | Kind::Other => {}
        }
    }

    seen.dedup();
    assert_eq!(seen, scratch::STEPS, "each step is run, in this order");
}

/// Waits until the trace is there: datagrams, of which each has a span, are confirmed by nobody.
async fn whole(viewer: &Viewer) {
    let client = QueryClient::new(&viewer.query_url()).expect("it is an address");
    let search = Search {
        service: Some("shop".to_owned()),
        ..Search::default()
    };
    let found = client.wait_for_any(&search, DEADLINE, |trace| trace.spans.len() == SPANS);
    found.await.unwrap_or_else(|error| panic!("{error}"));
}

/// A command without what this shell says to programs of its own.
fn command(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("OTEL_") || name == "JAEGER_AGENT" {
            command.env_remove(name);
        }
    }
    command
}

fn run(shown: &Shown, program: &mut Command) -> Output {
    program.envs(shown.variables.iter().map(|(name, value)| (name, value)));
    let output = program.output().unwrap_or_else(|error| {
        panic!("{program:?}: {error}; `cargo test -p docs` builds it");
    });
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {problem}", shown.command);
    output
}

fn compare(shown: &Shown, ran: &Output) {
    let printed = String::from_utf8_lossy(&ran.stdout);
    assert_eq!(
        commands::masked(&shown.output),
        commands::masked(&printed),
        "docs/guide.md is stale. `{}` prints now:\n{printed}",
        shown.command
    );
}

/// The example of this package, which is built with its tests.
fn tree() -> PathBuf {
    let mut path = std::env::current_exe().expect("this test has a path");
    path.pop();
    path.pop();
    path.join("examples/tree")
}
