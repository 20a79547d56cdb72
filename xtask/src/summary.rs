//! What each stage adds to the uninstrumented text, in numbers.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;

use crate::sameness;
use crate::stages::{self, BARE, SERVICES, Stage};

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
pub fn rows(root: &Path) -> anyhow::Result<Vec<Row>> {
    let stages = stages::all(root)?;
    let (bare, others) = stages.split_first().context("there are no stages")?;
    anyhow::ensure!(bare.name == BARE, "the stage {BARE} is missing");
    others.iter().map(|stage| row(bare, stage)).collect()
}

fn row(bare: &Stage, stage: &Stage) -> anyhow::Result<Row> {
    let mut tokens = [0; SERVICES.len()];
    let mut flow_lines = 0;
    for (count, service) in tokens.iter_mut().zip(SERVICES) {
        *count = sameness::additions(&bare.flow(service)?, &stage.flow(service)?)
            .with_context(|| format!("stage {}, {service}", stage.name))?;
        flow_lines += stage
            .flow_lines(service)?
            .saturating_sub(bare.flow_lines(service)?);
    }
    let (before, after) = (bare.dependencies()?, stage.dependencies()?);
    let missing = |lines: &[String], other: &[String]| {
        lines.iter().filter(|line| !other.contains(line)).count()
    };
    Ok(Row {
        stage: stage.name.clone(),
        dependencies_added: missing(&after, &before),
        dependencies_removed: missing(&before, &after),
        setup_lines: stage.setup_lines()?,
        flow_lines,
        tokens,
    })
}

/// The rows as a table in Markdown.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut table = String::from(
        "| Stage | Manifest lines | Lines of set-up | Flow lines added | Tokens added: api | auth | sms | Business tokens changed |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for row in rows {
        let Row {
            stage,
            dependencies_added,
            dependencies_removed,
            setup_lines,
            flow_lines,
            tokens: [api, auth, sms],
        } = row;
        // The last number is what `sameness` proves: a row with any other would not have come about.
        writeln!(
            table,
            "| [{stage}](stages/{stage}) | +{dependencies_added} −{dependencies_removed} | {setup_lines} | {flow_lines} | {api} | {auth} | {sms} | 0 |"
        )
        .expect("writing to a string succeeds");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_a_row() {
        let row = Row {
            stage: "shim".to_owned(),
            dependencies_added: 4,
            dependencies_removed: 0,
            setup_lines: 120,
            flow_lines: 60,
            tokens: [100, 200, 50],
        };

        let table = table(&[row]);

        let last = table.lines().last().expect("a row");
        assert_eq!(
            last,
            "| [shim](stages/shim) | +4 −0 | 120 | 60 | 100 | 200 | 50 | 0 |"
        );
        let bars = |line: &str| line.matches('|').count();
        assert!(
            table.lines().all(|line| bars(line) == bars(last)),
            "{table}"
        );
    }
}
