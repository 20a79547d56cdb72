//! What each request should leave: the tree of its spans, for any mix of stages.

use std::fmt;

use launcher::Service;
use viewer::model::{Kind, Span, Trace};

use crate::options::Stages;

/// A span with those below it: one that should be there, or one that was seen.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Node<S = &'static str> {
    service: S,
    operation: S,
    kind: &'static str,
    children: Vec<Self>,
}

/// The requests of a login.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// A code is asked for, queued and delivered.
    SendCode,
    /// The code is typed in.
    LogIn,
    /// The session is read.
    ReadSession,
    /// The session is ended.
    LogOut,
}

fn node(service: Service, kind: Kind, operation: &'static str, children: Vec<Node>) -> Node {
    Node {
        service: service.name(),
        operation,
        kind: kind.as_str(),
        children,
    }
}

impl Step {
    /// The title, as the demo prints it.
    #[must_use]
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::SendCode => "send a code",
            Self::LogIn => "log in with it",
            Self::ReadSession => "read the session",
            Self::LogOut => "log out",
        }
    }

    /// What the step leaves when every service traces.
    fn tree(self) -> Node {
        use Kind::{Client, Consumer, Producer, Server};
        use Service::{Api, Auth, Sms};

        let command = |service, operation| node(service, Client, operation, vec![]);
        let over_auth = |outer, inner, commands| {
            node(
                Api,
                Server,
                outer,
                vec![node(
                    Api,
                    Client,
                    inner,
                    vec![node(Auth, Server, inner, commands)],
                )],
            )
        };
        match self {
            Self::SendCode => {
                let delivered = vec![
                    command(Sms, "begin"),
                    node(Sms, Client, "deliver sms", vec![]),
                    command(Sms, "settle"),
                ];
                let sent = vec![
                    command(Auth, "issue"),
                    node(Sms, Consumer, "process otp", delivered),
                ];
                let queued = vec![node(Auth, Producer, "send otp", sent)];
                over_auth("POST /v1/login/code", "POST /v1/challenges", queued)
            }
            Self::LogIn => over_auth(
                "POST /v1/login",
                "POST /v1/sessions",
                vec![
                    command(Auth, "count_attempt"),
                    command(Auth, "claim"),
                    command(Auth, "create_session"),
                ],
            ),
            Self::ReadSession => over_auth(
                "GET /v1/session",
                "GET /v1/session",
                vec![command(Auth, "find_session")],
            ),
            Self::LogOut => over_auth(
                "DELETE /v1/session",
                "DELETE /v1/session",
                vec![command(Auth, "revoke_session")],
            ),
        }
    }

    /// The traces that the step should leave. One, if every service traces; a service that does not breaks the chain, and
    /// what lies behind it begins a trace of its own.
    #[must_use]
    pub(crate) fn traces(self, stages: Stages) -> Vec<Node> {
        let mut whole = Vec::new();
        if let Some(first) = prune(self.tree(), stages, &mut whole) {
            whole.insert(0, first);
        }
        whole
    }
}

/// Takes the nodes of services that do not trace out. What was below them becomes a root.
fn prune(node: Node, stages: Stages, roots: &mut Vec<Node>) -> Option<Node> {
    let service = Service::ALL
        .into_iter()
        .find(|service| service.name() == node.service)?;
    let kept: Vec<Node> = node
        .children
        .into_iter()
        .filter_map(|child| prune(child, stages, roots))
        .collect();
    if stages.trace(service) {
        Some(Node {
            children: kept,
            ..node
        })
    } else {
        roots.extend(kept);
        None
    }
}

impl Node {
    /// The service of the root.
    #[must_use]
    pub(crate) fn service(&self) -> &'static str {
        self.service
    }

    /// The operation of the root.
    #[must_use]
    pub(crate) fn operation(&self) -> &'static str {
        self.operation
    }

    /// How many spans.
    #[must_use]
    pub(crate) fn spans(&self) -> usize {
        1 + self.children.iter().map(Self::spans).sum::<usize>()
    }

    /// Whether a span of this operation is in it.
    #[must_use]
    pub(crate) fn has(&self, operation: &str) -> bool {
        self.operation == operation || self.children.iter().any(|child| child.has(operation))
    }

    /// Whether the trace is this tree: every edge there, nothing more, nothing twice, nothing without its parent.
    ///
    /// # Errors
    ///
    /// Both trees, where they differ.
    pub(crate) fn compare(&self, trace: &Trace) -> Result<(), String> {
        let mut expected = self.clone();
        expected.sort();
        let mut roots: Vec<Seen> = trace.roots().map(|root| Seen::of(trace, root)).collect();
        roots.sort();
        let orphans = trace.orphans().len();
        if orphans > 0 {
            return Err(format!(
                "{orphans} of its spans have a parent that is not there"
            ));
        }
        match roots.as_slice() {
            [root] if root.matches(&expected) => Ok(()),
            seen => {
                let seen: String = seen.iter().map(ToString::to_string).collect();
                Err(format!("it is\n{seen}where this was expected:\n{expected}"))
            }
        }
    }
}

impl<S: Ord> Node<S> {
    fn sort(&mut self) {
        self.children.iter_mut().for_each(Self::sort);
        self.children.sort();
    }
}

impl<S: fmt::Display> Node<S> {
    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        writeln!(
            f,
            "{:indent$}{}: {} [{}]",
            "",
            self.service,
            self.operation,
            self.kind,
            indent = 2 * depth
        )?;
        self.children
            .iter()
            .try_for_each(|child| child.write(f, depth + 1))
    }
}

impl<S: fmt::Display> fmt::Display for Node<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 1)
    }
}

/// A tree as it was found.
type Seen = Node<String>;

impl Seen {
    fn of(trace: &Trace, span: &Span) -> Self {
        let mut children: Vec<Self> = trace
            .children(span)
            .map(|child| Self::of(trace, child))
            .collect();
        children.sort();
        Self {
            service: span.service().to_owned(),
            operation: span.operation.clone(),
            kind: span.kind().as_str(),
            children,
        }
    }

    /// Both are sorted by the same fields.
    fn matches(&self, node: &Node) -> bool {
        self.service == node.service
            && self.operation == node.operation
            && self.kind == node.kind
            && self.children.len() == node.children.len()
            && self
                .children
                .iter()
                .zip(&node.children)
                .all(|(seen, node)| seen.matches(node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traces(step: Step, stages: &str) -> Vec<(&'static str, &'static str, usize)> {
        let stages = stages.parse().expect("stages");
        step.traces(stages)
            .iter()
            .map(|node| (node.service(), node.operation(), node.spans()))
            .collect()
    }

    #[test]
    fn a_fleet_that_traces_leaves_one_trace_for_each_request() {
        assert_eq!(
            traces(Step::SendCode, "shim"),
            [("api", "POST /v1/login/code", 9)]
        );
        assert_eq!(
            traces(Step::LogIn, "api=native,sms=native"),
            [("api", "POST /v1/login", 6)]
        );
    }

    #[test]
    fn a_service_that_does_not_trace_breaks_the_chain() {
        assert_eq!(
            traces(Step::SendCode, "auth=bare"),
            [("api", "POST /v1/login/code", 2), ("sms", "process otp", 4)]
        );
        assert_eq!(
            traces(Step::SendCode, "api=bare"),
            [("auth", "POST /v1/challenges", 7)]
        );
        assert_eq!(traces(Step::LogOut, "bare"), []);
    }
}
