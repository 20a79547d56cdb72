//! A Jaeger in place of the receiver of this process.

use std::process::Command;

use testbed::jaeger::Jaeger;

#[test]
fn jaeger_gets_thrift_from_one_service_and_otlp_from_the_others_and_shows_whole_traces() {
    let Some(jaeger) = Jaeger::start() else {
        return;
    };

    let output = Command::new(env!("CARGO_BIN_EXE_demo"))
        .args(["--once", "--stage", "api=legacy,auth=dropin,sms=native"])
        .args(["--otlp", &jaeger.otlp_endpoint()])
        .args(["--query", &jaeger.query_url()])
        .args(["--agent", &jaeger.thrift_compact().to_string()])
        .output()
        .expect("the demo runs");

    let printed = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}{said}");
    assert!(
        printed.contains("one trace for each request, 23 spans"),
        "{printed}"
    );
}
