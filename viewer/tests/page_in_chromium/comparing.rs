//! Two traces side by side, in a browser.

use std::time::Instant;

use serde_json::{Value as Json, json};

use crate::browser::Browser;
use crate::looks::{faint_texts, nodes};
use crate::support::trace_id;
use crate::traces::{after, before, large, send, unwieldy};
use crate::viewer;
use viewer::Viewer;
use viewer::store::Limits;

fn both(url: &str, left: u64, right: u64) -> String {
    let (left, right) = (trace_id(left), trace_id(right));
    format!("{url}/compare?left={left}&right={right}")
}

/// The words of the rows that are seen.
const WORDS: &str = "[...document.querySelectorAll('#pairs .chunk .pair:not(.context) .sign')].map((it) => it.lastChild.data).join()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_ticks_on_the_list_lead_to_the_comparison_by_keys_alone() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &before(1));
    send(&viewer, &after(2));
    browser.open(&viewer.query_url());

    browser.press_until_focused("Tab", ".tick");
    browser.press(" ");
    // What arrives meanwhile does not take the tick away.
    send(&viewer, &before(3));
    browser.until("document.querySelectorAll('.traces tbody tr').length === 3");
    assert_eq!(
        browser.eval("document.querySelectorAll('.tick:checked').length"),
        1
    );
    // Nor the focus.
    assert_eq!(
        browser.eval("document.activeElement.matches('.tick:checked')"),
        true
    );
    browser.press_until_focused("Tab", ".tick:not(:checked)");
    browser.press(" ");
    browser.press_until_focused("Tab", "button[form=ticked]");
    send(&viewer, &before(4));
    browser.until("document.querySelectorAll('.traces tbody tr').length === 4");
    assert_eq!(
        browser.eval("document.activeElement.matches('button[form=ticked]')"),
        true
    );
    browser.press("Enter");

    // Complete: before that, its script takes no keys.
    browser
        .until("document.readyState === 'complete' && document.querySelector('#pairs') !== null");
    let query = format!("?left={}&right={}", trace_id(1), trace_id(2));
    assert_eq!(browser.eval("location.search"), query.as_str());
    assert_eq!(
        browser.eval(WORDS),
        "by rule,by rule,changed,same,re-parented,lost,lost,added"
    );
    browser.press("n");
    browser.press("n");
    browser.press("n");
    let focused = browser.eval("document.activeElement.innerText");
    let focused = focused.as_str().expect("text");
    assert!(focused.contains("Every span is INTERNAL"), "{focused}");
    browser.press("p");
    assert_eq!(
        browser
            .eval("document.activeElement.querySelector('.sign').innerText.replace(/\\s/g, ' ')"),
        "≈by rule"
    );
    browser.assert_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ticking_a_kind_shows_it_at_once_and_in_the_address() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &before(1));
    send(&viewer, &after(2));
    browser.open(&both(&viewer.query_url(), 1, 2));

    for kind in ["by-rule", "same", "changed", "added", "re-parented"] {
        browser.eval(&format!(
            "document.querySelector('#kinds [value={kind}]').click()"
        ));
    }
    browser.until(&format!("{WORDS} === 'lost,lost'"));
    browser.until("location.search.endsWith('&kind=lost')");
    // Above them stands, quietly, what leads to them.
    assert_eq!(
        browser.eval("document.querySelectorAll('#pairs .context').length"),
        3
    );

    // The page that is left looks like the one that comes, for a moment.
    browser.eval("document.title = 'left'; location.reload()");
    browser.until(&format!(
        "document.title !== 'left' && document.readyState === 'complete' && {WORDS} === 'lost,lost'"
    ));
    assert_eq!(
        browser.eval("document.querySelectorAll('#kinds :checked').length"),
        1
    );
    browser.assert_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_kind_all_are_ticked_and_the_number_of_lines_is_said() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &before(1));
    send(&viewer, &after(2));
    browser.open(&format!("{}&kind=lost", both(&viewer.query_url(), 1, 2)));
    let said = "document.querySelector('#kinds [role=status]').textContent";
    assert_eq!(browser.eval(said), "");

    browser.press_until_focused("Tab", "#kinds :checked");
    browser.press(" ");

    browser.until(&format!("{said} === '8 lines are shown'"));
    assert_eq!(
        browser.eval("document.querySelectorAll('#kinds :checked').length"),
        6
    );
    assert_eq!(
        browser.eval(WORDS),
        "by rule,by rule,changed,same,re-parented,lost,lost,added"
    );
    assert_eq!(
        browser.eval("document.activeElement.matches('#kinds [value=lost]')"),
        true
    );
    browser.assert_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_trace_has_left_the_lines_stay_and_the_reason_is_told_once() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = Viewer::builder().limits(Limits {
        max_spans: 1_200,
        ..Limits::default()
    });
    let viewer = viewer.start().await.expect("free ports");
    send(&viewer, &large(1, 400));
    send(&viewer, &large(2, 399));
    browser.open(&both(&viewer.query_url(), 1, 2));
    send(&viewer, &large(3, 500));

    // The only difference is on the last line, which is not here yet.
    browser.press("n");

    browser.until(
        "document.querySelector('#rows .refused')?.innerText.includes('is not held') === true",
    );
    assert_eq!(
        browser.eval("[document.querySelectorAll('#pairs .chunk .pair').length, document.getElementById('more')]"),
        json!([250, null])
    );
    browser.press("n");
    assert_eq!(browser.requests("/compare?"), 1);

    browser.press_until_focused("Tab", "#kinds [value=same]");
    browser.press(" ");
    browser.until("document.getElementById('kinds') === null && document.querySelector('main .refused') !== null");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_script_the_comparison_is_chosen_filtered_and_explained() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &before(1));
    send(&viewer, &after(2));
    browser.call(
        "Emulation.setScriptExecutionDisabled",
        json!({ "value": true }),
    );
    browser.call("Page.navigate", json!({ "url": viewer.query_url() }));
    browser.until("document.querySelectorAll('.tick').length === 2");

    browser.eval("for (const tick of document.querySelectorAll('.tick')) tick.click()");
    browser.eval("document.querySelector('button[form=ticked]').click()");
    browser.until("document.querySelector('#pairs') !== null");
    browser.eval("for (const it of document.querySelectorAll('#kinds input')) if (it.value !== 'changed') it.checked = false");
    browser.eval("document.querySelector('#kinds button').click()");
    browser.until(&format!(
        "location.search.endsWith('&kind=changed') && {WORDS} === 'changed'"
    ));
    browser.eval("document.querySelector('.found .guide').click()");
    browser.until("location.pathname === '/guide' && document.querySelector(':target')?.innerText === 'Every span is INTERNAL'");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_shows_the_comparison_and_the_guide_without_scrolling_sideways() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &unwieldy(1));
    send(&viewer, &before(2));
    send(&viewer, &after(3));
    let url = viewer.query_url();

    for width in [320, 390, 768, 1280] {
        browser.window(width, 760);
        for view in [
            both(&url, 2, 3),
            both(&url, 1, 3),
            format!("{url}/compare"),
            format!("{url}/compare?left=xyz"),
            format!("{url}/guide"),
            format!("{url}/guide/trace-compare"),
            format!("{url}/guide/mistakes"),
        ] {
            browser.open(&view);

            let widths = browser.eval(
                "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
            );
            assert!(
                widths[0].as_u64() <= widths[1].as_u64(),
                "{widths} at {width} on {view}"
            );
        }
    }
    browser.window(390, 760);
    browser.open(&both(&url, 2, 3));
    browser.eval("document.querySelector('#verdict').scrollIntoView()");
    browser.picture("compare-phone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn differences_stand_out_in_light_and_in_dark() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &before(1));
    send(&viewer, &after(2));
    let url = viewer.query_url();

    for scheme in ["light", "dark"] {
        browser.scheme(scheme);
        for view in [
            both(&url, 1, 2),
            format!("{}&kind=lost", both(&url, 1, 2)),
            format!("{url}/compare?left=xyz"),
            format!("{url}/guide#every-span-is-internal"),
        ] {
            browser.open(&view);
            browser.eval("for (const it of document.querySelectorAll('details')) it.open = true");
            assert_eq!(
                faint_texts(&mut browser),
                Json::Array(Vec::new()),
                "{scheme}, {view}"
            );
        }
        browser.open(&both(&url, 1, 2));
        browser.picture(&format!("compare-{scheme}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_reader_is_told_what_stands_where() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &before(1));
    send(&viewer, &after(2));
    browser.open(&both(&viewer.query_url(), 1, 2));

    let nodes = nodes(&mut browser);

    let named = |role: &str| -> Vec<&str> {
        let of_role = nodes.iter().filter(|(found, _)| found == role);
        of_role.map(|(_, name)| name.as_str()).collect()
    };
    assert_eq!(named("table"), ["Spans side by side"]);
    assert_eq!(
        named("columnheader"),
        ["Kind", "Before, 7 spans", "After, 6 spans", "Differences"]
    );
    // Beside each colour stands its word.
    let heads = named("rowheader");
    for word in ["changed", "same", "re-parented", "lost", "added", "by rule"] {
        assert!(
            heads.iter().any(|head| head.contains(word)),
            "{word} in {heads:?}"
        );
    }
    let boxes = named("checkbox");
    for (word, name) in ["lost 2", "added 1", "changed 1", "re-parented 1"]
        .iter()
        .zip(&boxes)
    {
        assert!(name.contains(word), "{word}: {name}");
    }
    assert_eq!(boxes.len(), 6);
    assert_eq!(named("combobox"), ["Before", "After"]);
    for role in ["link", "button", "checkbox", "heading"] {
        let without = named(role).iter().any(|name| name.is_empty());
        assert!(!without, "a {role} without a name");
    }
    browser.assert_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_spans_against_as_many_stay_usable() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &large(1, 10_000));
    send(&viewer, &large(2, 9_999));
    let start = Instant::now();
    browser.open(&both(&viewer.query_url(), 1, 2));
    browser.until("document.querySelector('#pairs') !== null");
    let opened = start.elapsed();
    assert_eq!(
        browser.eval("document.querySelectorAll('#pairs .chunk .pair').length"),
        250
    );

    let start = Instant::now();
    browser.until("scrollTo(0, document.body.scrollHeight); document.querySelectorAll('#pairs .chunk .pair').length === 10000");
    let loaded = start.elapsed();
    let start = Instant::now();
    browser.eval("document.querySelector('#kinds [value=same]').click()");
    browser.until(&format!("{WORDS} === 'lost'"));
    let filtered = start.elapsed();

    println!(
        "10,000 spans against 9,999: opened in {opened:.0?}, all lines in {loaded:.0?}, filtered in {filtered:.0?}"
    );
    // Times are for people: a busy machine has others. What keeps them short is that each chunk is asked for once, and that
    // other kinds take one request.
    assert_eq!(browser.requests("from="), 39);
    assert_eq!(browser.requests("/compare?"), 40);
    browser.assert_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_spans_run_nothing_when_compared() {
    use crate::support::{batch, failed, request, span, text, with};

    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    let payload =
        "\"><img src=x onerror=alert(1)></select><script>alert(1)</script><svg onload=alert(1)>";
    let bad = with(
        failed(span(trace_id(1), 1, 0, payload), payload),
        payload,
        text(payload),
    );
    let other = span(trace_id(2), 1, 0, payload);
    send(&viewer, &request([batch(payload, [bad, other])]));
    browser.open(&both(&viewer.query_url(), 1, 2));

    assert_eq!(
        browser.eval("document.querySelectorAll('img, main script, [onload], [onerror]').length"),
        0
    );
    let shown = browser.eval("document.querySelector('#pairs').innerText");
    assert!(shown.as_str().expect("text").contains(payload), "{shown}");
    // Nor what the script puts in place.
    browser.eval("document.querySelector('#kinds [value=same]').click()");
    browser.until("location.search.includes('kind=')");
    assert_eq!(
        browser.eval("document.querySelectorAll('img, main script, [onload], [onerror]').length"),
        0
    );
    browser.assert_content();
}
