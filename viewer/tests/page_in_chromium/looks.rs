//! How the page looks, and what a screen reader is told.

use serde_json::Value as Json;

use crate::browser::Browser;
use crate::support::{batch, failed, request, span, text, trace_id, with};
use crate::traces::{login, orphans, send, send_code, unwieldy};
use crate::viewer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_shows_every_view_without_scrolling_sideways() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &unwieldy(1));
    send(&viewer, &login(2, true));
    send(&viewer, &send_code(3));
    send(&viewer, &orphans(4));
    let url = viewer.query_url();
    let long = format!("{url}/trace/{}", trace_id(1));

    for width in [320, 390, 768] {
        browser.window(width, 760);
        for view in [
            &url,
            &long,
            &format!("{long}/span/1"),
            &format!("{url}/?min=soon&tags=word"),
            &format!("{url}/?last=5&from=soon"),
            &format!("{url}/trace/{}", trace_id(4)),
        ] {
            browser.open(view);

            let widths = browser.eval(
                "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
            );
            assert!(
                widths[0].as_u64() <= widths[1].as_u64(),
                "{widths} at {width} on {view}"
            );
            let cut = browser.eval("[...document.querySelectorAll('.operation')].filter((it) => it.getBoundingClientRect().width < 8).length");
            assert_eq!(cut, 0, "names that cannot be read at {width} on {view}");
        }
    }
    browser.window(390, 760);
    browser.open(&format!("{url}/trace/{}", trace_id(2)));
    browser.picture("trace-phone");
    browser.open(&format!("{url}/?max=1s"));
    browser.picture("list-phone");
}

/// Colours as numbers, and how they stand out: the formula of WCAG 2.
pub const CONTRAST: &str = "
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgb = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const luminance = (colour) => {
        const [r, g, b] = colour.map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a, b) => {
        const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
        return (high + 0.05) / (low + 0.05);
    };
    const ground = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = rgb(getComputedStyle(at).backgroundColor);
            if (colour[3] === 255) return colour;
        }
        return [255, 255, 255];
    };
";

/// The texts that do not stand out enough from what is behind them.
pub fn faint_texts(browser: &mut Browser) -> Json {
    browser.eval(&format!(
        "(() => {{ {CONTRAST}
            const texts = [...document.querySelectorAll('body *')].filter((it) => it.checkVisibility()
                && [...it.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()));
            return texts.map((it) => {{
                const style = getComputedStyle(it);
                const colour = it instanceof SVGElement ? style.fill : style.color;
                return [it.outerHTML.slice(0, 90), contrast(rgb(colour), ground(it))];
            }}).filter(([, ratio]) => !(ratio >= 4.5));
        }})()"
    ))
}

