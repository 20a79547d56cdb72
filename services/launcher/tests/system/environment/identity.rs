//! `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`: as whom a service sends its spans.

use launcher::Stage;

use super::{api, ask};
use crate::support::Receiver;

#[tokio::test]
async fn a_service_is_called_by_its_own_name() {
    let receiver = Receiver::start();
    let api = api(Stage::Shim, &receiver.url()).start();

    let id = ask(&api).await;

    let trace = receiver.wait_for(&id, |trace| trace.spans.len() == 2).await;
    assert_eq!(trace.services(), ["api"]);
    let resource = &trace.spans[0].process.tags;
    assert_eq!(resource.str("migration.stage"), Some("shim"));
    assert_eq!(resource.str("telemetry.sdk.language"), Some("rust"));
}

#[tokio::test]
async fn the_name_of_the_variable_wins() {
    let receiver = Receiver::start();
    let api = api(Stage::Native, &receiver.url())
        .env("OTEL_SERVICE_NAME", "front-door")
        .env(
            "OTEL_RESOURCE_ATTRIBUTES",
            "service.name=less,deployment.environment.name=blue,team=login",
        )
        .start();

    let id = ask(&api).await;

    let trace = receiver.wait_for(&id, |trace| trace.spans.len() == 2).await;
    assert_eq!(trace.services(), ["front-door"]);
    let resource = &trace.spans[0].process.tags;
    assert_eq!(resource.str("deployment.environment.name"), Some("blue"));
    assert_eq!(resource.str("team"), Some("login"));
    assert_eq!(resource.str("migration.stage"), Some("native"));
}

#[tokio::test]
async fn a_name_among_the_attributes_is_one_too() {
    let receiver = Receiver::start();
    let api = api(Stage::Shim, &receiver.url())
        .env(
            "OTEL_RESOURCE_ATTRIBUTES",
            "team=login,service.name=front-door",
        )
        .start();

    let id = ask(&api).await;

    let trace = receiver.wait_for(&id, |trace| trace.spans.len() == 2).await;
    assert_eq!(trace.services(), ["front-door"]);
}
