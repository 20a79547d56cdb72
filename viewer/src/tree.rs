//! A trace as indented text.
//!
//! Each line is a span below its parent: service, name, kind, duration, status, and the attributes that were asked for.
//! Children are ordered by start time, then by name. Everything that a span brought is escaped, so that no name can
//! imitate a line, a colour or a cursor movement.
//!
//! ```text
//! trace <id>: 3 spans, 2 services
//! api: POST /v1/login [server] error: "no such challenge" http.status_code=401
//!   api: auth.verify_code [client]
//!     auth: POST /internal/verify [server]
//! ```

mod escape;

use std::collections::HashMap;
use std::fmt;

use opentelemetry::trace::SpanId;

use crate::model::{Kind, Span, Status, Trace, Value};
use escape::{Bare, Quoted};

/// How to show a trace; [`fmt::Display`] does it.
#[derive(Clone, Debug)]
pub struct Tree<'a> {
    trace: &'a Trace,
    attributes: Vec<&'a str>,
    masked: bool,
    events: bool,
}

impl Trace {
    /// The trace as indented text.
    pub fn tree(&self) -> Tree<'_> {
        Tree {
            trace: self,
            attributes: Vec::new(),
            masked: false,
            events: false,
        }
    }
}

impl<'a> Tree<'a> {
    /// Shows these attributes, in this order, where a span has them.
    #[must_use]
    pub fn attributes<I: IntoIterator<Item = &'a str>>(mut self, keys: I) -> Self {
        self.attributes.extend(keys);
        self
    }

    /// Hides ids and times, so that a test can compare the whole text.
    #[must_use]
    pub fn masked(mut self) -> Self {
        self.masked = true;
        self
    }

    /// Shows the names of events, each on a line of its own below the span.
    #[must_use]
    pub fn events(mut self) -> Self {
        self.events = true;
        self
    }

    fn head(&self, f: &mut fmt::Formatter<'_>, shape: &Shape<'_>) -> fmt::Result {
        let id = if self.masked {
            "<id>".to_owned()
        } else {
            self.trace.id.to_string()
        };
        let counted = |count: usize, noun: &str| {
            format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
        };
        let spans = counted(self.trace.spans.len(), "span");
        write!(
            f,
            "trace {id}: {spans}, {}",
            counted(self.trace.services().len(), "service")
        )?;
        let starts = |place: Place| {
            shape
                .starts
                .iter()
                .filter(|(_, start)| *start == place)
                .count()
        };
        match starts(Place::Root) {
            1 => {}
            0 => f.write_str(", no root")?,
            roots => write!(f, ", {roots} roots")?,
        }
        match starts(Place::Orphan) {
            0 => {}
            orphans => write!(f, ", {}", counted(orphans, "orphan"))?,
        }
        writeln!(f)
    }

    fn line(
        &self,
        f: &mut fmt::Formatter<'_>,
        span: &Span,
        place: Place,
        roots: usize,
    ) -> fmt::Result {
        write!(f, "{}: {}", Bare(span.service()), Bare(&span.operation))?;
        if span.kind() != Kind::Unspecified {
            write!(f, " [{}]", span.kind())?;
        }
        if !self.masked {
            write!(f, " {:.2?}", span.duration)?;
        }
        match (span.status(), span.status_message()) {
            (Status::Error, Some(message)) => write!(f, " error: {}", Quoted(message))?,
            (Status::Error, None) => f.write_str(" error")?,
            (Status::Ok, _) => f.write_str(" ok")?,
            (Status::Unset, _) => {}
        }
        for key in &self.attributes {
            for value in span.tags.all(key) {
                match value {
                    Value::String(text) => write!(f, " {}={}", Bare(key), Quoted(text))?,
                    other => write!(f, " {}={other}", Bare(key))?,
                }
            }
        }
        match place {
            Place::Root if roots > 1 => f.write_str(" (one of several roots)")?,
            Place::Orphan => match span.parent() {
                Some(parent) if !self.masked => write!(f, " (orphan: parent {parent} is missing)")?,
                _ => f.write_str(" (orphan: parent <id> is missing)")?,
            },
            Place::Circle => f.write_str(" (its parents form a circle)")?,
            Place::Root | Place::Below => {}
        }
        writeln!(f)
    }
}

impl fmt::Display for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape = Shape::of(self.trace);
        self.head(f, &shape)?;
        let roots = shape
            .starts
            .iter()
            .filter(|(_, place)| *place == Place::Root)
            .count();
        for (span, depth, place) in shape.lines {
            indent(f, depth)?;
            self.line(f, span, place, roots)?;
            if self.events {
                for log in &span.logs {
                    indent(f, depth + 1)?;
                    writeln!(f, "* {}", Bare(log.event().unwrap_or("(unnamed event)")))?;
                }
            }
        }
        Ok(())
    }
}

/// Two blanks a level. Far down, a number takes their place: ten thousand levels of blanks would be a hundred megabytes.
fn indent(f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
    const DEEPEST: usize = 50;
    (0..depth.min(DEEPEST)).try_for_each(|_| f.write_str("  "))?;
    if depth > DEEPEST {
        write!(f, "(level {depth}) ")?;
    }
    Ok(())
}

/// Where a span stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Root,
    Orphan,
    /// It is its own ancestor.
    Circle,
    Below,
}

/// The spans in the order of their lines.
struct Shape<'a> {
    starts: Vec<(usize, Place)>,
    lines: Vec<(&'a Span, usize, Place)>,
}

impl<'a> Shape<'a> {
    fn of(trace: &'a Trace) -> Self {
        let spans = &trace.spans;
        let mut children: HashMap<SpanId, Vec<usize>> = HashMap::new();
        let known: std::collections::HashSet<SpanId> =
            spans.iter().map(|span| span.span_id).collect();
        let mut starts = Vec::new();
        for (at, span) in spans.iter().enumerate() {
            match span.parent() {
                None => starts.push((at, Place::Root)),
                Some(parent) if known.contains(&parent) => {
                    children.entry(parent).or_default().push(at)
                }
                Some(_) => starts.push((at, Place::Orphan)),
            }
        }

        let mut lines = Vec::with_capacity(spans.len());
        let mut shown = vec![false; spans.len()];
        for &(start, place) in &starts {
            walk(spans, &mut children, &mut shown, (start, place), &mut lines);
        }
        // What no root and no orphan leads to hangs from a circle; it is entered at its first span.
        for start in 0..spans.len() {
            walk(
                spans,
                &mut children,
                &mut shown,
                (start, Place::Circle),
                &mut lines,
            );
        }
        Self { starts, lines }
    }
}

/// Goes down with a stack of its own: a trace may be deeper than a thread's stack.
fn walk<'a>(
    spans: &'a [Span],
    children: &mut HashMap<SpanId, Vec<usize>>,
    shown: &mut [bool],
    (start, place): (usize, Place),
    lines: &mut Vec<(&'a Span, usize, Place)>,
) {
    let mut pending = vec![(start, 0, place)];
    while let Some((at, depth, place)) = pending.pop() {
        if std::mem::replace(&mut shown[at], true) {
            continue;
        }
        lines.push((&spans[at], depth, place));
        // Taken out: where two spans share an id, the children are listed below the first.
        let below = children.remove(&spans[at].span_id).unwrap_or_default();
        pending.extend(
            below
                .into_iter()
                .rev()
                .map(|child| (child, depth + 1, Place::Below)),
        );
    }
}
