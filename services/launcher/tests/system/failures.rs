//! What a trace tells of a request that did not go well.

use contract::Answer;
use http::StatusCode;
use launcher::Stage;
use tokio::net::TcpListener;
use viewer::model::{Span, Status, Trace};
use viewer::store::Search;

use crate::support::{Fleet, Gateway, Receiver, Reserved, Secrets, Setup, text_of};

/// The stages that trace, with the count of deliveries.
const STAGES: [(Stage, &str); 5] = [
    (Stage::Legacy, "message_bus.delivery_count"),
    (Stage::Dropin, "message_bus.delivery_count"),
    (Stage::Shim, "message_bus.delivery_count"),
    (Stage::Mixed, "message_bus.delivery_count"),
    (Stage::Native, "messaging.delivery_count"),
];

fn trace_of(receiver: &Receiver, answer: &Answer) -> Trace {
    let id = answer.header("x-trace-id").expect("api tells the trace");
    receiver.trace(id).expect("the trace has arrived")
}

fn failed(trace: &Trace) -> Vec<(&str, &str)> {
    let failed = trace
        .spans
        .iter()
        .filter(|span| span.status() == Status::Error);
    failed
        .map(|span| (span.service(), span.operation.as_str()))
        .collect()
}

/// The name of the event that tells an error, in the words of the API that recorded the span.
fn event_of(span: &Span) -> &'static str {
    match span.tags.str("otel.scope.name") {
        // What came as Thrift has no scope.
        Some("opentracing-shim" | "opentracing-shim-legacy") | None => "error",
        _ => "exception",
    }
}

/// What the error's event says of its kind: the program's own word, whichever API recorded it.
fn kind_of(span: &Span) -> Option<String> {
    let mut fields = span
        .events(event_of(span))
        .flat_map(|event| event.fields.iter());
    let (_, kind) = fields.find(|(key, _)| ["error.kind", "exception.type"].contains(key))?;
    Some(kind.to_string())
}

/// An error has a status and says in an event what went wrong.
#[track_caller]
fn assert_told(span: &Span) {
    let event = event_of(span);
    assert_eq!(span.status(), Status::Error, "{}", span.operation);
    assert_eq!(span.events(event).count(), 1, "{}", span.operation);
}

/// An error that says that the work was dropped.
#[track_caller]
fn assert_canceled(span: &Span) {
    assert_told(span);
    let mut told = span
        .events(event_of(span))
        .flat_map(|event| event.fields.iter());
    assert!(
        told.any(|(_, value)| value.to_string() == "canceled"),
        "{}",
        span.operation
    );
}

#[tokio::test]
async fn a_refused_login_is_told_by_its_trace_id_and_is_no_failure_of_ours() {
    for (stage, _) in STAGES {
        let (fleet, receiver) = Fleet::start([stage; 3]).await;
        let target = fleet.target();
        let sent = target.receive_code(&target.phone()).await;
        let mut secrets = Secrets::of(target);
        secrets.add(&sent);
        let wrong = sent.wrong_code();
        secrets.add_text(&wrong);

        let (id, phone) = (&sent.challenge_id, &sent.phone);
        let first = target.log_in(id, phone, &wrong).await;
        let second = target.log_in("unknown", phone, &wrong).await;
        fleet.finish().await;

        let refused = [&first, &second].map(|answer| {
            let answer = answer.clone().is_problem(401, "code_rejected");
            let id = answer.text("trace_id");
            assert_eq!(answer.header("x-trace-id"), Some(id.as_str()));
            let trace = trace_of(&receiver, &answer);
            secrets.assert_absent_from(&trace);
            let server = trace
                .find("auth", "POST /v1/sessions")
                .expect("auth was asked");
            assert_eq!(server.status(), Status::Unset, "\n{}", trace.tree());
            let root = trace.roots().next().expect("a trace has a root");
            assert_eq!(root.status(), Status::Unset, "\n{}", trace.tree());
            assert_eq!(root.tags.str("problem"), Some("code_rejected"));
            String::from_utf8_lossy(&answer.body).replace(&id, "")
        });
        assert_eq!(refused[0], refused[1]);
        assert_ne!(first.body, second.body);
    }
}

#[tokio::test]
async fn a_message_that_is_retried_stays_in_its_trace() {
    for (stage, count) in STAGES {
        let gateway = Gateway::start(&[StatusCode::INTERNAL_SERVER_ERROR]).await;
        let receiver = Receiver::of([stage; 3]);
        let setup = Setup::new([stage; 3], &receiver).gateway(gateway.url());
        let fleet = setup.start().await;
        let phone = fleet.target().phone();

        let answer = fleet.target().send_code(&phone).await.is(202);
        let calls = gateway.called(2).await;
        fleet.finish().await;

        let trace = trace_of(&receiver, &answer);
        let producer = trace
            .find("auth", "send otp")
            .expect("the message was sent");
        let tries: Vec<&Span> = trace
            .children(producer)
            .filter(|span| span.operation == "process otp")
            .collect();
        let [first, second] = tries[..] else {
            panic!("two tries:\n{}", text_of(&trace));
        };
        assert_told(first);
        assert_eq!(second.status(), Status::Unset);
        let counts = [first, second].map(|span| span.tags.get(count).map(ToString::to_string));
        assert_eq!(counts, [Some("1".to_owned()), Some("2".to_owned())]);
        let calls_of = |span| {
            trace
                .children(span)
                .find(|span| span.operation == "deliver sms")
        };
        let refused = calls_of(first).expect("the gateway was called");
        assert_told(refused);
        assert_eq!(kind_of(refused).as_deref(), Some("gateway_failed"));
        // The conventions want the status code of it.
        let names_type = matches!(stage, Stage::Mixed | Stage::Native);
        let error_type = refused.tags.str("error.type");
        assert_eq!(error_type, names_type.then_some("500"), "{stage}");
        let delivered = calls_of(second).expect("the gateway was called again");
        assert_eq!(delivered.status(), Status::Unset);
        assert_eq!(failed(&trace).len(), 2, "\n{}", text_of(&trace));

        for call in calls {
            assert!(call.body.contains(&phone), "the gateway gets the number");
            let foreign = [
                "traceparent",
                "tracestate",
                "baggage",
                "uber-trace-id",
                "b3",
            ];
            assert!(
                !call
                    .headers
                    .iter()
                    .any(|name| foreign.contains(&name.as_str())),
                "a third party gets no context of ours: {:?}",
                call.headers
            );
        }
        let mut secrets = Secrets::default();
        secrets.add_text(phone.trim_start_matches("+86"));
        secrets.assert_absent_from(&trace);
    }
}

