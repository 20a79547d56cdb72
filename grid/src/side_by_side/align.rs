//! Which token of a stage is which token of bare.
//!
//! That each is there is what [`sameness`](crate::sameness) asks, and it is content with the first one that fits. A reader
//! wants the one that was meant: where `let call = call.headers(…);` stands between two statements, the added tokens are that
//! statement and not the parts of three. So of all ways to find bare in a stage, this takes the one with the fewest runs
//! of added tokens, and among those the one whose runs begin where a person would begin to type.
//!
//! A comma before a closing bracket comes and goes with the length of a line. It is no difference: such commas are not
//! looked for, and each goes with the token before it.

use std::ops::Range;

use crate::flow::Token;

/// What a run of added tokens costs, by where it begins and whether it closes the brackets that it opens.
mod price {
    pub(super) const RUN: usize = 8;
    pub(super) const UNBALANCED: usize = 4;
    pub(super) const WITHIN_A_LINE: usize = 2;
    pub(super) const BEHIND_A_COMMA: usize = 1;
}

/// A stage's tokens, told apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Alignment {
    /// The place of each token of bare among the stage's; commas before a closing bracket are left out.
    pub anchors: Vec<usize>,
    /// Of each token of the stage, whether the stage added it.
    pub added: Vec<bool>,
}

/// Finds bare's tokens among a stage's; none when one of them is not there.
#[must_use]
pub fn align(bare: &[Token], stage: &[Token]) -> Option<Alignment> {
    let of = |tokens: &[Token]| {
        let meant = |at: &usize| !is_layout(tokens, *at);
        (0..tokens.len()).filter(meant).collect::<Vec<_>>()
    };
    let (in_bare, in_stage) = (of(bare), of(stage));
    let wanted = in_bare.iter().map(|at| &bare[*at]).collect::<Vec<_>>();
    let there = in_stage.iter().map(|at| &stage[*at]).collect::<Vec<_>>();
    let anchors = anchors(&wanted, &there)?;
    let anchors = anchors.iter().map(|at| in_stage[*at]).collect::<Vec<_>>();

    let mut added = vec![true; stage.len()];
    for anchor in &anchors {
        added[*anchor] = false;
    }
    for at in (1..stage.len()).filter(|at| is_layout(stage, *at)) {
        added[at] = added[at - 1];
    }
    Some(Alignment { anchors, added })
}

fn is_layout(tokens: &[Token], at: usize) -> bool {
    let text = |at: usize| tokens.get(at).map(|token| token.text.as_str());
    text(at) == Some(",") && matches!(text(at + 1), Some(")" | "]" | "}"))
}

fn anchors(bare: &[&Token], stage: &[&Token]) -> Option<Vec<usize>> {
    let depths = depths(stage);
    let price = |run: Range<usize>| price(stage, &depths, run);
    let places = bare
        .iter()
        .map(|token| {
            let fits = |place: &usize| stage[*place].text == token.text;
            (0..stage.len()).filter(fits).collect::<Vec<_>>()
        })
        .collect::<Vec<_>>();

    // From the back: for each place of a token, what the rest costs at least, and where the next token is then.
    let last = places.last().map_or(&[][..], Vec::as_slice);
    let mut rests = last
        .iter()
        .map(|place| (price(place + 1..stage.len()), None))
        .collect::<Vec<_>>();
    let mut table = Vec::new();
    for pair in places.windows(2).rev() {
        let here = pair[0].iter().map(|place| {
            let next = pair[1].iter().zip(&rests).enumerate();
            next.filter(|(_, (next, _))| *next > place)
                .map(|(at, (next, rest))| {
                    (price(place + 1..*next).saturating_add(rest.0), Some(at))
                })
                .min_by_key(|(cost, _)| *cost)
                .unwrap_or((usize::MAX, None))
        });
        let here = here.collect();
        table.push(std::mem::replace(&mut rests, here));
    }
    if bare.is_empty() {
        return Some(Vec::new());
    }

    let total = |at: &usize| price(0..places[0][*at]).saturating_add(rests[*at].0);
    let mut at = (0..rests.len()).min_by_key(total)?;
    if total(&at) == usize::MAX {
        return None;
    }
    let mut anchors = Vec::with_capacity(bare.len());
    for places in &places {
        anchors.push(places[at]);
        if let (_, Some(next)) = rests[at] {
            at = next;
            rests = table.pop()?;
        }
    }
    Some(anchors)
}

