//! A flow file as a row of tokens.

use std::fmt;

use proc_macro2::{Delimiter, LineColumn, Span, TokenStream, TokenTree};

/// The flow of one service in one stage.
#[derive(Debug, Clone)]
pub struct Flow {
    /// All tokens, delimiters included, documentation left out.
    pub tokens: Vec<Token>,
    /// The functions at the top of the file, in order.
    pub functions: Vec<Function>,
}

/// A function of a flow.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its tokens, attributes and signature included.
    pub tokens: Vec<Token>,
}

/// One token and where it stands.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its text.
    pub text: String,
    /// Where it begins: the line counted from one, the column from zero, in characters.
    pub start: LineColumn,
    /// Where it ends: the column is the first behind it.
    pub end: LineColumn,
}

impl fmt::Display for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` of line {}", self.text, self.start.line)
    }
}

impl Flow {
    /// Reads a flow file.
    ///
    /// # Errors
    ///
    /// When it is not Rust.
    pub fn parse(source: &str) -> syn::Result<Self> {
        let file = syn::parse_file(source)?;
        let functions = file.items.iter().filter_map(|item| match item {
            syn::Item::Fn(function) => Some(Function {
                name: function.sig.ident.to_string(),
                tokens: tokens(quote::ToTokens::to_token_stream(function)),
            }),
            _ => None,
        });
        Ok(Self {
            functions: functions.collect(),
            tokens: tokens(source.parse()?),
        })
    }

    /// The business calls, in order: each `app.name(…)` and `app.field.name(…)`, as a path.
    ///
    /// Copies of the handle are not among them: a stage's middleware may hold one, and it does nothing by itself.
    #[must_use]
    pub fn app_calls(&self) -> Vec<String> {
        let texts = self
            .tokens
            .iter()
            .map(|token| token.text.as_str())
            .collect::<Vec<_>>();
        (0..texts.len())
            .filter(|at| texts[*at] == "app" && (*at == 0 || texts[at - 1] != "."))
            .filter_map(|at| call(&texts[at..]))
            .filter(|call| call != "app.clone")
            .collect()
    }
}

/// The call that begins with the receiver, unless it is only a mention.
fn call(texts: &[&str]) -> Option<String> {
    let mut path = vec![*texts.first()?];
    let mut rest = &texts[1..];
    while let [".", name, tail @ ..] = rest {
        path.push(name);
        rest = tail;
    }
    (path.len() > 1 && rest.first() == Some(&"(")).then(|| path.join("."))
}

fn tokens(stream: TokenStream) -> Vec<Token> {
    let mut row = Vec::new();
    flatten(stream, &mut row);
    row
}

fn flatten(stream: TokenStream, row: &mut Vec<Token>) {
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        if is_punct(&tree, '#') {
            let inner = trees.next_if(|next| is_punct(next, '!'));
            if trees.next_if(is_documentation).is_some() {
                continue;
            }
            push(&tree, row);
            if let Some(inner) = inner {
                push(&inner, row);
            }
            continue;
        }
        let TokenTree::Group(group) = tree else {
            push(&tree, row);
            continue;
        };
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Brace => ("{", "}"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::None => ("", ""),
        };
        row.push(token(open.to_owned(), group.span_open()));
        flatten(group.stream(), row);
        row.push(token(close.to_owned(), group.span_close()));
    }
}

fn push(tree: &TokenTree, row: &mut Vec<Token>) {
    row.push(token(tree.to_string(), tree.span()));
}

fn token(text: String, span: Span) -> Token {
    Token {
        text,
        start: span.start(),
        end: span.end(),
    }
}

fn is_punct(tree: &TokenTree, character: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// Whether this is what stands behind the `#` of a comment that documents.
fn is_documentation(tree: &TokenTree) -> bool {
    let TokenTree::Group(group) = tree else {
        return false;
    };
    group.delimiter() == Delimiter::Bracket
        && group
            .stream()
            .into_iter()
            .next()
            .is_some_and(|first| first.to_string() == "doc")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        let flow = Flow::parse(source).expect("valid Rust");
        flow.tokens.into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_are_no_tokens() {
        let tokens = texts("//! File.\n/// Item.\n#[must_use] // Why.\nfn f() {}");

        assert_eq!(tokens, texts("#[must_use]\nfn f() {}"));
        assert_eq!(tokens.concat(), "#[must_use]fnf(){}");
    }

    #[test]
    fn tokens_know_their_lines() {
        let flow = Flow::parse("fn f(\n) {\n    g();\n}").expect("valid Rust");

        let lines = flow
            .tokens
            .iter()
            .map(|token| token.start.line)
            .collect::<Vec<_>>();
        assert_eq!(lines, [1, 1, 1, 2, 2, 3, 3, 3, 3, 4]);
        assert_eq!(flow.tokens[5].to_string(), "`g` of line 3");
    }

    #[test]
    fn functions_carry_their_attributes() {
        let flow = Flow::parse("use a::b;\n#[c]\nasync fn d() {}\nfn e() {}").expect("valid Rust");

        let names = flow
            .functions
            .iter()
            .map(|function| &function.name)
            .collect::<Vec<_>>();
        assert_eq!(names, ["d", "e"]);
        assert_eq!(flow.functions[0].tokens[0].text, "#");
        assert_eq!(flow.functions[0].tokens[0].start.line, 2);
    }

    #[test]
    fn calls_on_the_application_are_found_wherever_they_stand() {
        let source = "fn f(app: App) {
            app.phone(&request)?;
            let call = app.auth.issue_code(app.region());
            select! { x = app.wait() => {} }
            span!(name = app.name);
            other.app.call();
            run(app.clone(), &app);
        }";

        let flow = Flow::parse(source).expect("valid Rust");

        let calls = flow.app_calls();
        assert_eq!(
            calls,
            ["app.phone", "app.auth.issue_code", "app.region", "app.wait"]
        );
    }
}
