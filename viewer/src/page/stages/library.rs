//! The stages' source as it was when this was built, read once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use grid::flow::Flow;
use grid::side_by_side::{Line, columns, paint};
use grid::summary::{self, Row};
use grid::{Column, Error, SERVICES, Sources, stages};

/// All that a view shows of the stages.
#[derive(Debug)]
pub(super) struct Library {
    /// Each service in every stage, the first of which is bare.
    pub(super) services: Vec<(&'static str, Vec<Column>)>,
    /// What each stage adds, in numbers; bare is left out.
    pub(super) rows: Vec<Row>,
    /// The files of each stage that set tracing up, by their paths.
    pub(super) setup: BTreeMap<String, Vec<String>>,
    /// These files, in colours.
    pub(super) files: BTreeMap<String, Vec<Line>>,
}

static LIBRARY: LazyLock<Library> =
    LazyLock::new(|| Library::read().expect("the tests of this file read the same sources"));

/// The library. The first call takes a moment.
pub(super) fn library() -> &'static Library {
    &LIBRARY
}

impl Library {
    fn read() -> Result<Self, Error> {
        let sources = Sources::embedded();
        let stages = stages::all(&sources)?;
        let services = SERVICES.map(|service| Ok((service, columns(&stages, service)?)));
        let mut setup = BTreeMap::new();
        let mut files = BTreeMap::new();
        for stage in &stages {
            let mut paths = Vec::new();
            for file in stage.setup()? {
                paths.push(file.path.to_owned());
                if !files.contains_key(file.path) {
                    let flow = Flow::parse(file.text).map_err(|source| Error::Syntax {
                        path: file.path.to_owned(),
                        source,
                    })?;
                    let added = vec![false; flow.tokens.len()];
                    let lines = paint(file.text, &flow.tokens, &added);
                    files.insert(file.path.to_owned(), lines);
                }
            }
            // The one that begins it all, and then the others.
            paths.sort_by_key(|path| !path.ends_with("/telemetry.rs"));
            setup.insert(stage.name.to_owned(), paths);
        }
        Ok(Self {
            services: services.into_iter().collect::<Result<_, Error>>()?,
            rows: summary::rows(&sources)?,
            setup,
            files,
        })
    }

    /// The names of all stages, in reading order.
    pub(super) fn stages(&self) -> impl Iterator<Item = &str> {
        let columns = self.services.first().map(|(_, columns)| columns);
        columns
            .into_iter()
            .flatten()
            .map(|column| column.stage.as_str())
    }

    /// A service in every stage.
    pub(super) fn service(&self, service: &str) -> Option<&[Column]> {
        let mut services = self.services.iter();
        let found = services.find(|(name, _)| *name == service);
        found.map(|(_, columns)| columns.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_that_are_a_part_of_this_can_be_read() {
        let library = Library::read().expect("sources that were built with this");

        let stages: Vec<_> = library.stages().collect();
        assert_eq!(stages[0], grid::BARE);
        assert_eq!(stages.len(), library.rows.len() + 1);
        for (_, columns) in &library.services {
            assert_eq!(columns.len(), stages.len());
        }
        let of_dropin = &library.setup["dropin"];
        assert_eq!(of_dropin[0], "legacy/src/telemetry.rs");
        assert!(
            of_dropin
                .iter()
                .all(|path| library.files.contains_key(path))
        );
    }
}
