//! Rules: which differences are what the migration is about.
//!
//! - `file`: the TOML form, which the built-in rules have as well;
//! - `builtin.toml`: the built-in ones, as data;
//! - `apply`: what an attribute or an event is called and worth under the rules;
//! - `mask`: ids, times and ports within texts;
//! - `table`: the rules as a table for people.

mod apply;
mod file;
mod mask;
mod table;

pub(crate) use apply::{Attribute, Cited, Comparable, EventName};
pub(crate) use file::BaggageRule;
pub use file::RulesError;
pub(crate) use mask::{holds_an_id, mask};

use std::collections::BTreeMap;

use file::{AttributeRule, EventRule, ImpliedRule, NameRule, Note, References, Statuses};
use serde::Deserialize;

/// What the built-in rules are made from; a file of one's own looks the same.
pub const BUILTIN: &str = include_str!("builtin.toml");

/// Which differences are explained, and how. A difference that no rule explains makes two captures different.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    #[serde(rename = "attribute")]
    attributes: BTreeMap<String, AttributeRule>,
    dropped: BTreeMap<String, Note>,
    implied: BTreeMap<String, ImpliedRule>,
    volatile: BTreeMap<String, Note>,
    #[serde(rename = "event")]
    events: BTreeMap<String, EventRule>,
    reference: References,
    status: Statuses,
    #[serde(rename = "name")]
    names: BTreeMap<String, NameRule>,
    #[serde(rename = "service")]
    services: BTreeMap<String, NameRule>,
    baggage: BTreeMap<String, BaggageRule>,
}

impl Rules {
    /// No rules: only ids, times and ports are passed over.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The shim's mapping, and from OpenTracing's tags to today's semantic conventions.
    #[must_use]
    pub fn builtin() -> Self {
        Self::none()
            .with("builtin.toml", BUILTIN)
            .expect("a test reads the built-in rules")
    }

    /// Adds rules from the text of a TOML file; `source` names it in errors. What they say of a name replaces what was said
    /// of it before.
    ///
    /// # Errors
    /// The text is no TOML, or has a key that no rule has. The error says where.
    pub fn with(mut self, source: &str, text: &str) -> Result<Self, RulesError> {
        let added: Self = file::parse(source, text)?;
        let of_attributes = added
            .attributes
            .keys()
            .chain(added.dropped.keys())
            .chain(added.implied.keys())
            .chain(added.volatile.keys());
        for key in of_attributes {
            self.attributes.remove(key);
            self.dropped.remove(key);
            self.implied.remove(key);
            self.volatile.remove(key);
        }
        self.attributes.extend(added.attributes);
        self.dropped.extend(added.dropped);
        self.implied.extend(added.implied);
        self.volatile.extend(added.volatile);
        self.events.extend(added.events);
        self.names.extend(added.names);
        self.services.extend(added.services);
        self.baggage.extend(added.baggage);
        self.reference.follows_from = added.reference.follows_from.or(self.reference.follows_from);
        self.status.ok = added.status.ok.or(self.status.ok);
        self.status.message = added.status.message.or(self.status.message);
        Ok(self)
    }
}
