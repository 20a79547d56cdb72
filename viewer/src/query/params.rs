//! The query parameters of Jaeger's HTTP API.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::TraceId;

use crate::jaeger::parse_duration;
use crate::model::parse_trace_id;
use crate::store::Search;

/// How far back a search without `start` looks.
const DEFAULT_LOOKBACK: Duration = Duration::from_secs(48 * 60 * 60);

const DEFAULT_LIMIT: usize = 100;

/// A parameter that cannot be understood.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("unable to parse param '{name}': expected {expected}")]
    Malformed {
        name: &'static str,
        expected: &'static str,
    },
    #[error("'maxDuration' should be greater than 'minDuration'")]
    Durations,
}

/// The pairs of a query string. A key may occur several times.
#[derive(Debug)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The first value of `name`. An empty one counts as absent, as in Jaeger.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next().filter(|value| !value.is_empty())
    }

    pub(super) fn flag(&self, name: &'static str) -> Result<bool, Error> {
        match self.get(name) {
            None | Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(false),
            Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(true),
            Some(_) => Err(Error::Malformed {
                name,
                expected: "true or false",
            }),
        }
    }

    pub(super) fn trace_ids(&self) -> Result<Vec<TraceId>, Error> {
        let expected = Error::Malformed {
            name: "traceID",
            expected: "1 to 32 hexadecimal digits",
        };
        self.all("traceID")
            .map(parse_trace_id)
            .collect::<Option<_>>()
            .ok_or(expected)
    }

    /// All that narrows a search. Jaeger's `lookback` is for its page only: `start` says the same.
    pub(super) fn search(&self) -> Result<Search, Error> {
        let min_duration_nanos = self.duration("minDuration")?;
        let max_duration_nanos = self.duration("maxDuration")?;
        if min_duration_nanos
            .zip(max_duration_nanos)
            .is_some_and(|(min, max)| max < min)
        {
            return Err(Error::Durations);
        }
        let now = SystemTime::now();
        Ok(Search {
            service: self.get("service").map(str::to_owned),
            operation: self.get("operation").map(str::to_owned),
            tags: self.tags()?,
            start_min_unix_nanos: Some(
                self.time("start")?
                    .unwrap_or_else(|| unix_nanos(now - DEFAULT_LOOKBACK)),
            ),
            start_max_unix_nanos: Some(self.time("end")?.unwrap_or_else(|| unix_nanos(now))),
            min_duration_nanos,
            max_duration_nanos,
            limit: self
                .number("limit", "a whole number, at least 1")?
                .map_or(DEFAULT_LIMIT, NonZeroUsize::get),
            adjusted: !self.flag("raw")?,
            ..Search::default()
        })
    }

    fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    fn number<N: FromStr>(
        &self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<Option<N>, Error> {
        let parsed = self.get(name).map(|value| {
            value
                .parse()
                .map_err(|_| Error::Malformed { name, expected })
        });
        parsed.transpose()
    }

    /// A time in microseconds since 1970, as nanoseconds.
    fn time(&self, name: &'static str) -> Result<Option<i64>, Error> {
        let micros: Option<i64> = self.number(name, "microseconds since 1970")?;
        Ok(micros.map(|micros| micros.saturating_mul(1_000)))
    }

    /// A duration as Go writes it. Zero sets no bound.
    fn duration(&self, name: &'static str) -> Result<Option<i64>, Error> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let nanos = parse_duration(text).ok_or(Error::Malformed {
            name,
            expected: "a duration such as 1.5ms",
        })?;
        Ok(Some(nanos).filter(|nanos| *nanos != 0))
    }

    /// `tag=key:value`, any number of times, and `tags={"key":"value"}`; the latter win.
    fn tags(&self) -> Result<Vec<(String, String)>, Error> {
        let mut tags = HashMap::new();
        for tag in self.all("tag") {
            let Some((key, value)) = tag.split_once(':') else {
                return Err(Error::Malformed {
                    name: "tag",
                    expected: "key:value",
                });
            };
            tags.insert(key.to_owned(), value.to_owned());
        }
        for json in self.all("tags") {
            let Ok(map) = serde_json::from_str::<HashMap<String, String>>(json) else {
                return Err(Error::Malformed {
                    name: "tags",
                    expected: "a JSON object of strings",
                });
            };
            tags.extend(map);
        }
        Ok(tags.into_iter().collect())
    }
}

fn unix_nanos(time: SystemTime) -> i64 {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
