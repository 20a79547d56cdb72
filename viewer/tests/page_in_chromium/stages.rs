//! The views of stages and of fleets: chosen and run by keys, on a phone, in light and in dark.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use viewer::Viewer;

use crate::browser::Browser;
use crate::looks::CONTRAST;
use crate::support::runner::Fake;

async fn viewer(fake: &Arc<Fake>) -> Viewer {
    let builder = Viewer::builder().runner(fake.clone());
    builder.start().await.expect("free ports")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stages_are_chosen_by_keys_and_what_they_add_is_marked() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer(&Fake::new()).await;
    browser.open(&format!("{}/stages?service=auth", viewer.query_url()));

    browser.press_until_focused("Tab", "#left");
    browser.press("ArrowDown");
    assert_eq!(browser.eval("document.activeElement.value"), "legacy");
    browser.press_until_focused("Tab", ".panel-form button");
    browser.press("Enter");

    browser.until("location.search.includes('left=legacy') && document.querySelectorAll('table.code').length > 3");
    assert_eq!(
        browser.eval("new URLSearchParams(location.search).get('service')"),
        "auth"
    );
    // What begins together stands on one line.
    let apart = browser.eval(
        "[...document.querySelectorAll('table.code tbody tr')].filter((row) => {
            const [left, right] = [...row.cells].map((cell) => cell.getBoundingClientRect());
            return Math.abs(left.top - right.top) > 1 || left.right > right.left + 1;
        }).length",
    );
    assert_eq!(apart, 0);
    // An added text differs in more than colour: its weight, and a sign in the margin.
    let mark = browser.eval(
        "(() => {
            const added = document.querySelector('table.code ins');
            const line = added.closest('.l');
            return [
                getComputedStyle(added).fontWeight > getComputedStyle(line).fontWeight,
                getComputedStyle(line, '::after').content,
            ];
        })()",
    );
    assert_eq!(mark, json!([true, "\"+\""]));
    browser.eval("document.querySelector('.tabs a:last-child').click()");
    browser.until("new URLSearchParams(location.search).get('service') === 'sms' && document.title.startsWith('sms in legacy and shim')");
    browser.assert_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fleet_is_chosen_and_run_by_keys_and_its_trace_is_a_link_away() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let fake = Fake::new();
    let viewer = viewer(&fake).await;
    browser.open(&format!("{}/fleet", viewer.query_url()));

    browser.press_until_focused("Tab", "#api");
    browser.press("End");
    assert_eq!(browser.eval("document.activeElement.value"), "native");
    browser.press_until_focused("Tab", ".panel-form button");
    browser.press("Enter");

    browser
        .until("location.pathname === '/fleet/runs/1' && document.querySelector('.tree') !== null");
    let said = browser.eval("document.querySelector('main').innerText");
    let said = said.as_str().expect("text");
    for expected in ["as expected", "native", "auth: POST /v1/challenges"] {
        assert!(said.contains(expected), "{expected} in {said}");
    }
    browser.picture("fleet-run");
    browser.press_until_focused("Tab", ".requests a");
    browser.press("Enter");
    browser.until("document.querySelector('[role=treegrid]') !== null");
    assert_eq!(fake.runs(), 1);
    browser.assert_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stage_is_run_from_beside_its_code() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let (fake, gate) = Fake::held();
    let viewer = viewer(&fake).await;
    browser.open(&format!("{}/stages?right=native", viewer.query_url()));

    // Read at once: a moment later the browser may be on its way to the run.
    let pressed = browser.eval("{ const button = [...document.querySelectorAll('form.run button')].at(-1); button.click(); new Promise((then) => setTimeout(() => then(`${button.innerText} ${button.disabled}`))) }");
    assert_eq!(pressed, "Running… true");
    gate.send(()).expect("a run that waits");

    browser.until("location.pathname === '/fleet/runs/1' && document.querySelector('.facts')?.innerText.includes('native') === true");
    browser.assert_content();
}

