//! What is different about two spans that belong together.

mod attributes;
mod events;

use crate::model::Status;
use crate::nodes::Node;
use crate::pages;
use crate::report::Change;
use crate::rules::{Cited, Rules, mask};
use attributes::Attributes;
use events::{events, links};

/// A difference that does not know yet where it is.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) kind: Change,
    pub(crate) part: String,
    pub(crate) left: Option<String>,
    pub(crate) right: Option<String>,
    pub(crate) cited: Option<Cited>,
    pub(crate) page: &'static str,
}

/// All differences, in a fixed order.
pub(crate) fn differences(left: &Node<'_>, right: &Node<'_>, rules: &Rules) -> Vec<Found> {
    let mut found = Vec::new();
    names(left, right, rules, &mut found);
    if left.span.kind != right.span.kind {
        found.push(changed(
            "kind",
            left.span.kind.as_str(),
            right.span.kind.as_str(),
            pages::KIND,
        ));
    }
    status(left, right, rules, &mut found);
    if left.span.parent.is_some()
        && right.span.parent.is_some()
        && left.span.parent_type != right.span.parent_type
    {
        let mut reference = changed(
            "reference to the parent",
            left.span.parent_type.as_str(),
            right.span.parent_type.as_str(),
            pages::NAMES,
        );
        explain(&mut reference, rules.citing_reference());
        found.push(reference);
    }
    let of_span = Attributes {
        prefix: "attribute ",
        one_side: &|key| {
            let failed = left.span.status == Status::Error || right.span.status == Status::Error;
            let status = if failed { Status::Error } else { Status::Unset };
            rules.citing_one_side(key, status)
        },
        names_are_told: false,
        rules,
    };
    of_span.compare(&left.attributes, &right.attributes, &mut found);
    events(left, right, rules, &mut found);
    links(&left.links, &right.links, rules, &mut found);
    found
}

fn names(left: &Node<'_>, right: &Node<'_>, rules: &Rules, found: &mut Vec<Found>) {
    let (l, r) = (&*left.span.service, &*right.span.service);
    if l != r {
        let mut service = changed("service", l, r, pages::CHANGED);
        if left.service == right.service {
            explain(&mut service, rules.citing_service([l, r]));
        }
        found.push(service);
    }
    let (l, r) = (&*left.span.name, &*right.span.name);
    if l != r {
        let mut name = changed("name", l, r, pages::CHANGED);
        if left.name == right.name {
            explain(&mut name, rules.citing_span_name([l, r]));
        }
        found.push(name);
    }
}

fn status(left: &Node<'_>, right: &Node<'_>, rules: &Rules, found: &mut Vec<Found>) {
    let (l, r) = (left.span.status, right.span.status);
    if l != r {
        let mut status = changed("status", l.as_str(), r.as_str(), pages::NAMES);
        if l != Status::Error && r != Status::Error {
            explain(&mut status, rules.citing_status_ok());
        }
        found.push(status);
    }
    let (l, r) = (&left.span.status_message, &right.span.status_message);
    let masked = |message: &Option<String>| message.as_deref().map(|text| mask(text).into_owned());
    if left.span.status == right.span.status && masked(l) != masked(r) {
        let mut message = Found {
            kind: one_sided(l.is_some(), r.is_some()),
            part: "status message".to_owned(),
            left: l.clone(),
            right: r.clone(),
            cited: None,
            page: pages::NAMES,
        };
        if message.kind != Change::Changed {
            message.cited = rules.citing_status_message();
        }
        found.push(message);
    }
}

fn one_sided(left: bool, right: bool) -> Change {
    match (left, right) {
        (true, false) => Change::Lost,
        (false, true) => Change::Added,
        _ => Change::Changed,
    }
}

fn changed(part: &str, left: &str, right: &str, page: &'static str) -> Found {
    Found {
        kind: Change::Changed,
        part: part.to_owned(),
        left: Some(left.to_owned()),
        right: Some(right.to_owned()),
        cited: None,
        page,
    }
}

/// With a rule, a change is a new name.
fn explain(found: &mut Found, cited: Option<Cited>) {
    if cited.is_some() {
        found.kind = Change::Renamed;
        found.cited = cited;
    }
}
