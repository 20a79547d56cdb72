//! Where spans go, and which are kept.

use std::net::{SocketAddr, ToSocketAddrs as _};

use rustracing::sampler::{
    AllSampler, BoxSampler, NullSampler, PassiveSampler, ProbabilisticSampler, Sampler as _,
};
use rustracing_jaeger::span::SpanContextState;

/// Where an agent of Jaeger listens for Thrift in its compact form.
const PORT: u16 = 6831;
const SAMPLERS: &str = "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or \
                        parentbased_traceidratio";

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{name}={value:?} is not usable: expected {expected}")]
pub struct SettingsError {
    /// The variable.
    pub name: &'static str,
    /// What it was set to.
    pub value: String,
    /// What would have been right.
    pub expected: &'static str,
}

/// How one service's reporter and sampler are to be.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) service: String,
    /// `None`: where the library looks for it, `127.0.0.1:6831`.
    pub(crate) agent: Option<SocketAddr>,
    pub(crate) tags: Vec<(&'static str, String)>,
    pub(crate) exports: bool,
    sampling: Sampling,
}

/// Which spans without a local parent are kept. The others follow theirs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sampling {
    /// All: `always_on` and `parentbased_always_on`.
    All,
    /// None: `always_off`.
    None,
    /// This share of them, drawn anew at each hop: `traceidratio`.
    Share(f64),
    /// Those that came with a header, whatever it says: `parentbased_always_off`.
    Continued,
    /// Those, and this share of the others: `parentbased_traceidratio`.
    ContinuedOrShare(f64),
}

impl Settings {
    /// For a service that shares its process: reads no variable, and keeps every trace.
    #[must_use]
    pub fn embedded(service: &str) -> Self {
        Self {
            service: service.to_owned(),
            agent: None,
            tags: Vec::new(),
            exports: true,
            sampling: Sampling::All,
        }
    }

    /// For a service that has its process to itself. The agent is found as Jaeger's own clients find it; what is kept is set
    /// by the variables that the other stages read, so that a fleet can be set in one place.
    ///
    /// | variable | default | |
    /// |---|---|---|
    /// | `JAEGER_AGENT_HOST`, `JAEGER_AGENT_PORT` | `127.0.0.1`, `6831` | UDP, Thrift in its compact form |
    /// | `OTEL_SERVICE_NAME` | `service` | |
    /// | `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` | `parentbased_always_on`, 1 | see [`Sampling`] |
    /// | `OTEL_TRACES_EXPORTER` | | `none`: spans have ids, in headers, and go nowhere |
    /// | `OTEL_SDK_DISABLED` | `false` | `true`: no spans, and no headers either |
    ///
    /// # Errors
    ///
    /// [`SettingsError`], naming the variable, for a value that would otherwise be ignored or misread.
    pub fn from_env(service: &str) -> Result<Self, SettingsError> {
        Self::from_variables(service, |name| {
            std::env::var(name)
                .ok()
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        })
    }

    fn from_variables(
        service: &str,
        get: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let disabled = flag("OTEL_SDK_DISABLED", ["true", "false"], &get)?;
        let exporter = flag("OTEL_TRACES_EXPORTER", ["none", "otlp"], &get)?;
        let sampling = match sampling(&get)? {
            _ if disabled => Sampling::None,
            sampling => sampling,
        };
        Ok(Self {
            service: get("OTEL_SERVICE_NAME").unwrap_or_else(|| service.to_owned()),
            agent: agent(&get)?,
            tags: Vec::new(),
            exports: !exporter,
            sampling,
        })
    }

    /// Where the agent listens.
    #[must_use]
    pub fn agent(mut self, address: SocketAddr) -> Self {
        self.agent = Some(address);
        self
    }

    /// Which spans are kept.
    #[must_use]
    pub fn sampling(mut self, sampling: Sampling) -> Self {
        self.sampling = sampling;
        self
    }

