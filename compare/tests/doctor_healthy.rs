//! Captures in which nothing is wrong, although something in them looks as it does where something is.

mod support;

use compare::{Finding, Rules, doctor};
use support::{
    CLIENT, CONSUMER, INTERNAL, PRODUCER, SERVER, Span, capture, login, read, said, span,
};

fn examined(spans: &[Span]) -> Vec<Finding> {
    doctor(&capture(spans, 1), &Rules::builtin())
}

/// A request to api with names as the conventions have them: the method, where there is no route.
fn request() -> Vec<Span> {
    vec![
        span("api", "GET", SERVER, None).at(0, 900),
        span("api", "GET", CLIENT, 0).at(100, 100),
        span("auth", "GET", SERVER, 1).at(110, 80),
    ]
}

#[test]
fn a_call_of_somebody_else_under_the_same_name_is_no_lost_span() {
    let call = || span("api", "GET", CLIENT, 0).at(300, 100);
    let others = [
        call(),
        call().with("server.address", "pay.example"),
        call().with("url.full", "https://pay.example:8443/status"),
        call().with("peer.service", "pay"),
        call().with("db.system.name", "redis"),
    ];
    let whom: [fn(Span) -> Span; 3] = [
        |span| span,
        |span| span.with("server.address", "auth").with("server.port", 80),
        |span| span.with("peer.service", "auth"),
    ];
    for other in &others {
        for whom in whom {
            let mut spans = request();
            spans[1] = whom(spans[1].clone());
            spans.push(other.clone());

            assert_eq!(said(&examined(&spans)), [""; 0], "{other:?}");
        }
    }
}

#[test]
fn a_call_that_says_otherwise_in_one_thing_is_no_lost_span() {
    // Behind one address are two services, of which one is not traced.
    let told = |span: Span, service: &str| {
        span.with("server.address", "gateway")
            .with("server.port", 80)
            .with("peer.service", service)
    };
    let mut spans = request();
    spans[1] = told(spans[1].clone(), "auth");
    spans.push(told(
        span("api", "GET", CLIENT, 0).at(300, 100),
        "old-billing",
    ));

    assert_eq!(said(&examined(&spans)), [""; 0]);
}

#[test]
fn a_server_that_is_named_by_its_method_is_nobodys_call() {
    let mut spans = vec![
        span("api", "GET /page", SERVER, None).at(0, 900),
        span("api", "GET", CLIENT, 0).at(100, 700),
    ];
    for (trace, service) in [(2, "auth"), (3, "api")] {
        let stranger = span(service, "GET", SERVER, None).at(200, 100);
        spans.push(stranger.in_trace(trace));
    }

    assert_eq!(said(&examined(&spans)), [""; 0]);
}

#[test]
fn a_server_that_says_otherwise_than_the_client_is_not_the_one_that_was_called() {
    let call = |key: &str, value: &str| {
        span("api", "POST /codes", CLIENT, None)
            .with(key, value)
            .at(0, 900)
    };
    let server = |service: &str| {
        span(service, "POST /codes", SERVER, None)
            .with("server.address", "auth.internal")
            .with("server.port", 80)
            .in_trace(2)
            .at(100, 100)
    };
    let healthy = [
        [call("peer.service", "billing"), server("auth")],
        [call("server.address", "pay.example"), server("auth")],
        [
            call("http.url", "http://auth.internal:81/codes"),
            server("auth"),
        ],
        [call("http.method", "POST"), server("api")],
    ];
    let split = [
        [call("peer.service", "auth"), server("auth")],
        [
            call("http.url", "http://auth.internal:80/codes"),
            server("auth"),
        ],
        [call("http.method", "POST"), server("auth")],
        [call("peer.service", "api"), server("api")],
    ];

    for spans in healthy {
        assert_eq!(said(&examined(&spans)), [""; 0], "{spans:?}");
    }
    for spans in split {
        assert_eq!(examined(&spans).len(), 1, "{spans:?}");
    }
}

#[test]
fn messages_of_another_queue_are_not_those_that_nobody_took() {
    let spans = [
        span("auth", "otp", PRODUCER, None)
            .with("messaging.destination.name", "codes")
            .at(0, 10),
        span("sms", "otp", CONSUMER, None)
            .with("messaging.destination.name", "receipts")
            .in_trace(2)
            .at(5_000, 10),
    ];

    assert_eq!(said(&examined(&spans)), [""; 0]);
}

