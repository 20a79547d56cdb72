//! What each request should leave: the tree of its spans, for any mix of stages.

use std::fmt;

use launcher::Service;
use viewer::model::{Kind, Span, Status, Trace};

use crate::options::Stages;

/// A span with those below it: one that should be there, or one that was seen.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Node<S = &'static str> {
    service: S,
    operation: S,
    kind: &'static str,
    /// Whether the span is marked as failed.
    failed: bool,
    children: Vec<Self>,
}

/// The requests of a login, and two that fail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// A code is asked for, queued and delivered.
    SendCode,
    /// Another code than that is typed in. A refused request is no failure of the service that refuses it; the call was
    /// one.
    Mistype,
    /// The code is typed in.
    LogIn,
    /// The session is read while the store is away, which fails every span on the way.
    ReadInVain,
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
        failed: false,
        children,
    }
}

impl Step {
    /// The title, as the demo prints it.
    #[must_use]
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::SendCode => "send a code",
            Self::Mistype => "log in with a wrong code",
            Self::LogIn => "log in with it",
            Self::ReadInVain => "read the session without a store",
            Self::ReadSession => "read the session",
            Self::LogOut => "log out",
        }
    }

    /// What the step leaves when every service traces.
    #[must_use]
    pub(crate) fn tree(self) -> Node {
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
            Self::Mistype => over_auth(
                "POST /v1/login",
                "POST /v1/sessions",
                vec![command(Auth, "count_attempt")],
            )
            .failed(&|node| node.service == Api.name() && node.kind == Client.as_str()),
            Self::LogIn => over_auth(
                "POST /v1/login",
                "POST /v1/sessions",
                vec![
                    command(Auth, "count_attempt"),
                    command(Auth, "claim"),
                    command(Auth, "create_session"),
                ],
            ),
            Self::ReadInVain => Self::ReadSession.tree().failed(&|_| true),
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
    /// What a look into the inbox leaves: a request to sms, below nothing.
    #[must_use]
    pub(crate) fn inbox() -> Self {
        let operation = "GET /demo/inbox/{challenge_id}";
        node(Service::Sms, Kind::Server, operation, vec![])
    }

    /// The same, with the spans marked as failed that `is_failed` names.
    fn failed(self, is_failed: &dyn Fn(&Self) -> bool) -> Self {
        let failed = is_failed(&self);
        let children = self.children.into_iter();
        Self {
            failed,
            children: children.map(|child| child.failed(is_failed)).collect(),
            ..self
        }
    }

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

    /// How many of them are marked as failed.
    #[must_use]
    pub(crate) fn count_failed(&self) -> usize {
        let below: usize = self.children.iter().map(Self::count_failed).sum();
        usize::from(self.failed) + below
    }

    /// Whether a span of this operation is in it.
    #[must_use]
    pub(crate) fn has(&self, operation: &str) -> bool {
        self.operation == operation || self.children.iter().any(|child| child.has(operation))
    }

    /// The part of the tree that begins with this operation of that service.
    #[must_use]
    pub(crate) fn below(&self, service: Service, kind: Kind) -> Option<&Self> {
        if self.service == service.name() && self.kind == kind.as_str() {
            return Some(self);
        }
        let mut children = self.children.iter();
        children.find_map(|child| child.below(service, kind))
    }

    /// Whether the trace is this tree: every edge there, every error marked, nothing more, nothing twice, nothing without
    /// its parent.
    ///
    /// # Errors
    ///
    /// Both trees, where they differ.
    pub(crate) fn compare(&self, trace: &Trace) -> Result<(), String> {
        let orphans = trace.orphans().len();
        if orphans > 0 {
            return Err(format!(
                "{orphans} of its spans have a parent that is not there"
            ));
        }
        self.compare_below(trace, trace.roots())
    }

    /// As [`compare`](Self::compare), for what is left of a trace that somebody did not keep: the parent of its topmost
    /// span is not there.
    ///
    /// # Errors
    ///
    /// Both trees, where they differ.
    pub(crate) fn compare_torn(&self, trace: &Trace) -> Result<(), String> {
        if trace.roots().next().is_some() {
            return Err("it has a root".to_owned());
        }
        self.compare_below(trace, trace.orphans())
    }

    fn compare_below<'a>(
        &self,
        trace: &'a Trace,
        tops: impl IntoIterator<Item = &'a Span>,
    ) -> Result<(), String> {
        let mut expected = self.clone();
        expected.sort();
        let tops = tops.into_iter();
        let mut tops: Vec<Seen> = tops.map(|top| Seen::of(trace, top)).collect();
        tops.sort();
        match tops.as_slice() {
            // Spans that are each other's parents hang below nothing.
            [top] if top.matches(&expected) && trace.spans.len() == expected.spans() => Ok(()),
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
            "{:indent$}{}: {} [{}]{}",
            "",
            self.service,
            self.operation,
            self.kind,
            if self.failed { " failed" } else { "" },
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
            failed: span.status() == Status::Error,
            children,
        }
    }

    /// Both are sorted by the same fields.
    fn matches(&self, node: &Node) -> bool {
        self.service == node.service
            && self.operation == node.operation
            && self.kind == node.kind
            && self.failed == node.failed
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