fn price(stage: &[&Token], depths: &[usize], run: Range<usize>) -> usize {
    if run.is_empty() {
        return 0;
    }
    let first = stage[run.start];
    let before = run.start.checked_sub(1).map(|before| stage[before]);
    let start = match before {
        None => 0,
        Some(before) if before.end.line < first.start.line => 0,
        Some(before) if matches!(before.text.as_str(), "," | "(" | "[" | "{") => {
            price::BEHIND_A_COMMA
        }
        Some(_) if first.text == "." => price::BEHIND_A_COMMA,
        Some(_) => price::WITHIN_A_LINE,
    };
    let balance = if depths[run.start] == depths[run.end] {
        0
    } else {
        price::UNBALANCED
    };
    price::RUN + start + balance
}

/// How many brackets are open before each token, and behind the last.
fn depths(tokens: &[&Token]) -> Vec<usize> {
    let mut depths = vec![0_usize];
    let mut depth = 0_usize;
    for token in tokens {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depths.push(depth);
    }
    depths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Flow;

    /// The stage's tokens, those that are not bare's in brackets.
    fn added(bare: &str, stage: &str) -> Option<String> {
        let tokens = |source| Flow::parse(source).expect("valid Rust").tokens;
        let (bare, stage) = (tokens(bare), tokens(stage));
        let Alignment { anchors, added } = align(&bare, &stage)?;
        let texts = |token: &Token| token.text.clone();
        let found = anchors.iter().map(|at| texts(&stage[*at]));
        let sought = (0..bare.len()).filter(|at| !is_layout(&bare, *at));
        assert!(found.eq(sought.map(|at| texts(&bare[at]))), "{anchors:?}");
        let shown = stage.iter().zip(added).map(|(token, added)| {
            let text = &token.text;
            if added {
                format!("[{text}]")
            } else {
                text.clone()
            }
        });
        Some(shown.collect::<Vec<_>>().join(" ").replace("] [", " "))
    }

    #[test]
    fn an_added_statement_is_one_run() {
        let bare = "fn f() {\n let call = a(b);\n let sent = c();\n}";
        let stage = "fn f() {\n let call = a(b);\n let call = call.d(b);\n let sent = c();\n}";

        assert_eq!(
            added(bare, stage).as_deref(),
            Some(
                "fn f ( ) { let call = a ( b ) ; [let call = call . d ( b ) ;] let sent = c ( ) ; }"
            )
        );
    }

    #[test]
    fn an_added_argument_takes_the_comma_behind_it() {
        assert_eq!(
            added("fn f() { g(&a, &b) }", "fn f() { g(&a, &c, &b) }").as_deref(),
            Some("fn f ( ) { g ( & a , [& c ,] & b ) }")
        );
    }

    #[test]
    fn an_added_call_begins_at_its_dot() {
        assert_eq!(
            added(
                "fn f() { g.send().await?; }",
                "fn f() { g.send().on(h()).await.end(i)?; }"
            )
            .as_deref(),
            Some("fn f ( ) { g . send ( ) [. on ( h ( ) )] . await [. end ( i )] ? ; }")
        );
    }

    #[test]
    fn a_comma_that_a_line_break_brings_or_takes_is_no_difference() {
        assert_eq!(
            added("fn f(a: A) {}", "fn f(\n a: A,\n) {}").as_deref(),
            Some("fn f ( a : A , ) { }")
        );
        assert_eq!(
            added("fn f(\n a: A,\n) {}", "fn f(a: A, b: B) {}").as_deref(),
            Some("fn f ( a : A [, b : B] ) { }")
        );
        assert_eq!(
            added("fn f(a: A) {}", "fn f(\n a: A,\n b: B,\n) {}").as_deref(),
            Some("fn f ( a : A [, b : B ,] ) { }")
        );
    }

    #[test]
    fn nothing_is_an_anchor_where_a_token_is_missing_or_moved() {
        assert_eq!(added("fn f() { a; b }", "fn f() { b; a }"), None);
        assert_eq!(added("fn f() { a }", "fn f() {}"), None);
    }

    #[test]
    fn an_empty_text_is_in_every_other() {
        assert_eq!(added("", "fn f() {}").as_deref(), Some("[fn f ( ) { }]"));
        assert_eq!(added("fn f() {}", ""), None);
    }
}
