//! Spans in a line, and the way to them.

use std::borrow::Cow;

use crate::forest::Place;
use crate::model::{Kind, Status};
use crate::nodes::{Node, View};

/// The beginning of a name, where it stands for its span, event or link in what is said of another: a long one would be said
/// once for each of these.
pub(crate) fn short(name: &str) -> Cow<'_, str> {
    const MOST: usize = 120;
    match name.char_indices().nth(MOST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &name[..end])),
        None => Cow::Borrowed(name),
    }
}

/// Service and name, both in short.
fn step(node: &Node<'_>) -> String {
    format!("{}: {}", short(&node.span.service), short(&node.span.name))
}

/// Service and name.
pub(crate) fn title(node: &Node<'_>) -> String {
    format!("{}: {}", node.span.service, node.span.name)
}

/// A span in a line, as it was written.
pub(crate) fn line(node: &Node<'_>) -> String {
    let mut line = title(node);
    if node.span.kind != Kind::Internal {
        line.push_str(&format!(" [{}]", node.span.kind));
    }
    if node.span.status == Status::Error {
        line.push_str(" error");
    }
    line
}

/// What a span is below of.
pub(crate) fn parent(view: &View<'_>, node: usize) -> String {
    match view.forest.parents[node] {
        Some(parent) => path(view, parent),
        None => match view.forest.places[node] {
            Place::Orphan => "a span that is missing".to_owned(),
            Place::Circle => "itself, in a circle".to_owned(),
            Place::Root | Place::Below => "none: it begins a trace".to_owned(),
        },
    }
}

/// The services and names from the top to a span. Of a long way, the ends.
pub(crate) fn path(view: &View<'_>, node: usize) -> String {
    const NEAREST: usize = 6;
    let mut steps = Vec::new();
    let mut at = Some(node);
    while let Some(node) = at.filter(|_| steps.len() < NEAREST) {
        steps.push(step(&view.nodes[node]));
        at = view.forest.parents[node];
    }
    if at.is_some() {
        steps.push("…".to_owned());
    }
    steps.reverse();
    steps.join(" › ")
}
