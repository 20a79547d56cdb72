//! A service changes its stage under load, and nobody notices. That the drill would is tested beside it, in `src/drill`.

use std::process::{Command, Output};

use testbed::jaeger::Jaeger;
use testbed::redis::RedisServer;

/// A short one.
const DRILL: [&str; 6] = ["--drill", "rollback", "--rate", "20", "--logins", "10"];

fn drill(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_demo"))
        .args(DRILL)
        .args(arguments)
        .output()
        .expect("the demo runs")
}

/// Asks of what was printed that the drill held, and that it had something to hold: people in every phase, and an auth in
/// either stage that served them.
fn assert_held(output: &Output, stage: &str) {
    let printed = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}{said}");
    assert!(
        printed.ends_with(
            "Verdict: as expected. No login failed, no trace was split, no span was lost.\n"
        ),
        "{printed}"
    );

    let phases = [
        stage.to_owned(),
        format!("{stage} -> legacy"),
        "legacy".to_owned(),
        format!("legacy -> {stage}"),
        stage.to_owned(),
    ];
    let rows: Vec<&str> = printed
        .lines()
        .skip_while(|line| !line.starts_with("auth   "))
        .skip(1)
        .take(phases.len())
        .collect();
    assert_eq!(rows.len(), phases.len(), "{printed}");
    let mut served = [0, 0];
    for (row, phase) in rows.iter().zip(&phases) {
        let counts = row.strip_prefix(phase.as_str()).unwrap_or_default();
        let counts: Vec<usize> = counts
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        let [logins, failed, _traces, split, now, before] = counts[..] else {
            panic!("{row:?} is no row of {phase:?}");
        };
        assert!(logins > 0, "{printed}");
        assert_eq!((failed, split), (0, 0), "{printed}");
        served[0] += now;
        served[1] += before;
    }
    assert!(served.iter().all(|served| *served >= 10), "{printed}");
}

#[test]
fn auth_goes_back_to_legacy_and_forward_again_and_nobody_notices() {
    let output = drill(&[]);

    assert_held(&output, "native");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        printed.contains("  headers uber-trace-id beside traceparent, and that from the beginning"),
        "{printed}"
    );
    assert!(!printed.contains("+86"), "{printed}");
}

#[test]
fn neighbours_may_be_in_any_stage_that_traces() {
    let output = drill(&["--stage", "api=legacy,auth=shim,sms=dropin"]);

    assert_held(&output, "shim");
}

#[test]
fn redis_holds_what_auth_knows_and_jaeger_sees_whole_traces() {
    let (Some(redis), Some(jaeger)) = (RedisServer::start(), Jaeger::start()) else {
        return;
    };

    let output = drill(&[
        "--redis",
        &redis.url(),
        "--otlp",
        &jaeger.otlp_endpoint(),
        "--query",
        &jaeger.query_url(),
        "--agent",
        &jaeger.thrift_compact().to_string(),
    ]);

    assert_held(&output, "native");
}

#[test]
fn a_fleet_that_cannot_be_drilled_is_refused() {
    for (stage, reason) in [
        (
            "legacy",
            "auth cannot go back to stage legacy from stage legacy",
        ),
        ("sms=bare", "stage bare leaves none"),
    ] {
        let output = drill(&["--stage", stage]);

        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stage}: {said}");
        assert!(said.contains(reason), "{stage}: {said}");
        assert!(output.stdout.is_empty(), "{stage} started something");
    }
}
