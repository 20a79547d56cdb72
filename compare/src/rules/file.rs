//! Rules as TOML. A key that no rule has is refused: a typing error would otherwise be a rule that never applies.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Rules;

/// A file of rules that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{place}:{line}:{column}: {message}")]
pub struct RulesError {
    place: String,
    line: usize,
    column: usize,
    message: String,
}

/// Why, and where the guide explains it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Note {
    pub(crate) note: Option<String>,
    pub(crate) page: Option<String>,
}

/// `[attribute."old"]`: an attribute has another name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AttributeRule {
    pub(super) to: String,
    /// In place of `to` where the span's kind is SERVER.
    pub(super) on_server: Option<String>,
    pub(super) convert: Option<Convert>,
    /// Values that have other words.
    #[serde(default)]
    pub(super) values: BTreeMap<String, String>,
    pub(super) note: Option<String>,
    pub(super) page: Option<String>,
}

/// What becomes of the value of an old name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Convert {
    /// A string of digits becomes an integer.
    Integer,
    /// A number or a boolean becomes a string.
    Text,
    /// Of `host:port`, the host.
    Host,
    /// Of a URL, the path.
    Path,
}

/// `[implied."new"]`: an attribute that nothing old stands for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ImpliedRule {
    pub(super) when: Option<When>,
    pub(super) note: Option<String>,
    pub(super) page: Option<String>,
}

/// On which spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum When {
    /// Those whose status is an error.
    Error,
}

/// `[event."old"]`: an event has another name, and so have its attributes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventRule {
    pub(super) to: String,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) note: Option<String>,
    pub(super) page: Option<String>,
}

/// `[reference]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct References {
    /// A parent that is followed from may be a parent like any other.
    pub(super) follows_from: Option<Note>,
}

/// `[status]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Statuses {
    /// `ok` and no status at all are the same.
    pub(super) ok: Option<Note>,
    /// An error may have a description or none.
    pub(super) message: Option<Note>,
}

/// `[name."old"]`, `[service."old"]`: spans or services have another name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NameRule {
    pub(super) to: String,
    pub(super) note: Option<String>,
    pub(super) page: Option<String>,
}

/// `[baggage."attribute"]`: a span shows as an attribute what came to it as baggage.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BaggageRule {
    /// The service of the span that has the attribute.
    pub(crate) service: String,
    /// Its name; any of the service's entry spans if there is none.
    pub(crate) name: Option<String>,
}

pub(super) fn parse(source: &str, text: &str) -> Result<Rules, RulesError> {
    toml::from_str(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start).min(text.len());
        let before = &text.as_bytes()[..offset];
        RulesError {
            place: source.to_owned(),
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            column: before
                .iter()
                .rev()
                .take_while(|byte| **byte != b'\n')
                .count()
                + 1,
            message: error.message().to_owned(),
        }
    })
}