/// Calls by api, and others by turns whose parents are in no capture.
fn entered_by_turns(own: impl Fn(Span) -> Span, others: impl Fn(Span) -> Span) -> Vec<Finding> {
    let mut spans = Vec::new();
    for turn in 0..4_u64 {
        let at = 1_000 * turn;
        let call = span("api", "GET /session", CLIENT, None).in_trace(10 + turn);
        spans.push(call.at(at, 500));
        let served = span("auth", "GET /session", SERVER, 2 * turn as usize).in_trace(10 + turn);
        let served = served.at(at + 100, 300);
        spans.push(if turn % 2 == 0 {
            own(served)
        } else {
            others(served)
        });
    }
    let text = support::otlp(&spans, 1);
    let is_kept = |line: &usize| *line != 2 && *line != 6;
    let lines = text.lines().enumerate();
    let kept: String = lines
        .filter(|(line, _)| is_kept(line))
        .map(|(_, line)| line)
        .collect();
    doctor(&read(&kept), &Rules::none())
}

#[test]
fn calls_of_a_caller_that_is_not_captured_are_blamed_on_no_other() {
    let own = |span: Span| span.with("user_agent.original", "hyper/1");
    let browsers = |span: Span| span.with("user_agent.original", "Mozilla/5.0");
    let another_route = |mut span: Span| {
        span.name = "GET /avatar".to_owned();
        span
    };

    let by_api = entered_by_turns(own, own);
    let by_browser = entered_by_turns(own, browsers);
    let by_gateway = entered_by_turns(own, |span| another_route(own(span)));

    assert_eq!(
        said(&by_api),
        ["orphan-span api → auth auth: GET /session 2"]
    );
    assert!(by_api[0].cause.contains("sampled flag"));
    assert!(by_api[0].cause.contains("another caller"));
    assert!(by_api[0].cause.contains("queue was full"));
    for (findings, route) in [(by_browser, "/session"), (by_gateway, "/avatar")] {
        assert_eq!(
            said(&findings),
            [format!("orphan-span ? → auth auth: GET {route} 2")]
        );
        let cause = &findings[0].cause;
        assert!(!cause.contains("sampled flag"), "{cause}");
    }
}

#[test]
fn a_link_to_what_is_followed_may_be_by_design() {
    let followers = [
        (PRODUCER, span("sms", "process otp", CONSUMER, None)),
        (INTERNAL, span("sms", "job", INTERNAL, None)),
        (CLIENT, span("sms", "POST /hook", SERVER, None)),
    ];
    for (kind, follower) in followers {
        let spans = [
            span("auth", "followed", kind, None),
            follower.in_trace(2).link(0, None),
        ];

        let findings = examined(&spans);

        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].may_be_meant, "{findings:?}");
        assert!(findings[0].cause.contains("by design"), "{findings:?}");
    }
}

#[test]
fn an_attribute_of_one_branch_is_no_baggage() {
    let logins = |with_item: usize, without: usize| {
        let mut spans = Vec::new();
        for trace in 0..with_item + without {
            let first = spans.len();
            for mut span in login() {
                span.trace = 10 + trace as u64;
                span.parent = span.parent.map(|parent| parent + first);
                spans.push(span);
            }
            spans[first] = spans[first].clone().with("order.id", "o-1");
            if trace < with_item {
                spans[first + 2] = spans[first + 2].clone().with("order.id", "o-1");
            }
        }
        examined(&spans)
    };

    for (with_item, without) in [(1, 1), (1, 3), (3, 1), (6, 2)] {
        assert_eq!(said(&logins(with_item, without)), [""; 0]);
    }
    assert_eq!(
        said(&logins(8, 2)),
        ["lost-baggage api → auth auth: POST /codes 2"]
    );
}

#[test]
fn what_conventions_name_is_no_baggage() {
    for key in ["user.id", "session.id", "user_agent.original", "aws.region"] {
        let mut spans = Vec::new();
        for trace in 0..5 {
            let first = spans.len();
            let caller = span("api", "call", CLIENT, None).with(key, "value");
            let called = span("auth", "serve", SERVER, first);
            spans.push(caller.in_trace(trace));
            spans.push(called.in_trace(trace).with(key, "value"));
        }
        spans[1].attributes.clear();

        assert_eq!(said(&examined(&spans)), [""; 0], "{key}");
    }
}

#[test]
fn one_request_during_another_is_no_duplicate() {
    let with_second = |start: u64, duration: u64| {
        let mut spans = login();
        let second = span("auth", "POST /codes", SERVER, None);
        spans.push(second.at(start, duration).in_trace(20));
        examined(&spans)
    };

    assert_eq!(said(&with_second(300, 100)), [""; 0]);
    assert_eq!(said(&with_second(150, 600)), [""; 0]);
    assert_eq!(
        said(&with_second(205, 490)),
        ["duplicate within auth auth: POST /codes 1"]
    );
}
