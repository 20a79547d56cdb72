//! The container stack, as the loader of Docker Compose reads it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clap::Args as _;
use serde_json::Value;
use testbed::programs::COMPOSE_LOADER;

/// Services that run our own image.
const OURS: [&str; 3] = ["api", "auth", "sms"];

#[test]
fn the_stack_has_six_services() {
    let Some(project) = project() else { return };

    let names = services(&project).map(|(name, _)| name).collect::<Vec<_>>();

    assert_eq!(
        names,
        ["api", "auth", "collector", "jaeger", "redis", "sms"]
    );
}

#[test]
fn only_the_api_and_the_page_of_jaeger_are_published_and_on_loopback() {
    let Some(project) = project() else { return };

    let published = services(&project)
        .flat_map(|(name, service)| list(&service["ports"]).map(move |port| (name, port)))
        .map(|(name, port)| {
            let (ip, port) = (text(&port["host_ip"]), text(&port["published"]));
            format!("{name} {ip}:{port}")
        })
        .collect::<Vec<_>>();

    assert_eq!(published, ["api 127.0.0.1:8080", "jaeger 127.0.0.1:16686"]);
}

#[test]
fn every_image_is_of_one_version() {
    let Some(project) = project() else { return };

    for (name, service) in services(&project) {
        let image = text(&service["image"]);
        assert!(is_pinned(image), "{name} runs {image}");
    }
}

#[test]
fn every_service_has_a_health_check_and_time_to_stop() {
    let Some(project) = project() else { return };

    for (name, service) in services(&project) {
        let check = &service["healthcheck"];
        assert!(list(&check["test"]).count() > 1, "{name} has no check");
        assert_ne!(check["disable"], true, "the check of {name} is off");
        assert!(
            service["stop_grace_period"].is_string(),
            "{name} is killed after ten seconds"
        );
    }
}

#[test]
fn a_service_starts_after_what_it_needs() {
    let Some(project) = project() else { return };

    let waits = |service: &str, other: &str| {
        text(&project["services"][service]["depends_on"][other]["condition"]).to_owned()
    };

    assert_eq!(waits("api", "auth"), "service_healthy");
    assert_eq!(waits("auth", "redis"), "service_healthy");
    assert_eq!(waits("sms", "redis"), "service_healthy");
    for service in OURS {
        assert_eq!(
            waits(service, "collector"),
            "service_started",
            "telemetry is no condition"
        );
    }
}

#[test]
fn our_containers_are_one_image_without_privileges() {
    let Some(project) = project() else { return };

    for name in OURS {
        let service = &project["services"][name];
        assert_eq!(service["image"], project["services"]["api"]["image"]);
        assert_eq!(text(&service["build"]["dockerfile"]), "Dockerfile");
        assert_eq!(text(&service["command"][0]), name);
        assert_eq!(service["read_only"], true);
        assert_eq!(text(&service["cap_drop"][0]), "ALL");
    }
}

#[test]
fn our_services_know_every_variable_that_they_are_given() {
    let Some(project) = project() else { return };
    let known = [
        (
            "api",
            variables(&api::Config::augment_args(clap::Command::new("api"))),
        ),
        (
            "auth",
            variables(&auth::Config::augment_args(clap::Command::new("auth"))),
        ),
        (
            "sms",
            variables(&sms::Config::augment_args(clap::Command::new("sms"))),
        ),
    ];

    for (name, known) in known {
        let given = project["services"][name]["environment"]
            .as_object()
            .expect("a map");
        for variable in given
            .keys()
            .filter(|variable| !variable.starts_with("OTEL_"))
        {
            assert!(
                known.contains(variable),
                "{name} knows {known:?} and no {variable}"
            );
        }
    }
}

#[test]
fn redis_is_in_reach_of_those_who_use_it() {
    let Some(project) = project() else { return };

    let on_storage = services(&project)
        .filter(|(_, service)| service["networks"].get("storage").is_some())
        .map(|(name, _)| name)
        .collect::<Vec<_>>();

    assert_eq!(on_storage, ["auth", "redis", "sms"]);
    assert_eq!(project["networks"]["storage"]["internal"], true);
}

