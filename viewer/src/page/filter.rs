//! What the search form asks for.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::jaeger::parse_duration;
use crate::store::Search;

use super::when::{MINUTE, parse_utc};

/// How many traces a page of the list has.
pub(super) const PER_PAGE: usize = 50;

/// The form's fields as they were sent, to be shown again.
#[derive(Debug, Default)]
pub(super) struct Filter {
    pub(super) service: String,
    pub(super) operation: String,
    pub(super) tags: String,
    pub(super) min: String,
    pub(super) max: String,
    pub(super) errors: bool,
    /// Within so many minutes up to now.
    pub(super) last: String,
    /// From then on, in UTC.
    pub(super) from: String,
    /// Up to then, in UTC.
    pub(super) to: String,
    /// From 1.
    pub(super) page: usize,
}

/// A field that cannot be understood, and what would be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) field: &'static str,
    pub(super) reason: &'static str,
}

impl Filter {
    /// Of the pairs of a query. Those that the form does not have are passed over.
    pub(super) fn new(pairs: Vec<(String, String)>) -> Self {
        let mut filter = Self {
            page: 1,
            ..Self::default()
        };
        for (key, value) in pairs {
            match key.as_str() {
                "service" => filter.service = value,
                "operation" => filter.operation = value,
                "tags" => filter.tags = value,
                "min" => filter.min = value,
                "max" => filter.max = value,
                "last" => filter.last = value,
                "from" => filter.from = value,
                "to" => filter.to = value,
                "errors" => filter.errors = !value.is_empty(),
                "page" => filter.page = value.parse().unwrap_or(1).max(1),
                _ => {}
            }
        }
        filter
    }

    /// The same search, another page of it.
    pub(super) fn link(&self, page: usize) -> String {
        let fields = [
            ("service", self.service.as_str()),
            ("operation", &self.operation),
            ("tags", &self.tags),
            ("min", &self.min),
            ("max", &self.max),
            ("errors", if self.errors { "true" } else { "" }),
            ("last", &self.last),
            ("from", &self.from),
            ("to", &self.to),
        ];
        let mut link = String::from("/?");
        for (name, value) in fields {
            if !value.is_empty() {
                let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
                link.push_str(&format!("{name}={value}&"));
            }
        }
        link + &format!("page={page}")
    }

    /// Whether all traces are asked for.
    pub(super) fn is_empty(&self) -> bool {
        let texts = [
            &self.service,
            &self.operation,
            &self.tags,
            &self.min,
            &self.max,
            &self.last,
            &self.from,
            &self.to,
        ];
        !self.errors && texts.iter().all(|text| text.trim().is_empty())
    }

    /// Whether a time is asked for.
    pub(super) fn has_time(&self) -> bool {
        let texts = [&self.last, &self.from, &self.to];
        texts.iter().any(|text| !text.trim().is_empty())
    }

    /// Whether what is found depends on what time it is.
    pub(super) fn is_relative(&self) -> bool {
        !self.last.trim().is_empty()
    }

    /// For the store, at this time; or all fields that are wrong.
    pub(super) fn search(&self, now: i64) -> Result<Search, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut duration = |field: &'static str, text: &str| {
            let text: String = text.split_whitespace().collect();
            let parsed = parse_duration(&text);
            if parsed.is_none() && !text.is_empty() {
                wrong.push(Wrong {
                    field,
                    reason: "Write a number and a unit, such as 1.5ms, 200us or 2s.",
                });
            }
            parsed
        };
        let (min, max) = (duration("min", &self.min), duration("max", &self.max));
        if min.zip(max).is_some_and(|(min, max)| max < min) {
            wrong.push(Wrong {
                field: "max",
                reason: "The longest is shorter than the shortest.",
            });
        }
        let (earliest, latest) = self.times(now, &mut wrong);
        let tags = parse_tags(&self.tags).unwrap_or_else(|| {
            wrong.push(Wrong {
                field: "tags",
                reason: "Write key=value, or key=\"two words\"; blanks between them.",
            });
            Vec::new()
        });
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Ok(Search {
            service: text(&self.service),
            operation: text(&self.operation),
            tags,
            failed: self.errors,
            min_duration_nanos: min,
            max_duration_nanos: max,
            start_min_unix_nanos: earliest,
            start_max_unix_nanos: latest,
            limit: PER_PAGE,
            ..Search::default()
        })
    }

    /// The earliest start and the latest one.
    fn times(&self, now: i64, wrong: &mut Vec<Wrong>) -> (Option<i64>, Option<i64>) {
        let mut time = |field: &'static str, text: &str| {
            let text = text.trim();
            let parsed = parse_utc(text);
            if parsed.is_none() && !text.is_empty() {
                let reason = "Write a day and a time in UTC, such as 2026-05-28 20:26.";
                wrong.push(Wrong { field, reason });
            }
            parsed
        };
        let (from, to) = (time("from", &self.from), time("to", &self.to));
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            let reason = "The end is before the beginning.";
            wrong.push(Wrong {
                field: "to",
                reason,
            });
        }
        let last = self.last.trim();
        let minutes = last.parse::<u32>().ok().filter(|minutes| *minutes > 0);
        if minutes.is_none() && !last.is_empty() {
            let reason = "Choose a number of minutes.";
            wrong.push(Wrong {
                field: "last",
                reason,
            });
        }
        let since = minutes.map(|minutes| now.saturating_sub(i64::from(minutes) * MINUTE));
        (since.max(from), to)
    }
}

