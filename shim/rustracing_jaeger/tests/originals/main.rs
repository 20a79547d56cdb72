//! What the original packages bring with them runs on the drop-ins, unchanged: their unit tests, the code in their
//! documents and their example.
//!
//! Their files are not here. They are where cargo keeps the sources of dependencies, and a workspace is made beside the built
//! tests that takes from there what it runs. In its manifests are the two lines that a user changes.
//!
//! One file is left out: the example `http_hello_server`, whose server is a library of 2018 that nothing else needs.

mod manifest;
mod scratch;
mod sources;

use std::time::Duration;

use scratch::Scratch;
use viewer::Viewer;
use viewer::client::QueryClient;
use viewer::store::Search;

const DEADLINE: Duration = Duration::from_secs(10);

/// One test, since each call of cargo would wait for the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn tests_documents_and_example_of_the_originals_run_on_the_drop_ins() {
    let viewer = Viewer::builder().start().await.expect("the viewer starts");
    let scratch = Scratch::new(viewer.grpc_url());

    for package in scratch.packages() {
        let tested = scratch.cargo(&["test", "--package", package.scratch_name()]);
        assert_eq!(
            tested.passed(),
            package.tests + package.documents,
            "{tested}"
        );
        assert!(package.tests >= 4 && package.documents >= 4, "{package:?}");
    }
    scratch.cargo(&[
        "run",
        "--package",
        "on-rustracing-jaeger",
        "--example",
        "report",
    ]);

    let client = QueryClient::new(&viewer.query_url()).expect("it is an address");
    let search = Search {
        service: Some("example".to_owned()),
        ..Search::default()
    };
    // The example ends as soon as it has reported, so this also asks whether anything is lost then.
    let trace = client
        .wait_for_any(&search, DEADLINE, |trace| trace.spans.len() == 2)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let (main, sub) = (&trace.spans[0], &trace.spans[1]);
    assert_eq!((main.operation.as_str(), main.parent()), ("main", None));
    assert_eq!(
        (sub.operation.as_str(), sub.parent()),
        ("sub", Some(main.span_id))
    );
    assert_eq!(sub.tags.str("foo"), Some("bar"));
    let log = &sub.logs[0].fields;
    assert_eq!(log.str("exception.message"), Some("something wrong"));
    assert_eq!(main.process.tags.str("hello"), Some("world"));
}
