//! Whether services agree on which traces are kept. Those that ask their caller do; the old libraries do not.

use launcher::Stage;

use crate::support::{Receiver, Setup, Stages};

/// The services that leave spans of a code that is sent, with how many, where every service keeps nothing of what begins with
/// it.
async fn left(stages: Stages) -> Vec<(String, usize)> {
    let receiver = Receiver::of(stages);
    let fleet = Setup::new(stages, &receiver).keep(0.0).start().await;
    let target = fleet.target();
    let sent = target.send_code(&target.phone()).await.is(202);
    target.inbox(&sent.text("challenge_id")).await.is(200);
    let id = sent.header("x-trace-id").expect("api tells the trace");
    fleet.finish().await;

    let Some(trace) = receiver.trace(id) else {
        return Vec::new();
    };
    let count = |service: &&str| {
        let spans = trace.spans.iter().filter(|span| span.service() == *service);
        (String::from(*service), spans.count())
    };
    trace.services().iter().map(count).collect()
}

#[tokio::test]
async fn services_that_ask_their_caller_agree() {
    for stages in [
        [Stage::Native; 3],
        [Stage::Shim, Stage::Native, Stage::Mixed],
    ] {
        assert_eq!(left(stages).await, [], "{stages:?}");
    }
}

#[tokio::test]
async fn a_service_with_the_old_libraries_keeps_what_its_caller_did_not_and_says_so_further_on() {
    for old in [Stage::Legacy, Stage::Dropin] {
        let in_the_middle = left([Stage::Native, old, Stage::Shim]).await;
        let at_the_end = left([Stage::Native, Stage::Mixed, old]).await;

        let torn = [("auth".to_owned(), 3), ("sms".to_owned(), 4)];
        assert_eq!(in_the_middle, torn, "{old}");
        assert_eq!(at_the_end, [("sms".to_owned(), 4)], "{old}");
    }
}