#[test]
fn the_configurations_that_are_tested_are_the_ones_mounted() {
    let Some(project) = project() else { return };

    for (name, file) in [
        ("collector", "otel-collector.yaml"),
        ("jaeger", "tools/jaeger/jaeger.yaml"),
    ] {
        let service = &project["services"][name];
        let mount = &service["volumes"][0];
        assert_eq!(Path::new(text(&mount["source"])), repository().join(file));
        assert_eq!(mount["read_only"], true);
        assert_eq!(text(&service["command"][0]), "--config");
        assert_eq!(service["command"][1], mount["target"]);

        let config = read(file);
        for variable in service["environment"].as_object().expect("a map").keys() {
            let used = config.contains(&format!("${{env:{variable}:-"));
            assert!(used, "{file} does not know {variable}");
        }
    }
}

#[test]
fn jaeger_is_of_the_generation_that_the_tests_run() {
    let Some(project) = project() else { return };
    let pins = read("tools/jaeger/go.mod");

    let module = pins
        .lines()
        .find_map(|line| line.strip_prefix("require github.com/jaegertracing/jaeger v1."))
        .expect("go.mod pins Jaeger");
    let (minor, patch) = module.split_once('.').expect("a version has three parts");
    // Both majors came out of one tree: 2.0 with 1.63, and in step ever since.
    let minor = minor.parse::<u32>().expect("a number") - 63;
    let image = format!("jaegertracing/jaeger:2.{minor}.{patch}");

    assert_eq!(text(&project["services"]["jaeger"]["image"]), image);
    assert_eq!(text(&project["services"]["collector"]["image"]), image);
}

#[test]
fn the_client_is_no_part_of_the_stack_and_stays_inside() {
    let Some(loader) = COMPOSE_LOADER.find_or_skip() else {
        return;
    };
    let mut environment = secrets();
    environment.insert("COMPOSE_PROFILES".to_owned(), "login".to_owned());

    let project = loaded(&loader, &environment);

    let client = &project["services"]["login"];
    assert!(is_pinned(text(&client["image"])), "{}", client["image"]);
    assert_eq!(list(&client["ports"]).count(), 0);
    assert_eq!(client["volumes"][0]["read_only"], true);
    let script = repository().join("tools/compose/login.sh");
    assert_eq!(Path::new(text(&client["volumes"][0]["source"])), script);
    let demanded = read("tools/compose/login.sh");
    let demanded = demanded
        .split("${")
        .filter_map(|rest| Some(rest.split_once(":?}")?.0))
        .collect::<Vec<_>>();
    assert_eq!(demanded, ["API_URL", "SMS_URL", "SERVICE_CREDENTIAL"]);
    for variable in demanded {
        assert!(client["environment"].get(variable).is_some(), "{variable}");
    }
}

#[test]
fn nothing_starts_without_its_secrets() {
    let Some(loader) = COMPOSE_LOADER.find_or_skip() else {
        return;
    };
    let secrets = secrets();

    for missing in secrets.keys() {
        let mut others = secrets.clone();
        others.remove(missing);
        let refused = load(&loader, &others);

        assert!(!refused.status.success(), "it starts without {missing}");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            said.contains(&format!("required variable {missing}")),
            "{said}"
        );
        assert!(said.contains("tools/compose/secrets.sh >.env"), "{said}");
    }
    assert!(secrets.len() >= 4, "{:?}", secrets.keys());
}

#[test]
fn secrets_are_fresh_each_time() {
    let (one, other) = (secrets(), secrets());

    for (name, secret) in one {
        assert!(secret.len() >= 64, "{name} is short");
        assert_ne!(secret, other[&name], "{name} is the same twice");
    }
}

#[test]
fn old_keys_and_fixed_names_are_gone() {
    let file = read("docker-compose.yml");

    assert!(!file.lines().any(|line| line.starts_with("version:")));
    assert!(!file.contains("container_name:"));
    assert!(file.lines().any(|line| line.starts_with("name: ")));
}

