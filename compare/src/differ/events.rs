//! Events and links: which belong together, and in what they differ.

use std::collections::{HashMap, VecDeque};

use super::attributes::Attributes;
use super::{Found, changed, explain};
use crate::lines::short;
use crate::model::RefType;
use crate::nodes::{Event, LinkTo, Node};
use crate::pages;
use crate::report::Change;
use crate::rules::{Attribute, Rules};

pub(super) fn events(left: &Node<'_>, right: &Node<'_>, rules: &Rules, found: &mut Vec<Found>) {
    // Those that are equal first: an event that was lost in the middle is not a change of all that follow.
    let (pairs, lost, added) = pair_up(
        &left.events,
        &right.events,
        |event| Key::Hash(event.hash),
        |event| Key::Name(event.name.name),
    );
    for (l, r) in pairs {
        event_pair(l, r, rules, found);
    }
    found.extend(
        lost.into_iter()
            .map(|event| lone_event(event, Change::Lost)),
    );
    found.extend(
        added
            .into_iter()
            .map(|event| lone_event(event, Change::Added)),
    );
}

/// By what two events or links belong together.
#[derive(PartialEq, Eq, Hash)]
enum Key<'s> {
    Hash(u64),
    Name(&'s str),
    Target(Option<u64>, Option<RefType>),
}

type Paired<'s, T> = (Vec<(&'s T, &'s T)>, Vec<&'s T>, Vec<&'s T>);

/// Pairs what has the strict key in common, then the rest by the loose one, each in its order.
fn pair_up<'s, T>(
    left: &'s [T],
    right: &'s [T],
    strict: impl Fn(&'s T) -> Key<'s>,
    loose: impl Fn(&'s T) -> Key<'s>,
) -> Paired<'s, T> {
    let mut partners = vec![None; left.len()];
    let mut free = vec![true; right.len()];
    for key in [&strict as &dyn Fn(&'s T) -> Key<'s>, &loose] {
        let mut by_key: HashMap<Key<'s>, VecDeque<usize>> = HashMap::new();
        for (at, item) in right.iter().enumerate().filter(|(at, _)| free[*at]) {
            by_key.entry(key(item)).or_default().push_back(at);
        }
        for (at, item) in left.iter().enumerate() {
            if partners[at].is_none()
                && let Some(other) = by_key.get_mut(&key(item)).and_then(VecDeque::pop_front)
            {
                partners[at] = Some(other);
                free[other] = false;
            }
        }
    }
    let pairs = left.iter().zip(&partners);
    let pairs = pairs
        .filter_map(|(l, at)| Some((l, &right[(*at)?])))
        .collect();
    let lost = left.iter().zip(&partners);
    let lost = lost
        .filter_map(|(l, at)| at.is_none().then_some(l))
        .collect();
    let added = right.iter().zip(free);
    let added = added.filter_map(|(r, free)| free.then_some(r)).collect();
    (pairs, lost, added)
}

/// One rule explains the event's name and the names in it: that is one difference. Where the name stayed, as in Jaeger's JSON
/// of an event that kept its field `event`, the names in it are.
fn event_pair(left: &Event<'_>, right: &Event<'_>, rules: &Rules, found: &mut Vec<Found>) {
    let (l, r) = (left.name.written, right.name.written);
    let (were, are) = (renamed(left, right), renamed(right, left));
    let prefix = format!("event {}: attribute ", short(right.name.written));
    let same_event = Attributes {
        prefix: &prefix,
        one_side: &|_| None,
        names_are_told: l != r || !were.is_empty(),
        rules,
    };
    let mut name = if l != r {
        changed(&format!("event {l} → {r}"), l, r, pages::NAMES)
    } else {
        let part = format!("names in event {l}");
        changed(&part, &were.join(", "), &are.join(", "), pages::NAMES)
    };
    if same_event.names_are_told {
        explain(&mut name, rules.citing_event([l, r]));
        found.push(name);
    }
    same_event.compare(&left.attributes, &right.attributes, found);
}

/// The names in an event that the other has in another form only.
fn renamed<'a>(this: &Event<'a>, other: &Event<'_>) -> Vec<&'a str> {
    // Both are sorted by key, and then by written key.
    let is_renamed = |attribute: &&Attribute<'a>| {
        let key = (attribute.key, attribute.written_key);
        let by = |other: &Attribute<'_>| other.key.cmp(attribute.key);
        let as_written = |other: &Attribute<'_>| (other.key, other.written_key).cmp(&key);
        other.attributes.binary_search_by(by).is_ok()
            && other.attributes.binary_search_by(as_written).is_err()
    };
    let attributes = this.attributes.iter().filter(is_renamed);
    attributes.map(|attribute| attribute.written_key).collect()
}

fn lone_event(event: &Event<'_>, kind: Change) -> Found {
    let attributes = event.attributes.iter();
    let attributes: Vec<_> = attributes
        .map(|attribute| format!("{}={}", attribute.written_key, attribute.written))
        .collect();
    let value = Some(
        format!("{} {}", event.name.written, attributes.join(" "))
            .trim()
            .to_owned(),
    );
    let (left, right) = if kind == Change::Lost {
        (value, None)
    } else {
        (None, value)
    };
    Found {
        kind,
        part: format!("event {}", event.name.written),
        left,
        right,
        cited: None,
        page: pages::NAMES,
    }
}

pub(super) fn links(
    left: &[LinkTo<'_>],
    right: &[LinkTo<'_>],
    rules: &Rules,
    found: &mut Vec<Found>,
) {
    let (pairs, lost, added) = pair_up(
        left,
        right,
        |link| Key::Target(link.key(), Some(link.ref_type)),
        |link| Key::Target(link.key(), None),
    );
    for (l, r) in pairs {
        if l.ref_type != r.ref_type {
            let part = format!("type of the link to {}", target(l));
            let (was, is) = (l.ref_type.as_str(), r.ref_type.as_str());
            let mut reference = changed(&part, was, is, pages::NAMES);
            explain(&mut reference, rules.citing_reference());
            found.push(reference);
        }
        link_attributes(l, r, rules, found);
    }
    found.extend(lost.into_iter().map(|link| lone_link(link, Change::Lost)));
    found.extend(added.into_iter().map(|link| lone_link(link, Change::Added)));
}

/// A format without attributes of links says nothing about them.
fn link_attributes(left: &LinkTo<'_>, right: &LinkTo<'_>, rules: &Rules, found: &mut Vec<Found>) {
    if let (Some(l), Some(r)) = (&left.attributes, &right.attributes) {
        let of_link = Attributes {
            prefix: "link: attribute ",
            one_side: &|_| None,
            names_are_told: false,
            rules,
        };
        of_link.compare(l, r, found);
    }
}

fn lone_link(link: &LinkTo<'_>, kind: Change) -> Found {
    let value = Some(format!("{} {}", link.ref_type.as_str(), target(link)));
    let (left, right) = if kind == Change::Lost {
        (value, None)
    } else {
        (None, value)
    };
    Found {
        kind,
        part: match link.ref_type {
            RefType::ChildOf => "link (child of)".to_owned(),
            RefType::FollowsFrom => "link".to_owned(),
        },
        left,
        right,
        cited: None,
        page: pages::NAMES,
    }
}

fn target(link: &LinkTo<'_>) -> String {
    match link.target {
        Some(target) => format!("{}: {}", short(target.service), short(target.name)),
        None => "a span outside".to_owned(),
    }
}
