//! Redis is away: patience is asked for, nothing hangs, nothing ends.

use std::sync::Arc;

use contract::{Apps, Fleet, Numbers, Services, outage};
use stage_bare::{api, auth, sms};
use store::{Limits, QueueOptions, RedisStore};
use tokio::net::TcpListener;

#[tokio::test]
async fn without_redis_requests_are_answered_and_readiness_names_the_part() {
    let nobody = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("redis://{nobody}");
    let store = RedisStore::connect(&url, Limits::default(), QueueOptions::default()).unwrap();
    let wire = |apps: Apps| Services {
        api: api::router(apps.api),
        auth: auth::router(apps.auth),
        sms: sms::router(apps.sms.clone()),
        consumer: Box::pin(sms::run(apps.sms)),
    };
    let fleet = Fleet::start_over(Arc::new(store), Numbers::default(), wire).await;

    outage::auth_without_store_asks_for_patience(fleet.target()).await;
}
