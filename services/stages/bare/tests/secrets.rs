//! Nothing that is secret is ever logged, whatever the level.

use std::sync::Mutex;

use contract::{Apps, Fleet, Numbers, Services, login, requests};
use http::Method;
use log::{LevelFilter, Log, Metadata, Record};
use stage_bare::{api, auth, sms};

struct Capture(Mutex<String>);

static CAPTURE: Capture = Capture(Mutex::new(String::new()));

impl Log for Capture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let mut lines = self.0.lock().unwrap();
        lines.push_str(&format!("{} {}\n", record.target(), record.args()));
    }

    fn flush(&self) {}
}

#[tokio::test]
async fn no_log_line_tells_a_secret() {
    log::set_logger(&CAPTURE).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let wire = |apps: Apps| Services {
        api: api::router(apps.api),
        auth: auth::router(apps.auth),
        sms: sms::router(apps.sms.clone()),
        consumer: Box::pin(sms::run(apps.sms)),
    };
    let fleet = Fleet::start(Numbers::default(), wire).await;
    let target = fleet.target();

    let sent = target.receive_code(&target.phone()).await;
    target.send_code(&sent.phone).await.is(429);
    target
        .log_in(&sent.challenge_id, &sent.phone, &sent.wrong_code())
        .await
        .is(401);
    let token = target.redeem(&sent).await.is(200).text("token");
    target.session(Method::GET, &token).await.is(200);
    target.session(Method::DELETE, &token).await.is(204);
    requests::hostile_phones_are_refused(target).await;
    login::attempts_run_out(target).await;

    let lines = CAPTURE.0.lock().unwrap();
    assert!(lines.contains("logged in"), "lines are captured:\n{lines}");
    let credential = target.credential.to_header();
    for secret in [
        &sent.phone[1..],
        &sent.phone[3..],
        &token,
        credential.to_str().unwrap(),
    ] {
        assert!(!lines.contains(secret), "{secret} in:\n{lines}");
    }
    // Six digits can occur by chance, in a port or a hash, so the code is looked for as a word.
    let words = lines.split(|character: char| !character.is_ascii_alphanumeric());
    assert_eq!(
        words.filter(|word| *word == sent.code).count(),
        0,
        "{} in:\n{lines}",
        sent.code
    );
}
