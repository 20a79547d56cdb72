//! Ten fleets, in which every stage is in every place twice, over a Redis and a Jaeger in place of what the demo brings.
//! Services in stage legacy send Thrift, the others OTLP, and the verdict is from what Jaeger answers.

use std::process::{Child, Command, Stdio};

use testbed::jaeger::Jaeger;
use testbed::redis::RedisServer;

/// How many fleets run at the same time.
const AT_ONCE: usize = 3;

fn demo(stages: &str, redis: &RedisServer, jaeger: &Jaeger) -> Child {
    Command::new(env!("CARGO_BIN_EXE_demo"))
        .args(["--once", "--stage", stages])
        .args(["--redis", &redis.url()])
        .args(["--otlp", &jaeger.otlp_endpoint()])
        .args(["--query", &jaeger.query_url()])
        .args(["--agent", &jaeger.thrift_compact().to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the demo runs")
}

#[test]
fn ten_fleets_leave_whole_traces_in_a_real_jaeger() {
    let (Some(redis), Some(jaeger)) = (RedisServer::start(), Jaeger::start()) else {
        return;
    };
    let fleets = demo::fleets::sample_names();
    assert_eq!(fleets.len(), 10);

    for fleets in fleets.chunks(AT_ONCE) {
        let running = fleets
            .iter()
            .map(|stages| (stages, demo(stages, &redis, &jaeger)))
            .collect::<Vec<_>>();
        for (stages, demo) in running {
            let output = demo.wait_with_output().expect("the demo ends");

            let printed = String::from_utf8_lossy(&output.stdout);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{stages}: {printed}{said}");
            assert!(
                printed.contains("one trace for each request, 23 spans"),
                "{stages}: {printed}"
            );
            assert_eq!(said, "", "{stages}");
        }
    }
}
