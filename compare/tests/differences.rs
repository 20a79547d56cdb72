//! Each kind of difference, by a capture in which one thing was changed on purpose.

mod support;

use support::{CLIENT, CONSUMER, INTERNAL, SERVER, compare, login, otlp, span, told};

#[test]
fn another_run_of_the_same_program_is_no_difference() {
    let report = compare(&login(), &login());

    assert_eq!(told(&report), [""; 0]);
    assert!(report.is_equivalent());
    assert_eq!(report.groups.len(), 1);
    assert_eq!(report.groups[0].rows.len(), login().len());
}

#[test]
fn a_row_knows_which_spans_it_shows() {
    let mut after = login();
    after.truncate(5);
    let before = otlp(&login(), 1);

    let report = compare(&login(), &after);

    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    for row in &report.groups[0].rows {
        assert_eq!(row.right_ids.is_some(), row.right.is_some(), "{row:?}");
        let ids = row.left_ids.expect("all are on the left");
        assert!(before.contains(&hex(&ids.trace)), "{row:?}");
        assert!(before.contains(&hex(&ids.span)), "{row:?}");
    }
}

#[test]
fn a_lost_span_is_told_once_with_what_is_below() {
    let mut after = login();
    after.truncate(5);

    let report = compare(&login(), &after);

    assert_eq!(
        told(&report),
        ["sms: process otp | lost span: sms: process otp [consumer], with 2 spans below -> none"]
    );
    assert!(!report.is_equivalent());
}

#[test]
fn a_lost_span_in_the_middle_leaves_its_children_to_its_parent() {
    let mut after = login();
    after.remove(5);
    for span in &mut after[5..] {
        span.parent = Some(4);
    }

    let report = compare(&login(), &after);

    assert_eq!(
        told(&report),
        [
            "sms: process otp | lost span: sms: process otp [consumer] -> none",
            "sms: begin | re-parented parent: api: POST /login › api: POST /codes › auth: POST /codes › auth: send otp › sms: process otp \
             -> api: POST /login › api: POST /codes › auth: POST /codes › auth: send otp",
            "sms: deliver | re-parented parent: api: POST /login › api: POST /codes › auth: POST /codes › auth: send otp › sms: process otp \
             -> api: POST /login › api: POST /codes › auth: POST /codes › auth: send otp",
        ]
    );
}

#[test]
fn an_added_span_is_told() {
    let mut after = login();
    after.push(span("auth", "audit", INTERNAL, 2));

    let report = compare(&login(), &after);

    assert_eq!(
        told(&report),
        ["auth: audit | added span: none -> auth: audit"]
    );
}

#[test]
fn a_second_middleware_is_an_added_span_and_children_that_moved() {
    let mut after = login();
    after.push(span("auth", "POST /codes", SERVER, 2).with("http.route", "/codes"));
    for child in [3, 4] {
        after[child].parent = Some(8);
    }

    let report = compare(&login(), &after);

    let mut kinds: Vec<_> = report
        .differences()
        .map(|(found, _)| found.kind.as_str())
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["added", "re-parented", "re-parented"]);
    let added = report
        .differences()
        .find(|(found, _)| found.kind.as_str() == "added");
    let page = added.and_then(|(found, _)| found.page.as_deref());
    assert_eq!(
        page,
        Some("docs/trace-compare.md#spans-that-are-there-twice")
    );
}

#[test]
fn a_context_lost_in_a_task_is_a_span_that_begins_a_trace() {
    let mut after = login();
    after[3].parent = None;
    after[3].trace = 2;

    let report = compare(&login(), &after);

    assert_eq!(
        told(&report),
        [
            "auth: issue | re-parented parent: api: POST /login › api: POST /codes › auth: POST /codes -> none: it begins a trace"
        ]
    );
    let (found, _) = report.differences().next().expect("it was found");
    assert_eq!(
        found.page.as_deref(),
        Some("docs/guide.md#a-task-begins-without-a-span")
    );
}

#[test]
fn a_trace_that_was_split_between_services_is_one_difference() {
    let mut after = login();
    after[2].parent = None;
    for span in &mut after[2..] {
        span.trace = 2;
    }

    let report = compare(&login(), &after);

    assert_eq!(
        told(&report),
        [
            "auth: POST /codes | re-parented parent: api: POST /login › api: POST /codes -> none: it begins a trace"
        ]
    );
    let (found, _) = report.differences().next().expect("it was found");
    assert_eq!(
        found.page.as_deref(),
        Some("docs/guide.md#no-headers-are-written")
    );
    assert_eq!(
        report.groups.len(),
        1,
        "the other trace has nothing of its own"
    );
}

#[test]
fn a_wrong_parent_within_the_trace_is_told() {
    let mut after = login();
    after[5].parent = Some(2);

    let report = compare(&login(), &after);

    assert_eq!(
        told(&report),
        [
            "sms: process otp | re-parented parent: api: POST /login › api: POST /codes › auth: POST /codes › auth: send otp \
          -> api: POST /login › api: POST /codes › auth: POST /codes"
        ]
    );
}

#[test]
fn a_parent_that_is_missing_is_told() {
    let mut after = login();
    after.remove(0);
    for span in &mut after {
        // What was the root is none of these any more.
        span.parent = span
            .parent
            .map(|parent| parent.checked_sub(1).unwrap_or(99));
    }

    let report = compare(&login(), &after);

    assert_eq!(
        told(&report),
        [
            "api: POST /login | lost span: api: POST /login [server] -> none",
            "api: POST /codes | re-parented parent: api: POST /login -> a span that is missing",
        ]
    );
}

