//! The services keep their promises without any instrumentation.

use contract::{Apps, Fleet, Numbers, Services};
use stage_bare::{api, auth, sms};

fn wire(apps: Apps) -> Services {
    Services {
        api: api::router(apps.api),
        auth: auth::router(apps.auth),
        sms: sms::router(apps.sms.clone()),
        consumer: Box::pin(sms::run(apps.sms)),
    }
}

async fn start(numbers: Numbers) -> Fleet {
    Fleet::start(numbers, wire).await
}

async fn start_alone() -> Fleet {
    Fleet::start_alone(api::router).await
}

contract::suite!(start, start_alone);

#[tokio::test]
async fn the_cases_do_not_get_in_each_others_way() {
    let fleet = start(Numbers::default()).await;

    contract::every_case(fleet.target()).await;
}
