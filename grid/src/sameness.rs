//! Instrumentation only adds: the text without it must still be there, token by token.

use crate::flow::{Flow, Token};

/// How a stage's flow differs from the uninstrumented one other than by additions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// A function is missing or stands before one that it should follow.
    #[error("function `{name}` is missing, or not where bare has it")]
    Function {
        /// The function of the bare flow.
        name: String,
    },
    /// A token is missing, or another stands in its place.
    #[error("in {place}, {token} of bare is missing after `{after}`")]
    Token {
        /// The function, or the file.
        place: String,
        /// The first token that is not there.
        token: String,
        /// The tokens before it, which are there.
        after: String,
    },
    /// Business is called more or less often.
    #[error("bare calls `{call}` {bare} times, this stage {here} times")]
    Calls {
        /// What is called.
        call: String,
        /// How often bare does.
        bare: usize,
        /// How often this stage does.
        here: usize,
    },
}

/// Compares a stage's flow with the uninstrumented one and counts the tokens that it adds.
///
/// Three things are asked: each function of bare is there, in the same order, with its tokens in order; so are the tokens of
/// the whole file; and business is called as often. The first makes a message point at the right line, and keeps a
/// token from being found in another function.
///
/// # Errors
///
/// The first difference that is not an addition.
pub fn additions(bare: &Flow, stage: &Flow) -> Result<usize, Difference> {
    let mut functions = stage.functions.iter();
    for expected in &bare.functions {
        let found = functions
            .find(|function| function.name == expected.name)
            .ok_or_else(|| Difference::Function {
                name: expected.name.clone(),
            })?;
        let place = format!("function `{}`", expected.name);
        in_order(&place, &expected.tokens, &found.tokens)?;
    }
    in_order("the file", &bare.tokens, &stage.tokens)?;
    same_calls(&bare.app_calls(), &stage.app_calls())?;
    Ok(stage.tokens.len() - bare.tokens.len())
}

fn in_order(place: &str, expected: &[Token], found: &[Token]) -> Result<(), Difference> {
    let mut found = found.iter();
    let missing = expected
        .iter()
        .position(|expected| !found.any(|token| token.text == expected.text));
    let Some(missing) = missing else {
        return Ok(());
    };
    let before = &expected[missing.saturating_sub(6)..missing];
    let before = before.iter().map(|token| token.text.as_str());
    Err(Difference::Token {
        place: place.to_owned(),
        token: expected[missing].to_string(),
        after: before.collect::<Vec<_>>().join(" "),
    })
}

fn same_calls(bare: &[String], stage: &[String]) -> Result<(), Difference> {
    let count = |calls: &[String], name: &String| calls.iter().filter(|call| *call == name).count();
    for call in bare.iter().chain(stage) {
        let (in_bare, here) = (count(bare, call), count(stage, call));
        if in_bare != here {
            return Err(Difference::Calls {
                call: call.clone(),
                bare: in_bare,
                here,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = "
        async fn issue_code(app: &App, phone: &Phone) -> Result<CodeSent, Error> {
            let call = app.auth.issue_code(phone);
            let sent = call.send().await?;
            Ok(sent)
        }
        fn end(app: &App) {
            app.close()
        }
    ";

    fn compare(stage: &str) -> Result<usize, Difference> {
        let parse = |source| Flow::parse(source).expect("valid Rust");
        additions(&parse(BARE), &parse(stage))
    }

    fn refusal(stage: &str) -> String {
        compare(stage).expect_err("a difference").to_string()
    }

    #[test]
    fn the_same_text_adds_nothing() {
        assert_eq!(compare(BARE), Ok(0));
    }

    #[test]
    fn lines_arguments_attributes_and_functions_may_be_added() {
        let stage = BARE
            .replace("async fn", "/// Why.\n#[instrument]\nasync fn")
            .replace("phone: &Phone)", "phone: &Phone, parent: &Span)")
            .replace("let sent", "let call = call.headers(inject()); let sent")
            .replace("fn end", "fn inject() {} fn end");

        // 4 of the attribute, 5 of the argument, 12 of the line, 6 of the function.
        assert_eq!(compare(&stage), Ok(27));
    }

    #[test]
    fn a_changed_token_is_found_where_it_stands() {
        let stage = BARE.replace("Ok(sent)", "Ok(call)");

        assert_eq!(
            refusal(&stage),
            "in function `issue_code`, `sent` of line 5 of bare is missing after `. await ? ; Ok (`"
        );
    }

    #[test]
    fn a_removed_token_is_found_where_it_stands() {
        let stage = BARE.replace(".await?", ".await");

        let said = refusal(&stage);

        assert!(
            said.starts_with("in function `issue_code`, `?` of line 4"),
            "{said}"
        );
    }

    #[test]
    fn a_token_that_only_another_function_has_is_missing() {
        let stage = BARE.replace("call.send()", "call.close()").replace(
            "fn end",
            "fn spare(call: Call) { call.send().await?; Ok(sent) } fn end",
        );

        let said = refusal(&stage);

        assert!(said.contains("`send` of line 4"), "{said}");
    }

    #[test]
    fn a_renamed_or_moved_function_is_missing() {
        let renamed = BARE.replace("fn end", "fn stop");
        let (first, second) = BARE.split_at(BARE.find("fn end").expect("it is there"));

        for stage in [renamed, format!("{second}{first}")] {
            assert_eq!(
                compare(&stage),
                Err(Difference::Function {
                    name: "end".to_owned()
                })
            );
        }
    }

    #[test]
    fn imports_must_stay_too() {
        let parse = |source| Flow::parse(source).expect("valid Rust");
        let bare = parse("use a::{b, c};");

        assert_eq!(additions(&bare, &parse("use a::{b, c, d};")), Ok(2));
        let said = additions(&bare, &parse("use a::{b, d};")).expect_err("a difference");
        assert!(
            said.to_string().starts_with("in the file, `c` of line 1"),
            "{said}"
        );
    }

    #[test]
    fn business_is_called_as_often() {
        let more = BARE.replace("app.close()", "app.close(); app.close()");
        let other = BARE.replace("app.close()", "app.open(); app.close()");

        assert_eq!(
            refusal(&more),
            "bare calls `app.close` 1 times, this stage 2 times"
        );
        assert_eq!(
            refusal(&other),
            "bare calls `app.open` 0 times, this stage 1 times"
        );
    }

    #[test]
    fn a_call_that_goes_around_the_application_is_missing() {
        let stage = BARE.replace("app.close()", "app; let x = app; x.close()");

        assert!(compare(&stage).is_err());
    }
}
