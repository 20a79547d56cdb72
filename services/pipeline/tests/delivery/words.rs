//! A loss is said once, its end is said once, and the last word has the number.

use crate::support::{BUDGET, Lines, Receiver, flush, pipeline, work};

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
