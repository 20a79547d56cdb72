//! The logs of a trace, in a browser.

use serde_json::Value as Json;

use crate::browser::Browser;
use crate::looks::{faint_texts, nodes};
use crate::support::{add_logs, record, trace_id};
use crate::traces::{log_records, login, send};
use crate::viewer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_logs_of_a_trace_arrive_by_themselves_and_stand_with_their_spans() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &login(1, true));
    browser.open(&format!("{}/trace/{}", viewer.query_url(), trace_id(1)));
    assert_eq!(
        browser.eval("document.querySelector('#logs').innerText"),
        ""
    );

    log_records(&viewer, 1);
    browser.until("document.querySelectorAll('#logs .logs > tbody > tr').length === 3");
    let bodies = browser
        .eval("[...document.querySelectorAll('#logs .body')].map((it) => it.innerText).join()");
    assert_eq!(
        bodies,
        "A login began.,A code was refused.,The login failed."
    );
    let severe = browser.eval("document.querySelector('#logs .severe').innerText");
    let severe = severe.as_str().expect("text");
    for word in ["ERROR", "api", "POST /v1/login", "46.0 ms"] {
        assert!(severe.contains(word), "{word} in {severe}");
    }

    // In the details of the span, too.
    browser.press_until_focused("Tab", ".span");
    for _ in 0..4 {
        browser.press("ArrowDown");
    }
    browser.press("Enter");
    browser.until("document.activeElement.matches('.panel h2')");
    let details = browser.eval("document.querySelector('.panel').innerText");
    let details = details.as_str().expect("text");
    assert!(details.contains("A code was refused."), "{details}");
    assert!(!details.contains("The login failed."), "{details}");
    browser.assert_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_folded_or_opened_stays_so_when_more_arrives() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &login(1, true));
    log_records(&viewer, 1);
    let arrives = |body| {
        let record = record(trace_id(1), 1, body);
        add_logs(viewer.store(), "api", [record]);
    };
    let lines =
        |count| format!("document.querySelectorAll('#logs .logs > tbody > tr').length === {count}");
    let focused = |selector| format!("document.activeElement.matches('{selector}')");
    browser.open(&format!("{}/trace/{}", viewer.query_url(), trace_id(1)));

    let all = "#log-list[open] > summary";
    browser.press_until_focused("Tab", all);
    browser.press(" ");
    arrives("One more.");
    browser.until(&lines(4));
    let folded = "#log-list:not([open]) > summary";
    assert_eq!(browser.eval(&focused(folded)), true);

    browser.press(" ");
    assert_eq!(browser.eval(&focused(all)), true);
    browser.press_until_focused("Tab", "#logs .severe details summary");
    browser.press(" ");
    // It comes before that line.
    arrives("And one.");
    browser.until(&lines(5));
    assert_eq!(
        browser.eval(&focused("#logs .severe details[open] summary")),
        true
    );
    assert_eq!(
        browser.eval("document.querySelectorAll('#logs td details[open]').length"),
        1
    );
    browser.assert_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_can_be_read_on_a_phone_in_the_dark_and_with_a_screen_reader() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &login(1, true));
    log_records(&viewer, 1);
    let trace = format!("{}/trace/{}", viewer.query_url(), trace_id(1));

    for (scheme, width) in [("light", 1280), ("dark", 390)] {
        browser.scheme(scheme);
        browser.window(width, 760);
        browser.open(&trace);
        browser.eval("for (const it of document.querySelectorAll('details')) it.open = true");
        assert_eq!(
            faint_texts(&mut browser),
            Json::Array(Vec::new()),
            "{scheme}"
        );
        let widths = browser
            .eval("[document.documentElement.scrollWidth, document.documentElement.clientWidth]");
        assert!(
            widths[0].as_u64() <= widths[1].as_u64(),
            "{widths} at {width}"
        );
    }
    browser.scheme("light");
    browser.window(1280, 760);
    browser.open(&trace);
    browser.eval("scrollTo(0, 60)");
    browser.picture("logs");
    let nodes = nodes(&mut browser);
    assert!(
        nodes
            .iter()
            .any(|(role, name)| role == "table" && name == "Log records")
    );
    assert!(
        nodes
            .iter()
            .any(|(role, name)| role == "region" && name == "Logs")
    );
    browser.assert_content();
}
