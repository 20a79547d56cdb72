//! The table and the verdict.

use std::time::Duration;

use launcher::Stage;

use super::judge::{Judged, Judgement};
use super::load::Login;
use super::{BEFORE, Phase};

/// How many examples of what is wrong are shown.
const EXAMPLES: usize = 5;

/// What came of a drill.
#[derive(Debug)]
pub(super) struct Report {
    /// The stage of auth before and after.
    stage: Stage,
    rows: Vec<Row>,
    /// All that speaks against the drill, in sentences.
    wrong: Vec<String>,
    /// What went wrong, by example.
    examples: Vec<String>,
}

/// What happened in one phase. A login may begin in one and fail in the next.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) phase: Phase,
    /// How many began.
    pub(super) logins: usize,
    pub(super) failed: usize,
    pub(super) traces: usize,
    pub(super) split: usize,
    /// How many traces have an auth in the stage that it had first, and in the one that it went back to.
    pub(super) served: [usize; 2],
    pub(super) longest: Duration,
}

// === impl Report ===

impl Report {
    /// Counts.
    pub(super) fn new(stage: Stage, logins: &[Login], judged: &Judged, lost: u64) -> Self {
        let rows: Vec<Row> = Phase::ALL
            .into_iter()
            .map(|phase| Row::new(phase, stage, logins, &judged.requests))
            .collect();
        let sum = |of: fn(&Row) -> usize| rows.iter().map(of).sum::<usize>();
        let failures = || logins.iter().filter_map(|login| login.failure.as_ref());
        let unlike = judged
            .requests
            .iter()
            .filter(|request| !request.split && !request.wrong.is_empty())
            .count();

        let mut wrong = Vec::new();
        let mut against = |count: usize, what: &str| {
            if count > 0 {
                wrong.push(format!("{count} {what}"));
            }
        };
        against(failures().count(), "logins failed");
        against(sum(|row| row.split), "traces were split");
        against(
            judged.pieces,
            "traces began within the system, which are parts of others",
        );
        against(unlike, "traces were whole, and not what they should be");
        if lost > 0 {
            wrong.push(format!("{lost} spans were lost on their way"));
        }
        for (place, stage) in [stage, BEFORE].into_iter().enumerate() {
            if rows.iter().all(|row| row.served[place] == 0) {
                wrong.push(format!("no request was served by an auth in stage {stage}"));
            }
        }

        let sentences = judged.requests.iter().flat_map(|request| &request.wrong);
        let reasons = failures().map(|failure| &failure.reason);
        let examples = reasons.take(EXAMPLES).chain(sentences.take(EXAMPLES));
        let examples = examples.cloned().collect();
        Self {
            stage,
            rows,
            wrong,
            examples,
        }
    }

    /// Whether nobody could have noticed the moves.
    #[must_use]
    pub(super) fn holds(&self) -> bool {
        self.wrong.is_empty()
    }

    /// What happened in a phase.
    #[cfg(test)]
    pub(super) fn row(&self, phase: Phase) -> &Row {
        let mut rows = self.rows.iter();
        rows.find(|row| row.phase == phase)
            .expect("every phase has a row")
    }

    /// The table, the verdict, and examples of what speaks against it.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{:<18}{:>8}{:>8}{:>8}{:>8}{:>18}{:>18}{:>14}",
            "auth",
            "logins",
            "failed",
            "traces",
            "split",
            format!("served by {}", self.stage),
            format!("by {BEFORE}"),
            "longest wait",
        )];
        lines.extend(self.rows.iter().map(|row| row.line(self.stage)));
        lines.push(String::new());
        if self.holds() {
            lines.push(
                "Verdict: as expected. No login failed, no trace was split, no span was lost."
                    .to_owned(),
            );
        } else {
            lines.push("Verdict: not what it should be.".to_owned());
            lines.extend(self.wrong.iter().map(|sentence| format!("  - {sentence}")));
            lines.push("For example:".to_owned());
            lines.extend(self.examples.iter().map(|example| format!("  - {example}")));
        }
        lines
    }
}

// === impl Row ===

impl Row {
    fn new(phase: Phase, stage: Stage, logins: &[Login], requests: &[Judgement]) -> Self {
        let failures = logins.iter().filter_map(|login| login.failure.as_ref());
        let failed = failures.filter(|failure| failure.phase == phase).count();
        let logins: Vec<&Login> = logins.iter().filter(|login| login.phase == phase).collect();
        let requests: Vec<&Judgement> = requests
            .iter()
            .filter(|request| request.phase == phase)
            .collect();
        let served = [stage, BEFORE].map(|stage| {
            let by = requests.iter().filter(|request| request.by == Some(stage));
            by.count()
        });
        Self {
            phase,
            logins: logins.len(),
            failed,
            traces: requests.len(),
            split: requests.iter().filter(|request| request.split).count(),
            served,
            longest: logins
                .iter()
                .map(|login| login.longest)
                .max()
                .unwrap_or_default(),
        }
    }

    fn line(&self, stage: Stage) -> String {
        format!(
            "{:<18}{:>8}{:>8}{:>8}{:>8}{:>18}{:>18}{:>14}",
            self.phase.title(stage),
            self.logins,
            self.failed,
            self.traces,
            self.split,
            self.served[0],
            self.served[1],
            format!("{:.1?}", self.longest),
        )
    }
}