#[test]
fn the_image_is_pinned_needs_no_shell_and_no_root() {
    let file = read("Dockerfile");
    let argument = |instruction: &str| {
        file.lines()
            .filter_map(|line| {
                line.trim_start()
                    .strip_prefix(instruction)?
                    .strip_prefix(' ')
            })
            .collect::<Vec<_>>()
    };

    for from in argument("FROM") {
        let image = from.split(' ').next().unwrap_or_default();
        assert!(is_pinned(image), "{image}");
    }
    assert_eq!(argument("ENTRYPOINT"), [r#"["/launcher"]"#]);
    assert_eq!(argument("USER"), ["65532:65532"]);
    assert_eq!(argument("STOPSIGNAL"), ["SIGTERM"]);
    assert!(
        argument("CMD")
            .iter()
            .all(|command| command.starts_with('['))
    );
}

#[test]
fn the_image_and_the_stack_ask_for_health_alike() {
    let Some(project) = project() else { return };
    let file = read("Dockerfile");

    let in_image = file
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("CMD "))
        .expect("a HEALTHCHECK");
    let in_image: Vec<String> = serde_json::from_str(in_image).expect("the form without a shell");

    for name in OURS {
        let in_stack = list(&project["services"][name]["healthcheck"]["test"])
            .skip(1)
            .map(text)
            .collect::<Vec<_>>();
        assert_eq!(in_stack, in_image);
    }
}

fn project() -> Option<Value> {
    let loader = COMPOSE_LOADER.find_or_skip()?;
    Some(loaded(&loader, &secrets()))
}

fn loaded(loader: &Path, environment: &BTreeMap<String, String>) -> Value {
    let loaded = load(loader, environment);
    let complaint = String::from_utf8_lossy(&loaded.stderr);
    assert!(loaded.status.success(), "{complaint}");
    serde_json::from_slice(&loaded.stdout).expect("the loader prints JSON")
}

fn load(loader: &Path, environment: &BTreeMap<String, String>) -> Output {
    Command::new(loader)
        .arg("docker-compose.yml")
        .current_dir(repository())
        .env_clear()
        .envs(environment)
        .output()
        .expect("the loader runs")
}

fn secrets() -> BTreeMap<String, String> {
    let printed = Command::new(repository().join("tools/compose/secrets.sh"))
        .output()
        .expect("the script runs");
    String::from_utf8(printed.stdout)
        .expect("it prints text")
        .lines()
        .map(|line| line.split_once('=').expect("it prints NAME=value"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn services(project: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let services = project["services"].as_object().expect("a map of services");
    services
        .iter()
        .map(|(name, service)| (name.as_str(), service))
}

/// The environment variables of a command line.
fn variables(command: &clap::Command) -> Vec<String> {
    let names = command.get_arguments().filter_map(clap::Arg::get_env);
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Whether the name carries a digest, or a tag with all three numbers of a version.
fn is_pinned(image: &str) -> bool {
    let by_tag = |tag: &str| {
        let version = tag.split('-').next().unwrap_or_default();
        let numbers = version.split('.').collect::<Vec<_>>();
        numbers.len() == 3 && numbers.iter().all(|number| number.parse::<u32>().is_ok())
    };
    image.contains("@sha256:") || image.rsplit_once(':').is_some_and(|(_, tag)| by_tag(tag))
}

fn read(file: &str) -> String {
    fs::read_to_string(repository().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in the repository")
        .to_owned()
}

#[test]
fn a_moving_tag_is_no_pin() {
    assert!(is_pinned("redis:7.4.7-alpine"));
    assert!(is_pinned("cc:nonroot@sha256:9dac"));
    assert!(!is_pinned("redis"));
    assert!(!is_pinned("redis:latest"));
    assert!(!is_pinned("redis:7-alpine"));
    assert!(!is_pinned("registry:5000/redis"));
}
