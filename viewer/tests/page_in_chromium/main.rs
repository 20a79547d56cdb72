//! The page in a real Chromium: by keyboard, on a phone, in the dark, live, and with ten thousand spans.
//!
//! `SCREENSHOTS=1 cargo test -p viewer --test page_in_chromium` writes the pictures of `docs/screenshots` anew.

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "the modules of a test program"
)]

mod browser;
mod comparing;
mod logs;
mod looks;
mod stages;
#[path = "../support/mod.rs"]
mod support;
mod traces;

use std::time::Instant;

use browser::Browser;
use serde_json::json;
use support::{at, batch, request, span, text, trace_id, with};
use traces::{large, login, send, send_code};
use viewer::Viewer;

async fn viewer() -> Viewer {
    Viewer::builder().start().await.expect("free ports")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_alone_lead_from_the_list_to_the_details_of_a_span() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &send_code(1));
    send(&viewer, &login(2, true));
    browser.open(&viewer.query_url());

    browser.press_until_focused("Tab", ".traces th a");
    assert_eq!(
        browser.eval("document.activeElement.innerText"),
        "POST /v1/login"
    );
    browser.press("Enter");
    browser.until(
        "document.readyState === 'complete' && document.querySelector('[role=treegrid]') !== null",
    );
    browser.press_until_focused("Tab", ".span");
    for _ in 0..4 {
        browser.press("ArrowDown");
    }
    assert_eq!(
        browser.eval("document.activeElement.querySelector('.operation').innerText"),
        "codes.check"
    );
    browser.press("Enter");
    browser.until("document.activeElement.matches('.panel h2')");

    let details = browser.eval("document.querySelector('.panel').innerText");
    let details = details.as_str().expect("text");
    for expected in [
        "the code is wrong",
        "code_refused",
        "attempts_left",
        "after 21.0 ms",
    ] {
        assert!(details.contains(expected), "{expected} in {details}");
    }
    browser.picture("trace");
    browser.press("Escape");
    assert_eq!(
        browser.eval("document.querySelector('.panel') === null"),
        true
    );
    assert_eq!(
        browser.eval("document.activeElement.querySelector('.operation').innerText"),
        "codes.check"
    );
    browser.assert_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_fold_and_unfold_what_is_below_a_span() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &login(1, false));
    let seen = "[...document.querySelectorAll('.span')].filter((line) => !line.hidden).length";
    browser.open(&format!("{}/trace/{}", viewer.query_url(), trace_id(1)));
    browser.press_until_focused("Tab", ".span");

    assert_eq!(browser.eval(seen), 7);
    browser.press("ArrowDown");
    browser.press("ArrowDown");
    browser.press("ArrowLeft");
    assert_eq!(browser.eval(seen), 3);
    assert_eq!(browser.eval("document.activeElement.ariaExpanded"), "false");
    browser.press("ArrowLeft");
    assert_eq!(browser.eval("document.activeElement.ariaLevel"), "2");
    browser.press("End");
    browser.press("ArrowRight");
    assert_eq!(browser.eval(seen), 7);
    browser.press("Home");
    assert_eq!(browser.eval("document.activeElement.ariaLevel"), "1");
    browser.assert_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_search_is_filled_in_and_sent_by_keys() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &login(1, true));
    send(&viewer, &login(2, false));
    browser.open(&viewer.query_url());

    browser.press("/");
    assert_eq!(browser.eval("document.activeElement.id"), "service");
    browser.press_until_focused("Tab", "#tags");
    browser.call(
        "Input.insertText",
        json!({ "text": "http.response.status_code=401" }),
    );
    browser.press("Enter");

    browser.until("location.search.includes('tags=') && document.querySelectorAll('.traces tbody tr').length === 1");
    // Fields that were left empty are not part of the address.
    assert_eq!(
        browser.eval("location.search"),
        "?tags=http.response.status_code%3D401"
    );
    assert_eq!(
        browser.eval("document.getElementById('tags').value"),
        "http.response.status_code=401"
    );
    browser.assert_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_arrives_shows_up_by_itself_and_the_focus_stays() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &login(1, false));
    browser.open(&viewer.query_url());
    browser.press_until_focused("Tab", ".traces th a");

    send(&viewer, &send_code(2));
    browser.until("document.querySelectorAll('.traces tbody tr').length === 2");
    assert_eq!(
        browser.eval("document.activeElement.innerText"),
        "POST /v1/login"
    );
    // A service that is new can be searched for.
    browser.until(
        "[...document.getElementById('service').options].some((option) => option.value === 'sms')",
    );

    browser.press("Enter");
    browser.until(
        "document.readyState === 'complete' && document.querySelector('[role=treegrid]') !== null",
    );
    browser.press_until_focused("Tab", ".span");
    browser.press("Enter");
    browser.until("document.activeElement.matches('.panel h2')");
    let late = at(span(trace_id(1), 77, 1, "audit.write"), 1, 90);
    send(
        &viewer,
        &request([batch("audit", [with(late, "late", text("yes"))])]),
    );
    browser.until("[...document.querySelectorAll('.span .operation')].some((it) => it.innerText === 'audit.write')");
    browser.until("document.querySelector('#summary').innerText.includes('91.0 ms')");
    assert_eq!(
        browser.eval("document.activeElement.matches('.panel h2')"),
        true
    );

    browser.eval("document.querySelector('#live button').click()");
    assert_eq!(
        browser.eval("document.querySelector('#live').innerText.trim().split('\\n')[0]"),
        "Paused"
    );
    browser.assert_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_that_is_not_here_yet_appears_when_it_comes() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    browser.open(&format!("{}/trace/{}", viewer.query_url(), trace_id(1)));
    assert_eq!(
        browser.eval("document.querySelector('h1').innerText"),
        "Not here"
    );

    send(&viewer, &login(1, false));

    browser.until(
        "document.readyState === 'complete' && document.querySelector('[role=treegrid]') !== null",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_script_links_and_the_form_lead_everywhere() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &login(1, true));
    send(&viewer, &send_code(2));
    browser.call(
        "Emulation.setScriptExecutionDisabled",
        json!({ "value": true }),
    );
    browser.call("Page.navigate", json!({ "url": viewer.query_url() }));
    browser.until("document.querySelectorAll('.traces tbody tr').length === 2");
    assert_eq!(
        browser.eval("document.querySelector('#live button') === null"),
        true
    );

    browser.eval("document.getElementById('errors').click()");
    browser.eval("document.querySelector('#search button').click()");
    browser.until("location.search.includes('errors=true') && document.querySelectorAll('.traces tbody tr').length === 1");
    browser.eval("document.querySelector('.traces th a').click()");
    browser.until("document.querySelector('#waterfall[role=table]') !== null");
    browser.eval("document.querySelector('.span.failed a').click()");
    browser.until(
        "document.querySelector('article')?.innerText.includes('the code is wrong') === true",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_spans_stay_usable() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &large(1, 10_000));
    let start = Instant::now();
    browser.open(&format!("{}/trace/{}", viewer.query_url(), trace_id(1)));
    browser.until(
        "document.readyState === 'complete' && document.querySelector('[role=treegrid]') !== null",
    );
    let opened = start.elapsed();
    // What is not in sight is left for later.
    assert_eq!(
        browser.eval("document.querySelectorAll('.span').length"),
        250
    );

    // As a reader who drags the scroll bar down.
    let start = Instant::now();
    browser.until("scrollTo(0, document.body.scrollHeight); document.querySelectorAll('.span').length === 10000");
    let loaded = start.elapsed();
    assert_eq!(browser.requests("from="), 39);
    let before = browser.layouts();
    let painted = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))";
    let press = |key: &str| {
        format!(
            "(async () => {{
                const line = document.querySelector('.span');
                line.focus();
                const start = performance.now();
                line.dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true }}));
                await {painted};
                return performance.now() - start;
            }})()"
        )
    };
    let millis = |value: serde_json::Value| value.as_f64().expect("milliseconds");
    let folded = millis(browser.eval(&press("ArrowLeft")));
    assert_eq!(
        browser.eval("[...document.querySelectorAll('.span')].filter((it) => !it.hidden).length"),
        1
    );
    let height = browser.eval("document.documentElement.scrollHeight");
    assert!(
        height.as_u64() < Some(1_500),
        "{height} pixels for one line"
    );
    let unfolded = millis(browser.eval(&press("ArrowRight")));
    let moved = millis(browser.eval(&press("ArrowDown")));
    let layouts = browser.layouts() - before;

    println!(
        "10,000 spans: opened in {opened:.0?}, all lines in {loaded:.0?}, \
         folded in {folded:.0} ms, unfolded in {unfolded:.0} ms, moved in {moved:.0} ms, \
         with {layouts} layouts"
    );
    // Times are for people: a busy machine has others. All lines at once, and not one after the other, is what keeps them short.
    assert!(layouts < 50, "{layouts} layouts for three keys");
    browser.assert_content();
}
