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

pub(crate) mod escape;
pub(crate) mod shape;

use std::fmt;

use crate::model::{Kind, Span, Status, Trace, Value};
use escape::{Bare, Quoted};
use shape::{Place, Shape};

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