#[test]
fn a_kind_left_internal_is_told() {
    let mut after = login();
    after[3].kind = INTERNAL;
    after[3] = after[3].clone().with("span.kind", "client");

    let report = compare(&login(), &after);

    assert_eq!(
        told(&report),
        [
            "auth: issue | changed kind: client -> internal",
            "auth: issue | added attribute span.kind: none -> \"client\"",
        ]
    );
}

#[test]
fn an_error_tag_that_did_not_become_the_status_is_told() {
    let (mut before, mut after) = (login(), login());
    before[7] = before[7].clone().failed("");
    after[7] = after[7].clone().with("error", true);

    let report = compare(&before, &after);

    assert_eq!(
        told(&report),
        [
            "sms: deliver | changed status: error -> unset",
            "sms: deliver | added attribute error: none -> true",
        ]
    );
}

#[test]
fn values_types_and_second_values_of_attributes_are_told() {
    let mut after = login();
    after[0].attributes[0].1 = "GET".into();
    after[7].attributes[0].1 = "1".into();
    after[5] = after[5].clone().with("login.channel", "app");

    let report = compare(&login(), &after);

    assert_eq!(
        told(&report),
        [
            "api: POST /login | changed attribute http.request.method: \"POST\" -> \"GET\"",
            "sms: process otp | added attribute login.channel, a further value: none -> \"app\"",
            "sms: deliver | changed attribute attempt: 1 (int) -> \"1\" (string)",
        ]
    );
}

#[test]
fn lost_baggage_is_an_attribute_that_is_lost() {
    let mut after = login();
    after[5].attributes.clear();

    let report = compare(&login(), &after);

    assert_eq!(
        told(&report),
        ["sms: process otp | lost attribute login.channel: \"web\" -> none"]
    );
}

#[test]
fn events_are_told_by_name_and_attribute() {
    let (mut before, mut after) = (login(), login());
    before[2] = before[2]
        .clone()
        .event("cache miss", &[])
        .event("retry", &[("reason", "busy")]);
    after[2] = after[2]
        .clone()
        .event("retry", &[("reason", "closed")])
        .event("late", &[("by", "5")]);

    let report = compare(&before, &after);

    assert_eq!(
        told(&report),
        [
            "auth: POST /codes | changed event retry: attribute reason: \"busy\" -> \"closed\"",
            "auth: POST /codes | lost event cache miss: cache miss -> none",
            "auth: POST /codes | added event late: none -> late by=\"5\"",
        ]
    );
}

#[test]
fn links_are_told_by_what_they_lead_to() {
    let (mut before, mut after) = (login(), login());
    before[5] = before[5].clone().link(0, Some("follows_from"));
    after[5] = after[5].clone().link(2, Some("follows_from"));

    let report = compare(&before, &after);

    assert_eq!(
        told(&report),
        [
            "sms: process otp | lost link: follows_from api: POST /login -> none",
            "sms: process otp | added link: none -> follows_from auth: POST /codes",
        ]
    );
}

#[test]
fn a_name_that_changed_does_not_hide_the_span() {
    let mut after = login();
    after[2].name = "POST /codes/4711".to_owned();

    let report = compare(&login(), &after);

    assert_eq!(
        told(&report),
        ["auth: POST /codes | changed name: POST /codes -> POST /codes/4711"]
    );
}

#[test]
fn a_service_that_changed_its_name_does_not_hide_its_spans() {
    let mut after = login();
    for span in after.iter_mut().filter(|span| span.service == "sms") {
        span.service = "sms-v2".to_owned();
    }

    let report = compare(&login(), &after);

    let told = told(&report);
    assert_eq!(told.len(), 3);
    assert!(
        told.iter()
            .all(|told| told.contains("changed service: sms -> sms-v2")),
        "{told:?}"
    );
}

#[test]
fn of_several_attempts_the_right_ones_belong_together() {
    let attempt = |number: u64| span("api", "call", CLIENT, 0).at(number * 100, 50);
    let before = [
        span("api", "work", SERVER, None),
        attempt(1).failed("busy"),
        attempt(2).failed("closed"),
        attempt(3),
    ];
    // One attempt fewer, and in another order.
    let after = [
        span("api", "work", SERVER, None),
        attempt(1),
        attempt(2).failed("closed"),
    ];

    let report = compare(&before, &after);

    assert_eq!(
        told(&report),
        ["api: call | lost span: api: call [client] error -> none"]
    );
}

#[test]
fn a_difference_that_all_siblings_share_does_not_mix_them_up() {
    let many = |peer: bool| {
        let mut spans = vec![span("api", "work", SERVER, None)];
        for number in 0..100_u64 {
            let call = span("api", "call", CLIENT, 0)
                .with("item", number % 50)
                .at(if peer { number } else { 100 - number }, 5);
            let call = if number % 3 == 0 {
                call.failed("busy")
            } else {
                call
            };
            spans.push(if peer {
                call.with("peer", "auth")
            } else {
                call
            });
        }
        spans
    };

    let report = compare(&many(true), &many(false));

    let told = told(&report);
    assert_eq!(told.len(), 100);
    assert!(
        told.iter()
            .all(|told| told.ends_with("lost attribute peer: \"auth\" -> none")),
        "{told:?}"
    );
}

#[test]
fn spans_with_ids_in_a_circle_are_compared_all_the_same() {
    let circle = [
        span("a", "one", INTERNAL, 1),
        span("a", "two", INTERNAL, 0),
        span("a", "three", CONSUMER, 1),
    ];

    let report = compare(&circle, &circle);

    assert!(report.is_equivalent());
    assert_eq!(report.groups[0].rows.len(), 3);
}