/// What a screen reader is told: roles and names.
pub fn nodes(browser: &mut Browser) -> Vec<(String, String)> {
    let tree = browser.call("Accessibility.getFullAXTree", serde_json::json!({}));
    let nodes = tree["nodes"].as_array().expect("nodes").iter();
    let told = nodes.filter(|node| node["ignored"] == false);
    told.map(|node| {
        let text = |field: &str| node[field]["value"].as_str().unwrap_or_default().to_owned();
        (text("role"), text("name"))
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_and_accents_stand_out_in_light_and_in_dark() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &send_code(1));
    send(&viewer, &login(2, false));
    send(&viewer, &login(3, true));
    send(&viewer, &orphans(4));
    let url = viewer.query_url();
    let trace = format!("{url}/trace/{}", trace_id(3));
    let mut grounds = Vec::new();

    for scheme in ["light", "dark"] {
        browser.scheme(scheme);
        for view in [
            &url,
            &trace,
            &format!("{trace}/span/5"),
            &format!("{url}/?min=soon"),
            &format!("{url}/?last=5"),
            &format!("{url}/trace/{}", trace_id(4)),
        ] {
            browser.open(view);
            let faint = faint_texts(&mut browser);
            assert_eq!(faint, Json::Array(Vec::new()), "{scheme}, {view}");
        }
        browser.open(&url);
        let faint = browser.eval(&format!(
            "(() => {{ {CONTRAST}
                const sample = document.querySelector('.traces rect');
                const cell = sample.closest('td');
                return Array.from({{ length: 24 }}, (_, at) => {{
                    cell.className = `accent-${{at}}`;
                    return [at, contrast(rgb(getComputedStyle(sample).fill), ground(sample))];
                }}).filter(([, ratio]) => !(ratio >= 3));
            }})()"
        ));
        assert_eq!(faint, Json::Array(Vec::new()), "accents, {scheme}");
        grounds.push(browser.eval("getComputedStyle(document.body).backgroundColor"));
        browser.open(&url);
        browser.picture(&format!("list-{scheme}"));
        browser.open(&trace);
        browser.picture(&format!("trace-{scheme}"));
    }

    browser.scheme("light");
    browser.window(1280, 420);
    browser.open(&format!("{url}/trace/{}", trace_id(4)));
    assert_eq!(
        browser.eval("document.querySelector('#findings').innerText.includes('orphan-span')"),
        true
    );
    browser.picture("findings");
    assert_ne!(grounds[0], grounds[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_reader_is_told_what_everything_is() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    send(&viewer, &login(1, true));
    let url = viewer.query_url();

    for (view, expected) in [
        (
            url.clone(),
            &["search", "table", "main", "contentinfo", "status"][..],
        ),
        (
            format!("{url}/trace/{}", trace_id(1)),
            &["treegrid", "rowheader", "gridcell", "columnheader", "main"],
        ),
    ] {
        browser.open(&view);
        let nodes = nodes(&mut browser);

        for role in expected {
            assert!(
                nodes.iter().any(|(found, _)| found == role),
                "{role} on {view}"
            );
        }
        for (role, name) in &nodes {
            let needs_name = [
                "link", "button", "textbox", "combobox", "checkbox", "treegrid", "table", "heading",
            ];
            assert!(
                !needs_name.contains(&role.as_str()) || !name.is_empty(),
                "a {role} without a name on {view}"
            );
        }
    }
    // A line can have the focus, so it says more than that it is a line.
    let said = browser.eval("document.querySelector('.span.failed').innerText");
    let said = said.as_str().expect("text");
    for word in ["codes.check", "auth", "16.0 ms", "starts after 9.00 ms"] {
        assert!(said.contains(word), "{word} in {said}");
    }
    // An error is a word, and not a colour alone.
    assert_eq!(
        browser.eval("document.querySelector('.span.failed').innerText.includes('error')"),
        true
    );
    assert_eq!(
        browser.eval("document.querySelectorAll('.span[tabindex=\"0\"]').length"),
        1
    );
    browser.assert_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_spans_run_nothing() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer().await;
    let payload = "\"><img src=x onerror=alert(1)></title></bdi><script>alert(1)</script><svg onload=alert(1)>";
    let bad = with(
        failed(span(trace_id(1), 1, 0, payload), payload),
        payload,
        text(payload),
    );
    send(&viewer, &request([batch(payload, [bad])]));
    let trace = format!("{}/trace/{}", viewer.query_url(), trace_id(1));

    for view in [viewer.query_url(), trace.clone(), format!("{trace}/span/1")] {
        browser.open(&view);

        assert_eq!(
            browser
                .eval("document.querySelectorAll('img, main script, [onload], [onerror]').length"),
            0,
            "{view}"
        );
        assert_eq!(
            browser.eval(&format!(
                "document.body.innerText.includes({})",
                Json::from(payload)
            )),
            true,
            "{view}"
        );
    }
    // What the script puts in place is as harmless as what the server sent.
    browser.open(&trace);
    browser.press_until_focused("Tab", ".span");
    browser.press("Enter");
    browser.until("document.activeElement.matches('.panel h2')");
    assert_eq!(
        browser.eval("document.querySelectorAll('img, main script, [onload], [onerror]').length"),
        0
    );
    let refused = browser.eval(
        "new Promise((done) => {
            document.addEventListener('securitypolicyviolation', () => done(true));
            try { document.querySelector('main').innerHTML = '<b>'; done(false); } catch { done(true); }
        })",
    );
    assert_eq!(
        refused, true,
        "the policy lets a script make markup of text"
    );
}
