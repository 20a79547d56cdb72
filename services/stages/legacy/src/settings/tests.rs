//! What each variable means.

use super::*;

fn settings(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::from_variables("auth", |name| {
        let found = variables.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

fn sampling_of(variables: &[(&str, &str)]) -> Sampling {
    settings(variables).expect("usable settings").sampling
}

#[test]
fn without_a_word_the_agent_of_this_host_gets_everything() {
    let settings = settings(&[]).expect("usable settings");

    assert_eq!(settings.service, "auth");
    assert_eq!(settings.agent, None);
    assert_eq!(settings.sampling, Sampling::All);
    assert!(settings.exports);
}

#[test]
fn an_agent_is_found_by_name_or_address() {
    let agent = |variables: &[(&str, &str)]| {
        let settings = settings(variables).expect("usable settings");
        settings.agent.expect("it is set").to_string()
    };
    let host = |host| ("JAEGER_AGENT_HOST", host);
    let port = ("JAEGER_AGENT_PORT", "7000");

    assert_eq!(agent(&[host("10.0.0.7"), port]), "10.0.0.7:7000");
    assert_eq!(agent(&[host("::1"), port]), "[::1]:7000");
    assert_eq!(agent(&[host("10.0.0.7")]), "10.0.0.7:6831");
    assert_eq!(agent(&[port]), "127.0.0.1:7000");
    assert_eq!(
        agent(&[host("localhost"), port]).replace("[::1]", "127.0.0.1"),
        "127.0.0.1:7000"
    );
}

#[test]
fn each_name_of_a_sampler_has_its_counterpart() {
    let with = |name, share| {
        sampling_of(&[
            ("OTEL_TRACES_SAMPLER", name),
            ("OTEL_TRACES_SAMPLER_ARG", share),
        ])
    };

    assert_eq!(with("always_on", "0"), Sampling::All);
    assert_eq!(with("parentbased_always_on", "0"), Sampling::All);
    assert_eq!(with("always_off", "1"), Sampling::None);
    assert_eq!(with("parentbased_always_off", "1"), Sampling::Continued);
    assert_eq!(with("traceidratio", "0.25"), Sampling::Share(0.25));
    assert_eq!(
        with("parentbased_traceidratio", "0.25"),
        Sampling::ContinuedOrShare(0.25)
    );
    let no_share = [("OTEL_TRACES_SAMPLER", "traceidratio")];
    assert_eq!(sampling_of(&no_share), Sampling::Share(1.0));
}

#[test]
fn a_disabled_service_keeps_nothing_and_one_without_exporter_sends_nothing() {
    let disabled = [
        ("OTEL_SDK_DISABLED", "True"),
        ("OTEL_TRACES_SAMPLER", "always_on"),
    ];

    assert_eq!(sampling_of(&disabled), Sampling::None);
    let silent = settings(&[("OTEL_TRACES_EXPORTER", "none")]).expect("usable settings");
    assert!(!silent.exports);
}

#[test]
fn what_cannot_be_used_is_refused_by_name() {
    for (name, value) in [
        ("JAEGER_AGENT_PORT", "0"),
        ("JAEGER_AGENT_PORT", "70000"),
        ("JAEGER_AGENT_HOST", "not a host"),
        ("OTEL_SDK_DISABLED", "yes"),
        ("OTEL_TRACES_EXPORTER", "console"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
    ] {
        let refused = settings(&[(name, value)]).expect_err(name).to_string();

        let sentence = format!("{name}={value:?} is not usable: expected ");
        assert!(refused.starts_with(&sentence), "{refused}");
    }
    for share in ["2", "-0.1", "half", "NaN"] {
        let refused = settings(&[
            ("OTEL_TRACES_SAMPLER", "traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", share),
        ]);
        let refused = refused.expect_err(share).to_string();
        assert!(refused.contains("between 0.0 and 1.0"), "{refused}");
    }
}
