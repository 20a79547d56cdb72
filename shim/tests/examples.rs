//! The examples print what their readers are told that they print.

// Each example is a program of its own, whose `main` and support module are there once more.
#![allow(dead_code, clippy::duplicate_mod)]

#[path = "../examples/async_tasks.rs"]
mod async_tasks;
#[path = "../examples/axum.rs"]
mod axum_services;
#[path = "../examples/baggage.rs"]
mod baggage;
#[path = "../examples/basic.rs"]
mod basic;
#[path = "../examples/inject_extract.rs"]
mod inject_extract;
#[path = "../examples/scopes.rs"]
mod scopes;

#[track_caller]
fn assert_prints(printed: Result<String, impl std::fmt::Display>, expected: &str) {
    match printed {
        Ok(printed) => assert_eq!(printed, expected),
        Err(error) => panic!("the example failed: {error}"),
    }
}

#[test]
fn basic_shows_tags_logs_and_an_error() {
    assert_prints(
        basic::run(),
        "\
buy span.kind=server items=2
  charge [card accepted]
  mail [exception] (error)
",
    );
}

#[test]
fn scopes_shows_what_the_active_span_is_the_parent_of() {
    assert_prints(
        scopes::run(),
        "\
report
  read rows=3
  read rows=3
clean up
",
    );
}

#[tokio::test]
async fn async_tasks_shows_awaits_spawns_and_timeouts() {
    assert_prints(
        async_tasks::run().await,
        "\
request
  look up
  prefetch
    fetch
  compress [done]
  slow (error)
",
    );
}

#[test]
fn baggage_shows_late_items() {
    assert_prints(
        baggage::run(),
        r#"child has Some("t1")
native code sees Some("t1")
on the wire is "attempt=2,tenant=t1"
native code sees None
then it sees Some("2")
request
  child
"#,
    );
}

#[test]
fn inject_extract_shows_one_trace_in_two_processes() {
    assert_prints(
        inject_extract::run(),
        "\
headers: baggage, traceparent
call span.kind=client
  serve span.kind=server tenant=t1
",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axum_shows_one_trace_over_two_services() {
    let printed = axum_services::run().await;

    // Any free port will do.
    let without_ports = printed.map(|printed| {
        let words = printed
            .split(' ')
            .filter(|word| !word.starts_with("peer.port="));
        words.collect::<Vec<_>>().join(" ")
    });
    assert_prints(
        without_ports,
        "\
order 7 of user 1
ask span.kind=client http.method=GET peer.hostname=127.0.0.1 http.status_code=200
  GET /orders/{id} span.kind=server http.method=GET http.status_code=200
    get user span.kind=client http.method=GET peer.hostname=127.0.0.1 http.status_code=200
      GET /users/{id} span.kind=server http.method=GET http.status_code=200
        read user
",
    );
}
