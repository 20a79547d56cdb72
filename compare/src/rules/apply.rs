//! What names and values are under the rules.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::file::{AttributeRule, Convert, When};
use super::{Rules, mask};
use crate::model::{Kind, Status, Value};

/// An attribute in its newest form, and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Attribute<'a> {
    pub(crate) key: &'a str,
    /// As it was written.
    pub(crate) written_key: &'a str,
    pub(crate) written: &'a Value,
    /// Ids, times and ports are masked in a text; a volatile one is worth its type only.
    pub(crate) comparable: Comparable<'a>,
    /// It may be on one side only.
    pub(crate) optional: bool,
}

/// What of a value is compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Comparable<'a> {
    Type(&'static str),
    Text(Cow<'a, str>),
    Value(Cow<'a, Value>),
}

/// An event's name in its newest form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventName<'a> {
    pub(crate) name: &'a str,
    pub(crate) written: &'a str,
}

/// A rule by its name, which is its place in the TOML, and the page that explains it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cited {
    pub(crate) rule: String,
    pub(crate) note: Option<String>,
    pub(crate) page: Option<String>,
}

impl Rules {
    pub(crate) fn attribute<'a>(
        &'a self,
        written_key: &'a str,
        written: &'a Value,
        kind: Kind,
        status: Status,
    ) -> Attribute<'a> {
        let (key, value) = match self.attributes.get(written_key) {
            Some(rule) => rule.apply(written, kind),
            None => (written_key, Cow::Borrowed(written)),
        };
        Attribute {
            key,
            comparable: self.comparable(key, value),
            written_key,
            written,
            optional: self.dropped.contains_key(key) || self.is_implied(key, status),
        }
    }

    /// An attribute of an event, whose names have rules of their own.
    pub(crate) fn event_attribute<'a>(
        &'a self,
        event: EventName<'a>,
        written_key: &'a str,
        written: &'a Value,
    ) -> Attribute<'a> {
        let renamed = self
            .events
            .get(event.written)
            .and_then(|rule| rule.attributes.get(written_key));
        let key = renamed.map_or(written_key, String::as_str);
        Attribute {
            key,
            comparable: self.comparable(key, Cow::Borrowed(written)),
            written_key,
            written,
            optional: false,
        }
    }

    fn comparable<'a>(&self, key: &str, value: Cow<'a, Value>) -> Comparable<'a> {
        if self.volatile.contains_key(key) {
            return Comparable::Type(value.type_name());
        }
        match value {
            Cow::Borrowed(Value::Text(text)) => Comparable::Text(mask(text)),
            Cow::Owned(Value::Text(text)) => Comparable::Text(Cow::Owned(mask(&text).into_owned())),
            other => Comparable::Value(other),
        }
    }

    pub(crate) fn event<'a>(&'a self, written: &'a str) -> EventName<'a> {
        let name = self.events.get(written).map_or(written, |rule| &rule.to);
        EventName { name, written }
    }

    pub(crate) fn span_name<'a>(&'a self, written: &'a str) -> &'a str {
        self.names.get(written).map_or(written, |rule| &rule.to)
    }

    pub(crate) fn service<'a>(&'a self, written: &'a str) -> &'a str {
        self.services.get(written).map_or(written, |rule| &rule.to)
    }

    pub(crate) fn baggage(&self) -> impl Iterator<Item = (&str, &super::BaggageRule)> {
        self.baggage.iter().map(|(key, rule)| (key.as_str(), rule))
    }

    fn is_implied(&self, key: &str, status: Status) -> bool {
        self.implied.get(key).is_some_and(|rule| match rule.when {
            Some(When::Error) => status == Status::Error,
            None => true,
        })
    }

    // --- which rule explains it ---

    /// The rule by which one name is the other.
    pub(crate) fn citing_attribute(&self, keys: [&str; 2]) -> Option<Cited> {
        either(&self.attributes, keys)
            .map(|(key, rule)| cited("attribute", key, (&rule.note, &rule.page)))
    }

    /// The rule by which an attribute may be on one side only.
    pub(crate) fn citing_one_side(&self, key: &str, status: Status) -> Option<Cited> {
        if let Some(rule) = self.dropped.get(key) {
            return Some(cited("dropped", key, (&rule.note, &rule.page)));
        }
        let rule = self.implied.get(key)?;
        self.is_implied(key, status)
            .then(|| cited("implied", key, (&rule.note, &rule.page)))
    }

    pub(crate) fn citing_event(&self, names: [&str; 2]) -> Option<Cited> {
        either(&self.events, names)
            .map(|(name, rule)| cited("event", name, (&rule.note, &rule.page)))
    }

    pub(crate) fn citing_span_name(&self, names: [&str; 2]) -> Option<Cited> {
        either(&self.names, names).map(|(name, rule)| cited("name", name, (&rule.note, &rule.page)))
    }

    pub(crate) fn citing_service(&self, names: [&str; 2]) -> Option<Cited> {
        either(&self.services, names)
            .map(|(name, rule)| cited("service", name, (&rule.note, &rule.page)))
    }

    pub(crate) fn citing_reference(&self) -> Option<Cited> {
        let rule = self.reference.follows_from.as_ref()?;
        Some(cited("reference", "follows_from", (&rule.note, &rule.page)))
    }

    pub(crate) fn citing_status_ok(&self) -> Option<Cited> {
        let rule = self.status.ok.as_ref()?;
        Some(cited("status", "ok", (&rule.note, &rule.page)))
    }

    pub(crate) fn citing_status_message(&self) -> Option<Cited> {
        let rule = self.status.message.as_ref()?;
        Some(cited("status", "message", (&rule.note, &rule.page)))
    }
}

