//! A service in one stage.

use crate::flow::Flow;
use crate::sources::FOLDER;
use crate::{Error, Stage, sameness};

/// One service in one stage, ready to stand beside others.
#[derive(Debug, Clone)]
pub struct Column {
    /// The stage.
    pub stage: String,
    /// Its file, from the root of the workspace.
    pub file: String,
    /// The stage that this one has the file from, if it has none of its own.
    pub lender: Option<String>,
    /// The file's text.
    pub source: String,
    /// That text as tokens.
    pub flow: Flow,
    /// How many tokens the file has.
    pub tokens: usize,
    /// How many of them bare does not have.
    pub tokens_added: usize,
    /// The file's lines of code.
    pub lines: usize,
    /// The lines of the manifest that name dependencies.
    pub manifest: Vec<String>,
}

/// A service in each of these stages, the first of which is bare.
///
/// # Errors
///
/// When a file is missing, or a stage does more than add.
pub fn columns(stages: &[Stage<'_>], service: &str) -> Result<Vec<Column>, Error> {
    let bare = stages.first().ok_or(Error::NoBare)?.flow(service)?;
    let columns = stages.iter().map(|stage| {
        let file = stage.file(service)?;
        let flow = stage.flow(service)?;
        let tokens_added =
            sameness::additions(&bare, &flow).map_err(|source| Error::Difference {
                stage: stage.name.to_owned(),
                service: service.to_owned(),
                source,
            })?;
        let owner = file.owner();
        Ok(Column {
            stage: stage.name.to_owned(),
            lender: (owner != stage.name).then(|| owner.to_owned()),
            file: format!("{FOLDER}/{}", file.path),
            source: file.text.to_owned(),
            tokens: flow.tokens.len(),
            tokens_added,
            flow,
            lines: stage.flow_lines(service)?,
            manifest: stage.dependencies()?,
        })
    });
    columns.collect()
}

impl Column {
    /// The same with its code laid out otherwise. What was counted stays.
    ///
    /// # Errors
    ///
    /// When the text is not Rust.
    pub fn laid_out(self, source: String) -> Result<Self, Error> {
        let flow = Flow::parse(&source).map_err(|source| Error::Syntax {
            path: self.file.clone(),
            source,
        })?;
        Ok(Self {
            source,
            flow,
            ..self
        })
    }
}
