//! What the search form asks for.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::jaeger::parse_duration;
use crate::store::Search;

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
        ];
        !self.errors && texts.iter().all(|text| text.trim().is_empty())
    }

    /// For the store; or all fields that are wrong.
    pub(super) fn search(&self) -> Result<Search, Vec<Wrong>> {
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
            limit: PER_PAGE,
            ..Search::default()
        })
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
    fn every_wrong_field_is_named() {
        let fields = [("min", "soon"), ("max", "1"), ("tags", "?")];
        let filter = Filter::new(fields.map(|(k, v)| (k.to_owned(), v.to_owned())).into());

        let wrong = filter.search().expect_err("three wrong fields");

        let fields: Vec<_> = wrong.iter().map(|wrong| wrong.field).collect();
        assert_eq!(fields, ["min", "max", "tags"]);
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
