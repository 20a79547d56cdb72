//! Parts that are away, in every way in which a part can be away.

mod end;
mod receiver;
mod store;

use std::time::{Duration, Instant};

use contract::{Answer, Target};
use http::Method;

/// Sends a code, logs in, looks, logs out. Tells the answers and how long the slowest took, the wait for the text message
/// aside.
async fn log_in(target: &Target) -> (Vec<Answer>, Duration) {
    let mut slowest = Duration::ZERO;
    let mut answers = Vec::new();
    let mut timed = async |answer: std::pin::Pin<Box<dyn Future<Output = Answer> + '_>>| {
        let asked = Instant::now();
        let answer = answer.await;
        slowest = slowest.max(asked.elapsed());
        answers.push(answer.clone());
        answer
    };
    let phone = target.phone();
    let id = timed(Box::pin(target.send_code(&phone))).await;
    let id = id.is(202).text("challenge_id");
    let code = target.inbox(&id).await.is(200).text("code");
    let token = timed(Box::pin(target.log_in(&id, &phone, &code))).await;
    let token = token.is(200).text("token");
    timed(Box::pin(target.session(Method::GET, &token)))
        .await
        .is(200);
    timed(Box::pin(target.session(Method::DELETE, &token)))
        .await
        .is(204);
    (answers, slowest)
}
