//! A process that ends right after `report` loses nothing, and one whose collector is away ends in time.
//!
//! Each case is a process: this program, started again with the name of an ending.

#[path = "../support/collector.rs"]
mod collector;
mod endings;
#[path = "../support/spans.rs"]
mod spans;

use std::env;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, ExitCode, Output};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};

use collector::Collector;
use endings::{ENDING, EXIT_WAIT_MS};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

fn main() -> ExitCode {
    if let Ok(ending) = env::var(ENDING) {
        return endings::run(&ending);
    }
    let trials = vec![
        delivered("main_returns_right_after_the_report", "return", 0),
        delivered("exit_is_called_right_after_the_report", "exit", 7),
        delivered("another_thread_calls_exit", "exit elsewhere", 7),
        delivered("the_reporter_is_dropped_first", "drop", 0),
        delivered("main_panics_after_the_report", "panic", 101),
        delivered("main_is_on_a_runtime_of_one_thread", "current thread", 0),
        Trial::test("over_http_too", || {
            let collector = Collector::start();
            let url = collector.http_url();
            let variables = [
                ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
                (ENDPOINT, url.as_str()),
                ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ];
            let (output, _) = run("return", &variables);
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            assert_eq!(collector.operations("leaving"), ["last words"]);
            Ok(())
        }),
        Trial::test(
            "a_full_queue_and_two_services_are_sent_to_the_last_span",
            || {
                let collector = Collector::start();
                let (output, _) = run("two services", &[(ENDPOINT, &collector.grpc_url())]);
                assert_eq!(output.status.code(), Some(0), "{output:?}");
                assert_eq!(collector.operations("many").len(), endings::MANY);
                assert_eq!(collector.operations("leaving"), ["last words"]);
                Ok(())
            },
        ),
        Trial::test(
            "a_collector_that_is_not_there_delays_the_end_by_a_moment",
            || {
                // Bound and not listening, so that nobody else takes the port.
                let port = closed_port()?;
                let endpoint = format!("http://{}", port.1);
                let variables = [(ENDPOINT, endpoint.as_str())];
                let (output, took) = run("return", &variables);
                assert_eq!(output.status.code(), Some(0), "{output:?}");
                assert!(took < Duration::from_secs(4), "it took {took:?}");
                Ok(())
            },
        ),
        Trial::test(
            "a_collector_that_never_answers_delays_the_end_by_the_bound",
            || {
                let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
                let endpoint = format!("http://{}", silent.local_addr()?);
                let variables = [(ENDPOINT, endpoint.as_str()), (EXIT_WAIT_MS, "700")];
                let (output, took) = run("return", &variables);
                assert_eq!(output.status.code(), Some(0), "{output:?}");
                assert!(took >= Duration::from_millis(700), "it took {took:?}");
                assert!(took < Duration::from_secs(3), "it took {took:?}");
                Ok(())
            },
        ),
        Trial::test("a_wait_of_zero_gives_up_what_is_waiting", || {
            let collector = Collector::start();
            let url = collector.grpc_url();
            let (output, _) = run("return", &[(ENDPOINT, &url), (EXIT_WAIT_MS, "0")]);
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            assert!(collector.operations("leaving").is_empty());
            Ok(())
        }),
        Trial::test("without_a_report_nothing_is_waited_for", || {
            let (output, _) = run("nothing", &[]);
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            assert_eq!(String::from_utf8_lossy(&output.stdout), "threads: 1\n");
            Ok(())
        }),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A program with this ending leaves its one span with the collector, and its exit code is its own.
fn delivered(name: &str, ending: &'static str, code: i32) -> Trial {
    Trial::test(name, move || {
        let collector = Collector::start();

        let (output, took) = run(ending, &[(ENDPOINT, &collector.grpc_url())]);

        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert_eq!(
            collector.operations("leaving"),
            ["last words"],
            "{output:?}"
        );
        // Sent, and not waited out.
        assert!(took < Duration::from_secs(4), "it took {took:?}");
        Ok::<(), Failed>(())
    })
}

/// This program with an ending, and how long it took.
fn run(ending: &str, variables: &[(&str, &str)]) -> (Output, Duration) {
    let begun = Instant::now();
    let output = Command::new(env::current_exe().expect("a program knows its file"))
        .env(ENDING, ending)
        // Long enough that only the end of the process can have sent anything.
        .env("OTEL_BSP_SCHEDULE_DELAY", "60000")
        .envs(variables.iter().copied())
        .output()
        .expect("this program can be started");
    (output, begun.elapsed())
}

/// A port that refuses connections for as long as the socket lives.
fn closed_port() -> std::io::Result<(socket2::Socket, std::net::SocketAddr)> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    let any = std::net::SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    socket.bind(&any.into())?;
    let address = socket
        .local_addr()?
        .as_socket()
        .expect("it is an IPv4 socket");
    Ok((socket, address))
}
