//! Each variable of the documented table, on the binary.
//!
//! Most of it needs api alone: without auth it answers 503, which leaves two spans, and that is all it takes.

mod disabled;
mod exporter;
mod identity;
mod logs;
mod metrics;
mod old;
mod propagators;
mod refused;
mod sampler;

use contract::{Answer, Numbers, Target};
use launcher::{Service, Stage};
use platform::{Credential, Url};

use crate::support::{Launch, Process};

const CREDENTIAL: &str = "a-credential-of-tests-and-nothing-else";

/// Api, which finds nobody where it expects auth and sends its spans to `otlp`.
fn api(stage: Stage, otlp: &str) -> Launch {
    Launch::new(Service::Api, stage)
        .env("SERVICE_CREDENTIAL", CREDENTIAL)
        .env("API_AUTH_URL", format!("http://{}", testbed::free_port()))
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", otlp)
}

/// Asks for a code, and tells the id of the trace that this left.
async fn ask(api: &Process) -> String {
    let answer = request(&api.url(), true).await;
    let id = answer.header("x-trace-id").expect("api tells the trace");
    id.to_owned()
}

/// Asks for a code.
async fn request(api: &Url, traced: bool) -> Answer {
    let credential: Credential = CREDENTIAL.parse().expect("it is long enough");
    let (api, nobody) = (api.clone(), api.clone());
    let target = Target::new(api, nobody.clone(), nobody, credential, Numbers::default());
    let target = target.traced(traced);
    target.send_code(&target.phone()).await.is(503)
}

/// Asks auth for what it refuses without a look into its store, with headers of the caller's trace.
async fn ask_auth(auth: &Process, headers: &[(&str, &str)]) -> Answer {
    let credential: Credential = CREDENTIAL.parse().expect("it is long enough");
    let url = auth.url();
    let target = Target::new(
        url.clone(),
        url.clone(),
        url,
        credential,
        Numbers::default(),
    );
    let request = target.to_auth(http::Method::POST, "/v1/challenges");
    let request = request.json(&serde_json::json!({}));
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    target.answer(request).await
}
