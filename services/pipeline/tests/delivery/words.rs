//! A loss is said once, its end is said once, and the last word has the number.

use pipeline::Pipeline;

use crate::support::{BUDGET, Lines, Receiver, flush, nowhere, pipeline, settings, work};

#[test]
fn failing_and_recovering_are_said_once_each() {
    let receiver = Receiver::start();
    let pipeline = pipeline(&receiver.url());
    let lines = Lines::default();
    let dispatch = lines.dispatch();
    pipeline.report_to(&dispatch);

    receiver.refuse(true);
    for _ in 0..3 {
        work(&pipeline, 2);
        flush(&pipeline);
    }
    let failing = lines.all();
    receiver.refuse(false);
    for _ in 0..3 {
        work(&pipeline, 1);
        flush(&pipeline);
    }

    assert_eq!(failing.len(), 1, "{failing:?}");
    assert!(
        failing[0].starts_with("Spans are being lost, "),
        "{failing:?}"
    );
    assert!(failing[0].contains(&receiver.url()), "{failing:?}");
    let url = receiver.url();
    let back = format!("Spans reach {url} again; 6 were lost in failed exports.");
    assert_eq!(lines.all()[1..], [back]);

    pipeline.shutdown(BUDGET);
    assert_eq!(lines.all()[2..], ["6 of 9 spans were lost."]);
}

#[test]
fn where_nothing_is_lost_nothing_is_said() {
    let receiver = Receiver::start();
    let pipeline = pipeline(&receiver.url());
    let lines = Lines::default();
    let dispatch = lines.dispatch();
    pipeline.report_to(&dispatch);

    work(&pipeline, 5);
    pipeline.shutdown(BUDGET);

    assert_eq!(lines.all(), [""; 0]);
}

#[test]
fn a_token_in_the_endpoint_is_not_said() {
    let host = nowhere().replace("http://", "");
    let pipeline = pipeline(&format!("http://shop:s3cret@{host}"));
    let lines = Lines::default();
    let dispatch = lines.dispatch();
    pipeline.report_to(&dispatch);

    work(&pipeline, 1);
    pipeline.shutdown(BUDGET);

    let said = lines.all().join("\n");
    assert!(said.contains(&format!("http://...@{host}")), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
}

#[test]
fn a_token_in_an_endpoint_that_cannot_be_used_is_not_told() {
    for endpoint in ["ftp://shop:s3cret@there", "http://shop:s3/cr et@there"] {
        let error = Pipeline::start(&settings(endpoint)).expect_err("it is no such URL");

        let told = format!("{error} {error:?}");
        assert!(told.contains("...@there"), "{told}");
        assert!(!told.contains("s3") && !told.contains("cr et"), "{told}");
    }
}
