//! The account of log records is as exact as that of spans, and neither signal suffers for the other.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use pipeline::{Counts, Pipeline};

use crate::support::{BUDGET, Lines, Receiver, flush, log, nowhere, pipeline, settings, work};

fn counts(finished: u64, delivered: u64, failed: u64) -> Counts {
    Counts {
        finished,
        delivered,
        failed,
    }
}

fn records(receiver: &Receiver) -> usize {
    let requests = receiver.logs().into_iter();
    let resources = requests.flat_map(|request| request.resource_logs);
    let scopes = resources.flat_map(|resource| resource.scope_logs);
    scopes.map(|scope| scope.log_records.len()).sum()
}

#[test]
fn what_is_taken_is_delivered() {
    let receiver = Receiver::start();
    let pipeline = pipeline(&receiver.url());
    let lines = Lines::default();
    let dispatch = lines.dispatch_of(&pipeline);

    // More than one batch holds.
    log(&dispatch, 700);
    pipeline.shutdown(BUDGET);

    assert_eq!(pipeline.log_counts(), counts(700, 700, 0));
    assert_eq!(records(&receiver), 700);
    assert_eq!(lines.all(), [""; 0], "nothing is lost, nothing is said");
}

#[test]
fn what_is_refused_is_said_once_and_told_at_the_end() {
    let receiver = Receiver::start();
    receiver.refuse(true);
    let pipeline = pipeline(&receiver.url());
    let lines = Lines::default();
    let dispatch = lines.dispatch_of(&pipeline);

    // A batch is sent when it is full.
    log(&dispatch, 1_024);
    pipeline.shutdown(BUDGET);

    assert_eq!(pipeline.log_counts(), counts(1_024, 0, 1_024));
    let said = lines.all();
    let [first, last] = &said[..] else {
        panic!("two lines: {said:#?}");
    };
    assert!(first.starts_with("Log records are being lost, "), "{first}");
    assert_eq!(last, "1024 of 1024 log records were lost.");
}

#[test]
fn a_receiver_that_takes_spans_alone_is_no_failure() {
    let receiver = Receiver::of_spans();
    let pipeline = pipeline(&receiver.url());
    let lines = Lines::default();
    let dispatch = lines.dispatch_of(&pipeline);

    work(&pipeline, 3);
    log(&dispatch, 1_024);
    let spans = pipeline.shutdown(BUDGET);

    assert_eq!(spans, counts(3, 3, 0));
    assert_eq!(pipeline.log_counts(), counts(1_024, 0, 1_024));
    let said = lines.all();
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(
        said[0].starts_with("Log records are not being taken by "),
        "{said:#?}"
    );
}

#[test]
fn a_receiver_that_dies_loses_what_comes_after() {
    let mut receiver = Receiver::start();
    let pipeline = pipeline(&receiver.url());
    let lines = Lines::default();
    let dispatch = lines.dispatch_of(&pipeline);
    log(&dispatch, 512);
    let deadline = Instant::now() + BUDGET;
    while pipeline.log_counts().delivered < 512 {
        assert!(Instant::now() < deadline, "a full batch is sent");
        std::thread::sleep(Duration::from_millis(2));
    }

    receiver.kill();
    log(&dispatch, 5);
    pipeline.shutdown(BUDGET);

    assert_eq!(pipeline.log_counts(), counts(517, 512, 5));
    assert_eq!(records(&receiver), 512);
}

#[test]
fn without_a_receiver_all_has_failed() {
    let pipeline = pipeline(&nowhere());
    let dispatch = Lines::default().dispatch_of(&pipeline);

    log(&dispatch, 8);
    pipeline.shutdown(BUDGET);

    assert_eq!(pipeline.log_counts(), counts(8, 0, 8));
}

#[test]
fn what_finds_no_room_is_missing_and_nobody_waits() {
    // Accepts, and never answers: nothing leaves the queue.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = silent.local_addr().expect("it is bound");
    let pipeline = pipeline(&format!("http://{address}"));
    let dispatch = Lines::default().dispatch_of(&pipeline);

    log(&dispatch, 20_000);
    let given_up = pipeline.log_counts().failed;
    work(&pipeline, 10);
    let budget = Duration::from_millis(500);
    let asked = Instant::now();
    pipeline.shutdown(budget);

    // Who waits for room waits until all but a queue and a batch are given up, which takes a minute.
    assert!(given_up < 20_000 - 2_048 - 512, "{given_up}");
    // One budget for both signals; the SDK's own is five seconds for each.
    assert!(asked.elapsed() < 8 * budget, "{:?}", asked.elapsed());
    let counted = pipeline.log_counts();
    assert_eq!((counted.finished, counted.delivered), (20_000, 0));
    assert_eq!(counted.missing(), 20_000);
}

#[test]
fn what_the_pipeline_says_of_spans_is_no_record() {
    let receiver = Receiver::start();
    receiver.refuse(true);
    let pipeline = pipeline(&receiver.url());
    let lines = Lines::default();
    let _dispatch = lines.dispatch_of(&pipeline);

    work(&pipeline, 2);
    flush(&pipeline);
    receiver.refuse(false);
    pipeline.shutdown(BUDGET);

    assert_eq!(lines.all().len(), 2, "{:#?}", lines.all());
    assert_eq!(pipeline.log_counts(), Counts::default());
    assert_eq!(records(&receiver), 0);
}

#[test]
fn what_is_logged_after_the_end_is_not_missed() {
    let receiver = Receiver::start();
    let pipeline = pipeline(&receiver.url());
    let lines = Lines::default();
    let dispatch = lines.dispatch_of(&pipeline);
    log(&dispatch, 1);
    pipeline.shutdown(BUDGET);

    log(&dispatch, 3);

    assert_eq!(pipeline.log_counts(), counts(1, 1, 0));
    assert_eq!(lines.all(), [""; 0]);
}

#[test]
fn a_disabled_pipeline_has_no_layer() {
    let settings = settings(&nowhere()).disabled(true);
    let pipeline = Pipeline::start(&settings).expect("nothing is connected");
    let dispatch = Lines::default().dispatch_of(&pipeline);

    log(&dispatch, 3);
    pipeline.shutdown(BUDGET);

    assert_eq!(pipeline.log_counts(), Counts::default());
}
