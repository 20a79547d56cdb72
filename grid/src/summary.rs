//! What each stage adds to the uninstrumented text, in numbers.

use crate::stages::{self, SERVICES, Stage};
use crate::{Error, Sources, sameness};

/// One stage in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The stage.
    pub stage: String,
    /// Lines of the manifest that bare does not have.
    pub dependencies_added: usize,
    /// Lines of bare's manifest that are gone.
    pub dependencies_removed: usize,
    /// Lines of code that set tracing up.
    pub setup_lines: usize,
    /// Lines of code added to the three flows.
    pub flow_lines: usize,
    /// Tokens added to the flow of each service, in the order of [`SERVICES`].
    pub tokens: [usize; SERVICES.len()],
}

/// Measures all stages against bare, which is left out.
///
/// # Errors
///
/// When a file is missing, or a stage does more than add.
pub fn rows(sources: &Sources) -> Result<Vec<Row>, Error> {
    let stages = stages::all(sources)?;
    let (bare, others) = stages.split_first().ok_or(Error::NoBare)?;
    others.iter().map(|stage| row(bare, stage)).collect()
}

fn row(bare: &Stage<'_>, stage: &Stage<'_>) -> Result<Row, Error> {
    let mut tokens = [0; SERVICES.len()];
    let mut flow_lines = 0;
    for (count, service) in tokens.iter_mut().zip(SERVICES) {
        *count =
            sameness::additions(&bare.flow(service)?, &stage.flow(service)?).map_err(|source| {
                Error::Difference {
                    stage: stage.name.to_owned(),
                    service: service.to_owned(),
                    source,
                }
            })?;
        flow_lines += stage
            .flow_lines(service)?
            .saturating_sub(bare.flow_lines(service)?);
    }
    let (before, after) = (bare.dependencies()?, stage.dependencies()?);
    let missing = |lines: &[String], other: &[String]| {
        lines.iter().filter(|line| !other.contains(line)).count()
    };
    Ok(Row {
        stage: stage.name.to_owned(),
        dependencies_added: missing(&after, &before),
        dependencies_removed: missing(&before, &after),
        setup_lines: stage.setup_lines()?,
        flow_lines,
        tokens,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_but_bare_is_a_row_and_adds_something() {
        let rows = rows(&Sources::embedded()).expect("every stage only adds");

        let stages = rows.iter().map(|row| row.stage.as_str());
        assert!(stages.eq(["legacy", "dropin", "shim", "mixed", "native"]));
        for row in rows {
            assert!(row.tokens.iter().all(|tokens| *tokens > 0), "{row:?}");
            assert!(row.dependencies_added > row.dependencies_removed, "{row:?}");
        }
    }
}