#[tokio::test]
async fn a_message_that_is_refused_is_tried_once() {
    for (stage, _) in STAGES {
        let gateway = Gateway::start(&[StatusCode::BAD_REQUEST]).await;
        let receiver = Receiver::of([stage; 3]);
        let setup = Setup::new([stage; 3], &receiver).gateway(gateway.url());
        let fleet = setup.start().await;
        let target = fleet.target();

        let refused = target.send_code(&target.phone()).await.is(202);
        gateway.called(1).await;
        // The queue is in order: once a later message has come, an earlier one will not come again.
        let taken = target.send_code(&target.phone()).await.is(202);
        gateway.called(2).await;
        fleet.finish().await;

        let trace = trace_of(&receiver, &refused);
        let tries: Vec<&Span> = trace
            .spans
            .iter()
            .filter(|span| span.operation == "process otp")
            .collect();
        assert_eq!(tries.len(), 1, "\n{}", text_of(&trace));
        assert_told(tries[0]);
        assert_eq!(failed(&trace_of(&receiver, &taken)), []);
    }
}

#[tokio::test]
async fn without_its_store_a_request_fails_in_every_span_that_needed_it() {
    for (stage, _) in STAGES {
        let receiver = Receiver::of([stage; 3]);
        let away = Reserved::new();
        let setup = Setup::new([stage; 3], &receiver);
        let redis = format!("redis://{}", away.address());
        let fleet = setup.redis(redis).start().await;
        let target = fleet.target();

        let answer = target.send_code(&target.phone()).await;
        fleet.finish().await;

        let answer = answer.is_problem(503, "unavailable");
        assert!(answer.retry_after() >= 1);
        let trace = trace_of(&receiver, &answer);
        let all: Vec<(&str, &str)> = trace
            .spans
            .iter()
            .map(|span| (span.service(), span.operation.as_str()))
            .collect();
        assert_eq!(
            all,
            [
                ("api", "POST /v1/login/code"),
                ("api", "POST /v1/challenges"),
                ("auth", "POST /v1/challenges"),
                ("auth", "send otp"),
                ("auth", "issue"),
            ]
        );
        assert_eq!(failed(&trace), all, "\n{}", text_of(&trace));
        for span in &trace.spans {
            assert_told(span);
        }
    }
}

#[tokio::test]
async fn a_request_whose_caller_left_says_so_in_every_span() {
    // Nobody was told this trace's id, so it has to be the only one: not so in stage dropin, whose receiver is shared.
    for stage in STAGES.map(|(stage, _)| stage) {
        if stage == Stage::Dropin {
            continue;
        }
        let receiver = Receiver::of([stage; 3]);
        let auth = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = auth.local_addr().expect("a bound socket has an address");
        let setup = Setup::new([stage; 3], &receiver);
        let fleet = setup.start_api_before(address).await;
        let target = fleet.target();

        // Held open and never answered.
        let _connection = tokio::select! {
            answer = target.send_code("+8613800138000") => panic!("answered: {answer:?}"),
            accepted = auth.accept() => accepted.expect("api calls"),
        };
        fleet.finish().await;

        let traces = receiver.store().find(&Search::default());
        let [trace] = &traces[..] else {
            panic!("one trace: {traces:#?}");
        };
        let all = [
            ("api", "POST /v1/login/code"),
            ("api", "POST /v1/challenges"),
        ];
        assert_eq!(failed(trace), all, "\n{}", text_of(trace));
        for span in &trace.spans {
            assert_canceled(span);
        }
    }
}

#[tokio::test]
async fn a_message_that_was_in_hand_at_the_end_says_so() {
    for (stage, _) in STAGES {
        let receiver = Receiver::of([stage; 3]);
        let gateway = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = gateway.local_addr().expect("a bound socket has an address");
        let url = format!("http://{address}").parse().expect("a URL");
        let setup = Setup::new([stage; 3], &receiver).gateway(url);
        let fleet = setup.start().await;
        let target = fleet.target();

        let answer = target.send_code(&target.phone()).await.is(202);
        // Held open and never answered.
        let _connection = gateway.accept().await.expect("sms calls");
        fleet.finish().await;

        let trace = trace_of(&receiver, &answer);
        let lost = [("sms", "process otp"), ("sms", "deliver sms")];
        assert_eq!(failed(&trace), lost, "\n{}", text_of(&trace));
        for (service, operation) in lost {
            assert_canceled(trace.find(service, operation).expect("it failed"));
        }
    }
}
