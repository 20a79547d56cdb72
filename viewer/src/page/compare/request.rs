//! What a comparison is asked for by.

use opentelemetry::trace::TraceId;

use super::kinds::{Kind, Kinds};
use crate::model::parse_trace_id;

/// How many traces one side may have. The address of as many against as many, and of the links to its other lines, is not
/// longer than what a server of HTTP takes: 64 KiB.
const MOST: usize = 500;

/// The traces of both sides, and what of them is shown.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) left: Vec<TraceId>,
    pub(super) right: Vec<TraceId>,
    pub(super) kinds: Kinds,
    /// The first line that is shown.
    pub(super) from: usize,
}

/// Why a request is not shown as it is.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Wrong {
    /// Not an id.
    #[error(
        "A trace id is 1 to 32 hexadecimal digits; several have commas between them. This is none: {0}"
    )]
    Id(String),
    /// One or many were ticked on the list.
    #[error(
        "Tick two traces to compare them; it was {0}. For more on a side, write their ids with commas between them: \
             ?left=…,…&right=…,…"
    )]
    Ticks(usize),
    /// More than are compared at once.
    #[error("At most {MOST} traces are compared with as many.")]
    TooMany,
    /// Two were ticked; they are compared there.
    #[error("Two traces were ticked.")]
    Ticked(String),
}

impl Request {
    /// Of the pairs of a query. Those that have no meaning here are passed over.
    pub(super) fn new(pairs: Vec<(String, String)>) -> Result<Self, Wrong> {
        let mut request = Self::default();
        let mut ticked = Vec::new();
        let mut kinds = Vec::new();
        for (key, value) in pairs {
            match key.as_str() {
                "left" => ids(&value, &mut request.left)?,
                "right" => ids(&value, &mut request.right)?,
                "trace" => ids(&value, &mut ticked)?,
                "kind" => kinds.extend(Kind::from_word(&value)),
                "from" => request.from = value.parse().unwrap_or(0),
                _ => {}
            }
        }
        request.kinds = Kinds::of(&kinds);
        match ticked[..] {
            [] => Ok(request),
            // The list has the newest first: what came earlier is the left.
            [newer, older] => Err(Wrong::Ticked(Self::between(older, newer))),
            _ => Err(Wrong::Ticks(ticked.len())),
        }
    }

    /// Where these two are compared.
    pub(super) fn between(left: TraceId, right: TraceId) -> String {
        format!("/compare?left={left}&right={right}")
    }

    /// The same, from another line on.
    pub(super) fn link(&self, from: usize) -> String {
        let kinds = self.kinds.chosen().into_iter().flatten();
        let kinds: String = kinds
            .map(|kind| format!("&kind={}", kind.word_in_links()))
            .collect();
        let (left, right) = (joined(&self.left), joined(&self.right));
        format!("/compare?left={left}&right={right}{kinds}&from={from}")
    }

    /// The sides the other way round.
    pub(super) fn swapped(&self) -> String {
        format!(
            "/compare?left={}&right={}",
            joined(&self.right),
            joined(&self.left)
        )
    }
}

/// As they are written in links and forms.
pub(super) fn joined(ids: &[TraceId]) -> String {
    let ids: Vec<String> = ids.iter().map(TraceId::to_string).collect();
    ids.join(",")
}

/// Adds the ids of a text, each once.
fn ids(text: &str, ids: &mut Vec<TraceId>) -> Result<(), Wrong> {
    for id in text.split(',').map(str::trim).filter(|id| !id.is_empty()) {
        let id = parse_trace_id(id).ok_or_else(|| Wrong::Id(id.to_owned()))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
        if ids.len() > MOST {
            return Err(Wrong::TooMany);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(query: &[(&str, &str)]) -> Result<Request, Wrong> {
        let pairs = query.iter();
        Request::new(
            pairs
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn each_side_has_the_ids_that_were_written_for_it() {
        let request = request(&[
            ("left", "1, 2,1"),
            ("right", "a"),
            ("kind", "lost"),
            ("from", "x"),
        ]);

        let request = request.expect("ids");
        assert_eq!(request.left, [TraceId::from(1), TraceId::from(2)]);
        assert_eq!(request.right, [TraceId::from(10)]);
        let (one, two, ten) = (TraceId::from(1), TraceId::from(2), TraceId::from(10));
        assert_eq!(
            request.link(250),
            format!("/compare?left={one},{two}&right={ten}&kind=lost&from=250")
        );
        assert_eq!(
            request.swapped(),
            format!("/compare?left={ten}&right={one},{two}")
        );
    }

    #[test]
    fn of_two_ticked_traces_the_one_further_down_the_list_is_the_left() {
        let wrong = request(&[("trace", "2"), ("trace", "1")]).expect_err("it is elsewhere");

        let link = Request::between(TraceId::from(1), TraceId::from(2));
        assert_eq!(wrong, Wrong::Ticked(link));
    }

    #[test]
    fn what_cannot_be_compared_is_refused_with_the_reason() {
        let wrong = |query| request(query).expect_err("no request");

        assert_eq!(wrong(&[("left", "1,<b>")]), Wrong::Id("<b>".to_owned()));
        assert_eq!(wrong(&[("trace", "1")]), Wrong::Ticks(1));
        assert_eq!(wrong(&[("trace", "1,2,3")]), Wrong::Ticks(3));
        let many: Vec<String> = (1..=MOST + 1).map(|id| format!("{id:x}")).collect();
        assert_eq!(wrong(&[("left", &many.join(","))]), Wrong::TooMany);
    }
}
