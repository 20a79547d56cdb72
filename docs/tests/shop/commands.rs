//! The commands that the guide shows.

use super::pages;

/// A command, with what it prints.
#[derive(Debug)]
pub(crate) struct Shown {
    /// Without variables.
    pub(crate) command: String,
    /// Those that stand before it, as in `NAME=value cargo run`.
    pub(crate) variables: Vec<(String, String)>,
    /// Down to the next command, or to the end of the block.
    pub(crate) output: String,
}

/// What kind of command it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The guide's program, in this step.
    Program(String),
    /// The tree of a service's newest trace, with these arguments.
    Tree(Vec<String>),
    /// The demo, which has a test of its own for this.
    Demo,
    /// Anything else.
    Other,
}

impl Shown {
    pub(crate) fn kind(&self) -> Kind {
        if let Some(step) = self.command.strip_prefix("cargo run -p shop-") {
            return Kind::Program(step.to_owned());
        }
        if let Some(arguments) = self
            .command
            .strip_prefix("cargo run -p docs --example tree -- ")
        {
            return Kind::Tree(arguments.split(' ').map(str::to_owned).collect());
        }
        match self.command.starts_with("cargo run -- ") {
            true => Kind::Demo,
            false => Kind::Other,
        }
    }

    fn new(line: &str) -> Self {
        let is_variable = |word: &&str| {
            let name = word.split_once('=').map_or("", |(name, _)| name);
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        };
        let words: Vec<&str> = line.split(' ').collect();
        let count = words.iter().take_while(|word| is_variable(word)).count();
        let (variables, command) = words.split_at(count);
        let pairs = variables.iter().filter_map(|word| word.split_once('='));
        Self {
            command: command.join(" "),
            variables: pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            output: String::new(),
        }
    }
}

/// All commands of the guide, in order.
pub(crate) fn of_the_guide() -> Vec<Shown> {
    let pages = pages::all();
    let guide = pages.iter().find(|page| page.path == "docs/guide.md");
    let blocks = guide.expect("there is a guide").blocks();
    let mut all = Vec::new();
    for block in blocks.iter().filter(|block| block.language == "console") {
        let mut shown: Vec<Shown> = Vec::new();
        for line in block.text.lines() {
            if let Some(command) = line.strip_prefix("$ ") {
                shown.push(Shown::new(command));
            } else {
                let last = shown.last_mut().expect("a block begins with a command");
                last.output.push_str(line);
                last.output.push('\n');
            }
        }
        all.append(&mut shown);
    }
    all
}

/// The text with ids and times replaced by what they are.
pub(crate) fn masked(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words = line.split(' ').map(|word| match is_time(word) {
            true => "<time>".to_owned(),
            false => without_ids(word),
        });
        words.collect::<Vec<_>>().join(" ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn is_time(word: &str) -> bool {
    let number = ["ns", "µs", "ms", "s"]
        .into_iter()
        .find_map(|unit| word.strip_suffix(unit));
    number.is_some_and(|number| number.parse::<f64>().is_ok())
}

/// An id has 16 or 32 digits, and less where the old header leaves zeros out.
fn without_ids(word: &str) -> String {
    let is_id = |part: &str| part.len() > 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts = word.split_inclusive([':', '-', '=']).map(|part| {
        let bare = part.trim_end_matches([':', '-', '=']);
        match is_id(bare) {
            true => format!("<id>{}", &part[bare.len()..]),
            false => part.to_owned(),
        }
    });
    parts.collect()
}

#[test]
fn variables_stand_before_a_command() {
    let shown = Shown::new("OTEL_PROPAGATORS=jaeger,baggage cargo run -p shop-dropin");

    assert_eq!(shown.kind(), Kind::Program("dropin".to_owned()));
    let pair = ("OTEL_PROPAGATORS".to_owned(), "jaeger,baggage".to_owned());
    assert_eq!(shown.variables, [pair]);
}

#[test]
fn ids_and_times_are_masked_and_nothing_else() {
    let header = "uber-trace-id: 2db1db35924e7f85dee7c3f4b309b2fd:53995c3f42cd8ad8:0:1";
    assert_eq!(masked(header), "uber-trace-id: <id>:<id>:0:1");
    let header = "traceparent: 00-2db1db35924e7f85dee7c3f4b309b2fd-53995c3f42cd8ad8-01";
    assert_eq!(masked(header), "traceparent: 00-<id>-<id>-01");
    let span = "  shop: charge [client] 1.5ms error cents=1200";
    assert_eq!(
        masked(span),
        "  shop: charge [client] <time> error cents=1200"
    );
}
