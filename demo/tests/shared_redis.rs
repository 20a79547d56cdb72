//! A Redis that a demo has not to itself.

use std::process::{Child, Command, Stdio};

use testbed::redis::RedisServer;

/// What another system keeps there, under the names that a demo might be tempted to use.
const THEIRS: &str = "{otp:00}:messages";

fn demo(redis: &RedisServer) -> Child {
    Command::new(env!("CARGO_BIN_EXE_demo"))
        .args(["--once", "--redis", &redis.url()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the demo runs")
}

#[test]
fn demos_take_nothing_from_each_other_and_from_others_and_leave_nothing_that_stays() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    redis.ask(&["XADD", THEIRS, "*", "key", "theirs"]).unwrap();

    let demos = [demo(&redis), demo(&redis)];

    for demo in demos {
        let output = demo.wait_with_output().expect("the demo ends");
        let printed = String::from_utf8_lossy(&output.stdout);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{printed}{said}");
        // What is random in the namespace is no value of an attribute.
        assert!(
            printed.contains("message_bus.destination={otp:00}:messages"),
            "{printed}"
        );
        assert_eq!(said, "");
    }
    assert_eq!(redis.ask(&["XLEN", THEIRS]).unwrap(), ":1\r\n");
    assert_eq!(redis.keys_without_end(), [THEIRS]);
}