/// `key=value key="two words"`; within quotes, a backslash takes the next character as it is.
fn parse_tags(text: &str) -> Option<Vec<(String, String)>> {
    let mut tags = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        if key.is_empty() || key.contains(char::is_whitespace) {
            return None;
        }
        let value;
        (value, rest) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let end = after.find(char::is_whitespace).unwrap_or(after.len());
                (after[..end].to_owned(), &after[end..])
            }
        };
        if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
            return None;
        }
        tags.push((key.to_owned(), value));
        rest = rest.trim_start();
    }
    Some(tags)
}

/// Up to the closing quote, and what follows it.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '"' => return Some((value, chars.as_str())),
            '\\' => value.push(chars.next()?),
            c => value.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_pairs_with_or_without_quotes() {
        let tags = parse_tags(r#" a=1  b="two words" c="say \"hi\"" d= url=http://x/?y=z "#);

        let expected = [
            ("a", "1"),
            ("b", "two words"),
            ("c", "say \"hi\""),
            ("d", ""),
            ("url", "http://x/?y=z"),
        ];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(tags.as_deref(), Some(&expected[..]));
    }

    #[test]
    fn text_that_is_no_pair_is_refused() {
        for text in [
            "word",
            "=1",
            "a=\"open",
            "a=\"b\"c",
            "two words=1",
            "a=\"\\",
        ] {
            assert_eq!(parse_tags(text), None, "{text}");
        }
    }

    #[test]
    fn the_last_minutes_and_a_beginning_are_both_kept_to() {
        let search = |fields: &[(&str, &str)], now| {
            let pairs = fields.iter();
            let pairs = pairs.map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
            Filter::new(pairs.collect()).search(now).expect("times")
        };
        let hour = 60 * MINUTE;

        let last = search(&[("last", "15")], hour);
        assert_eq!(last.start_min_unix_nanos, Some(45 * MINUTE));
        assert_eq!(last.start_max_unix_nanos, None);
        let both = search(
            &[
                ("last", "15"),
                ("from", "1970-01-01T00:50"),
                ("to", "1970-01-01T00:55"),
            ],
            hour,
        );
        assert_eq!(both.start_min_unix_nanos, Some(50 * MINUTE));
        assert_eq!(both.start_max_unix_nanos, Some(55 * MINUTE));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let fields = [
            ("min", "soon"),
            ("max", "1"),
            ("tags", "?"),
            ("from", "now"),
            ("last", "0"),
        ];
        let filter = Filter::new(fields.map(|(k, v)| (k.to_owned(), v.to_owned())).into());

        let wrong = filter.search(0).expect_err("wrong fields");

        let fields: Vec<_> = wrong.iter().map(|wrong| wrong.field).collect();
        assert_eq!(fields, ["min", "max", "from", "last", "tags"]);
    }

    #[test]
    fn a_link_leads_to_the_same_search() {
        let fields = [
            ("service", "a&b=c"),
            ("tags", "k=\"v w\""),
            ("errors", "true"),
        ];
        let filter = Filter::new(fields.map(|(k, v)| (k.to_owned(), v.to_owned())).into());

        let link = filter.link(2);

        assert_eq!(
            link,
            "/?service=a%26b%3Dc&tags=k%3D%22v%20w%22&errors=true&page=2"
        );
    }
}