/// The rule for one of two names.
fn either<'a, R>(rules: &'a BTreeMap<String, R>, names: [&str; 2]) -> Option<(&'a str, &'a R)> {
    let found = names.into_iter().find_map(|name| rules.get_key_value(name));
    found.map(|(name, rule)| (name.as_str(), rule))
}

fn cited(table: &str, key: &str, (note, page): (&Option<String>, &Option<String>)) -> Cited {
    Cited {
        rule: format!("{table}.{key}"),
        note: note.clone(),
        page: page.clone(),
    }
}

impl AttributeRule {
    fn apply<'a>(&'a self, written: &'a Value, kind: Kind) -> (&'a str, Cow<'a, Value>) {
        let on_server = self.on_server.as_deref().filter(|_| kind == Kind::Server);
        let key = on_server.unwrap_or(&self.to);
        let value = match (self.convert, written) {
            (Some(Convert::Integer), Value::Text(digits)) => match digits.parse() {
                Ok(number) => Cow::Owned(Value::Integer(number)),
                Err(_) => Cow::Borrowed(written),
            },
            (Some(Convert::Text), Value::Integer(_) | Value::Bool(_) | Value::Double(_)) => {
                Cow::Owned(Value::Text(written.to_string()))
            }
            (Some(Convert::Host), Value::Text(address)) => {
                Cow::Owned(Value::Text(host(address).to_owned()))
            }
            // A rule for servers and others, of which only the server's name is that of a path.
            (Some(Convert::Path), Value::Text(url)) if key.ends_with(".path") => {
                Cow::Owned(Value::Text(path(url).to_owned()))
            }
            (_, Value::Text(word)) => match self.values.get(word) {
                Some(today) => Cow::Owned(Value::Text(today.clone())),
                None => Cow::Borrowed(written),
            },
            _ => Cow::Borrowed(written),
        };
        (key, value)
    }
}

/// Of `host:port`, `[v6]:port` or a URL, the host.
fn host(address: &str) -> &str {
    let address = address.split_once("//").map_or(address, |(_, rest)| rest);
    let address = address.split(['/', '?']).next().unwrap_or(address);
    if let Some(rest) = address.strip_prefix('[') {
        return rest.split_once(']').map_or(rest, |(host, _)| host);
    }
    match address.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') && port.bytes().all(|b| b.is_ascii_digit()) => {
            host
        }
        _ => address,
    }
}

/// Of a URL or of a request's target, the path.
fn path(url: &str) -> &str {
    let target = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => url,
    };
    target.split(['?', '#']).next().unwrap_or(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name and value under the built-in rules, the value with its type.
    fn newest(key: &str, value: &Value, kind: Kind) -> (String, String) {
        let rules = Rules::builtin();
        let attribute = rules.attribute(key, value, kind, Status::Unset);
        let value = match attribute.comparable {
            Comparable::Text(text) => format!("{text:?}"),
            Comparable::Value(value) => value.to_string(),
            Comparable::Type(name) => name.to_owned(),
        };
        (attribute.key.to_owned(), value)
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn old_names_and_types_become_todays() {
        use Kind::{Client, Server};
        let cases = [
            (
                "http.status_code",
                "202",
                Client,
                "http.response.status_code",
                "202",
            ),
            (
                "http.status_code",
                "none",
                Client,
                "http.response.status_code",
                "\"none\"",
            ),
            (
                "http.url",
                "http://a/b?c",
                Client,
                "url.full",
                "\"http://a/b?c\"",
            ),
            ("http.url", "http://a/b?c", Server, "url.path", "\"/b\""),
            ("http.url", "http://a", Server, "url.path", "\"/\""),
            (
                "peer.address",
                "db.local:5432",
                Client,
                "server.address",
                "\"db.local\"",
            ),
            (
                "peer.address",
                "[::1]:5432",
                Server,
                "client.address",
                "\"::1\"",
            ),
            ("peer.port", "80", Client, "server.port", "int"),
            (
                "db.type",
                "postgres",
                Client,
                "db.system.name",
                "\"postgresql\"",
            ),
            ("db.type", "redis", Client, "db.system.name", "\"redis\""),
            ("login.channel", "web", Client, "login.channel", "\"web\""),
        ];

        for (key, value, kind, new_key, new_value) in cases {
            let expected = (new_key.to_owned(), new_value.to_owned());
            assert_eq!(newest(key, &text(value), kind), expected);
        }
    }
}