    /// A further tag of the process, such as the stage that a service is in.
    #[must_use]
    pub fn tag(mut self, key: &'static str, value: &str) -> Self {
        self.tags.push((key, value.to_owned()));
        self
    }

    pub(crate) fn sampler(&self) -> BoxSampler<SpanContextState> {
        match self.sampling {
            Sampling::All => AllSampler.boxed(),
            Sampling::None => NullSampler.boxed(),
            Sampling::Share(share) => probabilistic(share).boxed(),
            Sampling::Continued => PassiveSampler.boxed(),
            Sampling::ContinuedOrShare(share) => {
                let continued: BoxSampler<SpanContextState> = PassiveSampler.boxed();
                continued.or(probabilistic(share)).boxed()
            }
        }
    }
}

fn probabilistic(share: f64) -> ProbabilisticSampler {
    // What is no number keeps nothing: a wrong setting must not be the expensive one.
    let share = if share.is_nan() { 0.0 } else { share };
    ProbabilisticSampler::new(share.clamp(0.0, 1.0)).expect("the share is between 0 and 1")
}

/// Whether the first of two words is set.
fn flag(
    name: &'static str,
    [set, other]: [&'static str; 2],
    get: &impl Fn(&str) -> Option<String>,
) -> Result<bool, SettingsError> {
    match get(name) {
        Some(value) if value.eq_ignore_ascii_case(set) => Ok(true),
        Some(value) if !value.eq_ignore_ascii_case(other) => Err(SettingsError {
            name,
            value,
            expected: if name == "OTEL_SDK_DISABLED" {
                "true or false"
            } else {
                "none or otlp"
            },
        }),
        _ => Ok(false),
    }
}

fn agent(get: &impl Fn(&str) -> Option<String>) -> Result<Option<SocketAddr>, SettingsError> {
    let (host, port) = (get("JAEGER_AGENT_HOST"), get("JAEGER_AGENT_PORT"));
    if host.is_none() && port.is_none() {
        return Ok(None);
    }
    let number = match &port {
        None => Some(PORT),
        Some(port) => port.parse().ok().filter(|port| *port > 0),
    };
    let Some(number) = number else {
        return Err(SettingsError {
            name: "JAEGER_AGENT_PORT",
            value: port.unwrap_or_default(),
            expected: "a port",
        });
    };
    let host = host.unwrap_or_else(|| "127.0.0.1".to_owned());
    let mut addresses = (host.as_str(), number)
        .to_socket_addrs()
        .into_iter()
        .flatten();
    let agent = addresses.next().ok_or(SettingsError {
        name: "JAEGER_AGENT_HOST",
        value: host,
        expected: "the name or the address of a host",
    })?;
    Ok(Some(agent))
}

fn sampling(get: &impl Fn(&str) -> Option<String>) -> Result<Sampling, SettingsError> {
    let name = "OTEL_TRACES_SAMPLER";
    let Some(value) = get(name) else {
        return Ok(Sampling::All);
    };
    match value.as_str() {
        "always_on" | "parentbased_always_on" => Ok(Sampling::All),
        "always_off" => Ok(Sampling::None),
        "parentbased_always_off" => Ok(Sampling::Continued),
        "traceidratio" => share(get).map(Sampling::Share),
        "parentbased_traceidratio" => share(get).map(Sampling::ContinuedOrShare),
        _ => Err(SettingsError {
            name,
            value,
            expected: SAMPLERS,
        }),
    }
}

fn share(get: &impl Fn(&str) -> Option<String>) -> Result<f64, SettingsError> {
    let name = "OTEL_TRACES_SAMPLER_ARG";
    let Some(value) = get(name) else {
        return Ok(1.0);
    };
    let share = value.parse().ok();
    share
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or(SettingsError {
            name,
            value,
            expected: "a ratio between 0.0 and 1.0",
        })
}

#[cfg(test)]
// By path, so that it is found from stage dropin too.
#[path = "settings/tests.rs"]
mod tests;
