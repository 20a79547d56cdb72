//! The list of requirements.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

/// The list as its file holds it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The titles of the sections, by letter.
    pub sections: BTreeMap<char, String>,
    /// The requirements in their order.
    #[serde(rename = "requirement")]
    pub requirements: Vec<Requirement>,
}

/// One requirement.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// The letter of the section and a number.
    pub id: String,
    /// How binding it is.
    pub level: String,
    /// What is required.
    pub text: String,
    /// Where this project does otherwise than the reference, and why.
    pub differs: Option<String>,
}

impl Requirement {
    /// The letter of the section.
    #[must_use]
    pub fn section(&self) -> Option<char> {
        self.id.chars().next()
    }
}

impl List {
    /// Reads a list.
    ///
    /// # Errors
    ///
    /// When it is no such list, or an id is not the next one of its section.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let list: Self = toml::from_str(text)?;
        let mut numbers = BTreeMap::new();
        for requirement in &list.requirements {
            let id = &requirement.id;
            let section = requirement.section().context("an id is empty")?;
            ensure!(
                list.sections.contains_key(&section),
                "{id} is of no section"
            );
            let number = numbers.entry(section).or_insert(0);
            *number += 1;
            ensure!(
                *id == format!("{section}{number}"),
                "{id} stands where {section}{number} should be"
            );
        }
        Ok(list)
    }

    /// Whether there is a requirement of this id.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.requirements
            .iter()
            .any(|requirement| requirement.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(ids: &[&str]) -> anyhow::Result<List> {
        let requirements = ids.iter().map(|id| {
            format!("[[requirement]]\nid = {id:?}\nlevel = \"MUST\"\ntext = \"Text.\"\n")
        });
        let requirements = requirements.collect::<String>();
        List::parse(&format!("[sections]\nA = \"General\"\n{requirements}"))
    }

    #[test]
    fn ids_are_counted_through() {
        assert!(list(&["A1", "A2"]).is_ok());
        for ids in [&["A1", "A3"][..], &["A2"], &["A1", "A1"], &["B1"], &[""]] {
            assert!(list(ids).is_err(), "{ids:?}");
        }
    }

    #[test]
    fn the_list_of_the_project_is_whole() {
        let text = include_str!("../../../conformance/requirements.toml");

        let list = List::parse(text).expect("a valid list");

        assert_eq!(list.requirements.len(), 116);
        assert_eq!(list.sections.len(), 8);
    }
}
