//! Tokens as one line of text, with the types of other crates under their full names.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// The names that a module takes from other crates, each with its full path.
pub(super) type Foreign = BTreeMap<String, String>;

/// `tokens` on one line, spaced as rustfmt would.
pub(super) fn line(tokens: TokenStream, foreign: &Foreign) -> String {
    let mut text = String::new();
    write(tokens, foreign, &mut text);
    text.truncate(text.trim_end_matches(',').len());
    text
}

fn write(tokens: TokenStream, foreign: &Foreign, text: &mut String) {
    let mut was_joint = false;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                if open == "{ "
                    || ["->", "=", "for", ","]
                        .iter()
                        .any(|end| text.ends_with(end))
                {
                    space(text);
                }
                text.push_str(open);
                write(group.stream(), foreign, text);
                let trimmed = text.trim_end_matches(',').len();
                text.truncate(trimmed);
                text.push_str(close);
                was_joint = false;
            }
            TokenTree::Ident(ident) => {
                let name = ident.to_string();
                if !tight_after(text) && !was_joint {
                    space(text);
                }
                // `Item = ...` names a type of a trait, whatever else is called so.
                let is_binding =
                    matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == '=');
                let foreign = foreign.get(&name);
                match foreign.filter(|_| !is_binding && !text.ends_with("::")) {
                    Some(path) => text.push_str(path),
                    None => text.push_str(&name),
                }
                was_joint = false;
            }
            TokenTree::Literal(literal) => {
                if !tight_after(text) {
                    space(text);
                }
                text.push_str(&literal.to_string());
                was_joint = false;
            }
            TokenTree::Punct(punct) => {
                let character = punct.as_char();
                let begins = matches!(character, '=' | '+' | '-')
                    || (matches!(character, '&' | '\'' | '*' | '#') && !tight_after(text))
                    || (matches!(character, '?' | '<') && text.ends_with(['+', ',', ':', '=']));
                if begins && !was_joint {
                    space(text);
                }
                text.push(character);
                was_joint = punct.spacing() == Spacing::Joint || character == '\'';
            }
        }
    }
}

/// Whether what comes next stands right at the end of `text`.
fn tight_after(text: &str) -> bool {
    text.is_empty()
        || text.ends_with("::")
        || (text.ends_with(['(', '[', '<', '&', '\'', '!', '*', '#', ' ', '?'])
            && !text.ends_with("->"))
}

fn space(text: &mut String) {
    if !text.is_empty() && !text.ends_with(' ') {
        text.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        let foreign = BTreeMap::from([("Context".to_owned(), "opentelemetry::Context".to_owned())]);
        line(text.parse().expect("tokens"), &foreign)
    }

    #[test]
    fn lines_look_as_they_were_written() {
        for text in [
            "pub fn get<'a>(&'a self, key: &str) -> Option<&'a str>",
            "pub fn log<K, V>(&self, fields: impl IntoIterator<Item = (K, V)>) -> &Self where K: Into<Cow<'static, str>>",
            "pub fn build<E>(mut self, hook: impl FnOnce() -> Result<(), E> + Send + 'static) -> Self",
            "impl<T: InjectCarrier + ?Sized> InjectCarrier for &mut T",
            "pub fn visit(&self, visitor: &mut dyn FnMut(&'a str, &'a str))",
            "pub const KIND: &str",
            "fn debug(value: &(impl Debug + ?Sized)) -> Self",
            "impl ExtractCarrier for [u8]",
            "fn builder<P>(provider: P) where P::Tracer: 'static, <P::Tracer as Tracer>::Span: Send",
            "impl<K: AsRef<str>, const N: usize> Carrier for [(K, V); N]",
        ] {
            assert_eq!(printed(text), text);
        }
    }

    #[test]
    fn names_of_other_crates_are_written_out() {
        assert_eq!(
            printed("fn a(cx: &Context) -> api::Context"),
            "fn a(cx: &opentelemetry::Context) -> api::Context"
        );
        assert_eq!(
            printed("impl Service<Context = Context>"),
            "impl Service<Context = opentelemetry::Context>"
        );
    }
}