/// Begins a run that waits at its gate.
fn begin(browser: &mut Browser, viewer: &Viewer) {
    browser.open(&format!("{}/fleet", viewer.query_url()));
    browser.eval("void fetch('/fleet/runs', { method: 'POST', body: new URLSearchParams({ api: 'shim', auth: 'shim', sms: 'shim' }) })");
    browser.until("fetch('/fleet/runs/1').then((it) => it.ok)");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_ends_in_place_and_the_focus_stays() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let (fake, gate) = Fake::held();
    let viewer = viewer(&fake).await;
    begin(&mut browser, &viewer);
    browser.open(&format!("{}/fleet/runs/1", viewer.query_url()));
    let said = browser.eval("(said = document.querySelector('main [role=status]')).innerText");
    assert!(
        said.as_str().is_some_and(|it| it.contains("Under way")),
        "{said}"
    );
    browser.press_until_focused("Tab", "main a[href^='/fleet?']");

    gate.send(()).expect("a run that waits");

    browser.until("document.querySelector('.tree') !== null");
    // The same element, so that a screen reader says what it says now; after a reload it would not be known.
    browser.until("said.isConnected && said.innerText.includes('as expected')");
    assert_eq!(
        browser.eval("document.activeElement.matches('main a[href^=\"/fleet?\"]')"),
        true
    );
    // Nothing changes any more, and nothing is asked.
    browser.until("document.querySelector('#live button') === null");
    browser.assert_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_script_the_end_of_a_run_shows_up_by_itself() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let (fake, gate) = Fake::held();
    let viewer = viewer(&fake).await;
    begin(&mut browser, &viewer);
    browser.call(
        "Emulation.setScriptExecutionDisabled",
        json!({ "value": true }),
    );
    let url = format!("{}/fleet/runs/1", viewer.query_url());
    browser.call("Page.navigate", json!({ "url": url }));
    browser.until("document.querySelector('main').innerText.includes('Under way')");

    gate.send(()).expect("a run that waits");

    browser.until("document.querySelector('.tree') !== null");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_views_fit_a_phone_and_stand_out_in_light_and_in_dark() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer(&Fake::new()).await;
    let url = viewer.query_url();
    let stages = format!("{url}/stages?left=legacy&right=native&service=auth");
    let fleet = format!("{url}/fleet");
    // Two runs, the second of which is not as expected.
    browser.open(&fleet);
    browser.eval("document.querySelector('.panel-form button').click()");
    browser.until("location.pathname === '/fleet/runs/1'");
    browser.open(&format!(
        "{fleet}?api=shim&auth=mistake%3Abaggage-dropped&sms=shim"
    ));
    browser.eval("document.querySelector('.panel-form button').click()");
    browser.until("location.pathname === '/fleet/runs/2'");
    let run = format!("{fleet}/runs/2");

    for (width, height) in [(320, 760), (390, 760), (1280, 800)] {
        browser.window(width, height);
        for scheme in ["light", "dark"] {
            browser.scheme(scheme);
            for (view, name) in [(&stages, "stages"), (&fleet, "fleet"), (&run, "run")] {
                browser.open(view);
                browser
                    .eval("document.querySelectorAll('details').forEach((it) => (it.open = true))");

                let widths = browser.eval(
                    "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
                );
                assert!(
                    widths[0].as_u64() <= widths[1].as_u64(),
                    "{widths} at {width} on {view}"
                );
                let faint = browser.eval(&format!(
                    "(() => {{ {CONTRAST}
                        const texts = [...document.querySelectorAll('body *')].filter((it) => it.checkVisibility()
                            && [...it.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()));
                        const sample = texts.filter((it, at) => at < 400 || at % 20 === 0);
                        return sample.map((it) => [it.outerHTML.slice(0, 90), contrast(rgb(getComputedStyle(it).color), ground(it))])
                            .filter(([, ratio]) => !(ratio >= 4.5));
                    }})()"
                ));
                assert_eq!(faint, Json::Array(Vec::new()), "{scheme}, {view}");
                let pictured = match (width, scheme, name) {
                    (390, "dark", "stages") => "stages-phone",
                    (390, "light", "fleet") => "fleet-phone",
                    (1280, "light", "stages") => "stages-light",
                    (1280, "dark", "stages") => "stages-dark",
                    (1280, "dark", "run") => "fleet-wrong",
                    _ => continue,
                };
                browser.open(view);
                if width == 390 {
                    browser.eval("document.querySelector('table.code')?.scrollIntoView()");
                }
                browser.picture(pictured);
            }
        }
    }
    browser.assert_content();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_reader_is_told_what_each_table_and_field_is() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let viewer = viewer(&Fake::new()).await;
    let url = viewer.query_url();

    for (view, expected) in [
        (
            "/stages?left=legacy&right=shim",
            &[
                ("combobox", "Left"),
                ("combobox", "Right"),
                ("navigation", "Services"),
                ("table", "head of the file in legacy and shim"),
                ("insertion", ""),
                ("button", "Run the login in stage shim"),
            ][..],
        ),
        (
            "/fleet",
            &[
                ("form", "Run a fleet"),
                ("combobox", "api"),
                ("combobox", "auth"),
                ("combobox", "sms"),
                ("button", "Run a login"),
            ],
        ),
    ] {
        browser.open(&format!("{url}{view}"));
        let tree = browser.call("Accessibility.getFullAXTree", json!({}));
        let nodes = tree["nodes"].as_array().expect("nodes").iter();
        let nodes: Vec<(&str, &str)> = nodes
            .filter(|node| node["ignored"] == false)
            .map(|node| {
                let text = |field: &str| node[field]["value"].as_str().unwrap_or_default();
                (text("role"), text("name"))
            })
            .collect();

        for (role, name) in expected {
            let found = nodes
                .iter()
                .any(|(at, said)| at == role && said.contains(name));
            assert!(found, "{role} {name} on {view}");
        }
        for (role, name) in &nodes {
            let needs_name = [
                "link", "button", "combobox", "table", "heading", "form", "region",
            ];
            assert!(
                !needs_name.contains(role) || !name.is_empty(),
                "a {role} without a name on {view}"
            );
        }
    }
    browser.assert_content();
}
