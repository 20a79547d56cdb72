//! The account of finished, delivered and lost spans is exact.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use opentelemetry_sdk::trace::Sampler;
use pipeline::{Counts, Pipeline};

use crate::support::{BUDGET, Receiver, flush, nowhere, pipeline, settings, work};

fn counts(finished: u64, delivered: u64, failed: u64) -> Counts {
    Counts {
        finished,
        delivered,
        failed,
    }
}

#[test]
fn what_is_taken_is_delivered() {
    let receiver = Receiver::start();
    let pipeline = pipeline(&receiver.url());

    // More than one batch holds.
    work(&pipeline, 700);

    assert_eq!(pipeline.shutdown(BUDGET), counts(700, 700, 0));
    assert_eq!(receiver.spans(), 700);
}

#[test]
fn what_is_refused_has_failed() {
    let receiver = Receiver::start();
    receiver.refuse(true);
    let pipeline = pipeline(&receiver.url());

    work(&pipeline, 20);

    let counted = pipeline.shutdown(BUDGET);
    assert_eq!(counted, counts(20, 0, 20));
    assert_eq!(counted.missing(), 20);
}

#[test]
fn a_receiver_that_dies_loses_what_comes_after() {
    let mut receiver = Receiver::start();
    let pipeline = pipeline(&receiver.url());
    work(&pipeline, 10);
    flush(&pipeline);
    assert_eq!(pipeline.counts(), counts(10, 10, 0));

    receiver.kill();
    work(&pipeline, 5);

    assert_eq!(pipeline.shutdown(BUDGET), counts(15, 10, 5));
    assert_eq!(receiver.spans(), 10);
}

#[test]
fn a_receiver_that_comes_back_gets_what_comes_after() {
    let receiver = Receiver::start();
    let pipeline = pipeline(&receiver.url());

    receiver.refuse(true);
    work(&pipeline, 3);
    flush(&pipeline);
    receiver.refuse(false);
    work(&pipeline, 4);

    assert_eq!(pipeline.shutdown(BUDGET), counts(7, 4, 3));
}

#[test]
fn without_a_receiver_all_has_failed() {
    let pipeline = pipeline(&nowhere());

    work(&pipeline, 8);

    assert_eq!(pipeline.shutdown(BUDGET), counts(8, 0, 8));
}

#[test]
fn what_finds_no_room_is_missing_and_the_end_comes_in_time() {
    // Accepts, and never answers: nothing leaves the queue.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = silent.local_addr().expect("it is bound");
    let pipeline = pipeline(&format!("http://{address}"));

    work(&pipeline, 5_000);
    let budget = Duration::from_millis(500);
    let asked = Instant::now();
    let counted = pipeline.shutdown(budget);

    // The SDK's own is five seconds.
    assert!(asked.elapsed() < 8 * budget, "{:?}", asked.elapsed());
    assert_eq!((counted.finished, counted.delivered), (5_000, 0));
    assert_eq!(counted.missing(), 5_000);
}

#[test]
fn what_was_not_sampled_is_not_missed() {
    let receiver = Receiver::start();
    let settings = settings(&receiver.url()).sampler(Sampler::AlwaysOff);
    let pipeline = Pipeline::start(&settings).expect("the endpoint is usable");

    work(&pipeline, 10);

    assert_eq!(pipeline.shutdown(BUDGET), Counts::default());
    assert_eq!(receiver.spans(), 0);
}

#[test]
fn a_disabled_pipeline_has_no_provider_and_nothing_to_lose() {
    let settings = settings(&nowhere()).disabled(true);
    let pipeline = Pipeline::start(&settings).expect("nothing is connected");

    assert!(pipeline.provider().is_none());
    assert_eq!(pipeline.shutdown(BUDGET), Counts::default());
}

#[test]
fn the_second_end_changes_nothing() {
    let receiver = Receiver::start();
    let pipeline = pipeline(&receiver.url());
    work(&pipeline, 2);

    let first = pipeline.shutdown(BUDGET);
    let second = pipeline.shutdown(BUDGET);

    assert_eq!((first, second), (counts(2, 2, 0), counts(2, 2, 0)));
}
