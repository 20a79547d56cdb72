//! The fields of a request body, read one by one so that a refusal can name the field.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::Problem;

/// A type that is read from the fields of a JSON object.
///
/// Derived deserialisation knows the offending field only as a part of its message; here it is data.
pub trait FromFields: Sized {
    /// Takes the fields that this type needs.
    ///
    /// # Errors
    ///
    /// The [`Problem`] that names the first field which is missing or malformed.
    fn from_fields(fields: &mut Fields) -> Result<Self, Problem>;
}

/// The members of one JSON object.
///
/// Unknown members are ignored, so that a newer client can talk to an older service. A member that is asked for and
/// occurs twice is refused: parsers differ in which of the two they believe.
pub struct Fields {
    members: BTreeMap<String, Value>,
    repeated: BTreeSet<String>,
}

impl Fields {
    /// Reads an object.
    ///
    /// # Errors
    ///
    /// A 400 for text that is not JSON, a 422 for JSON that is not an object.
    pub fn parse(json: &[u8]) -> Result<Self, Problem> {
        serde_json::from_slice(json).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => Problem::not_an_object(),
            _ => Problem::not_json(),
        })
    }

    /// Takes the text of a field.
    ///
    /// # Errors
    ///
    /// A 422 that names the field, if it is missing, repeated or not a string.
    pub fn text(&mut self, name: &'static str) -> Result<String, Problem> {
        if self.repeated.contains(name) {
            return Err(Problem::repeated_field(name));
        }
        match self.members.remove(name) {
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(Problem::field(name, "must be a string")),
            None => Err(Problem::field(name, "is missing")),
        }
    }
}

impl fmt::Debug for Fields {
    /// Shows the names only: the values are phone numbers and codes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.members.keys()).finish()
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Fields;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Fields {
                    members: BTreeMap::new(),
                    repeated: BTreeSet::new(),
                };
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if fields.members.insert(name.clone(), value).is_some() {
                        fields.repeated.insert(name);
                    }
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(json: &str) -> (u16, String) {
        let problem = Fields::parse(json.as_bytes())
            .and_then(|mut fields| fields.text("phone"))
            .unwrap_err();
        (problem.status().as_u16(), problem.detail().to_owned())
    }

    #[test]
    fn a_refusal_names_the_field() {
        for json in [
            "{}",
            r#"{"phone":1}"#,
            r#"{"phone":null}"#,
            r#"{"phone":["+1"]}"#,
            r#"{"phone":"1","phone":"1"}"#,
            r#"{"phone":"1","\u0070hone":"1"}"#,
        ] {
            let (status, detail) = detail(json);
            assert_eq!(status, 422, "{json}");
            assert!(detail.contains("`phone`"), "{json}: {detail}");
        }
    }

    #[test]
    fn what_is_not_json_is_told_apart_from_what_is_not_an_object() {
        for json in [
            "",
            "{",
            "phone",
            r#"{"phone":"+1""#,
            "{}{}",
            &"[".repeat(2000),
        ] {
            let (status, _) = detail(json);
            assert!(
                status == 400 || (status == 422 && json.starts_with('[')),
                "{json}: {status}"
            );
        }
        for json in ["[]", "null", "1", r#""phone""#] {
            assert_eq!(detail(json).0, 422, "{json}");
        }
    }

    #[test]
    fn unknown_members_are_ignored() {
        let json = br#"{"later":1,"phone":"1","later":{"phone":2}}"#;

        let mut fields = Fields::parse(json).unwrap();

        assert_eq!(fields.text("phone").unwrap(), "1");
    }

    #[test]
    fn deep_nesting_is_refused_not_followed() {
        let json = format!("{{\"phone\":{}", "[".repeat(4000));

        assert_eq!(detail(&json).0, 400);
    }
}
