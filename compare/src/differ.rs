//! What is different about two spans that belong together.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::model::{RefType, Status};
use crate::nodes::{Event, LinkTo, Node};
use crate::pages;
use crate::report::Change;
use crate::rules::{Attribute, Cited, Comparable, Rules, mask};

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

/// How lists of attributes are compared, of a span or of an event.
struct Attributes<'a> {
    prefix: &'a str,
    /// The rule by which one may be on one side only.
    one_side: &'a dyn Fn(&str) -> Option<Cited>,
    rules: &'a Rules,
}

impl Attributes<'_> {
    /// Both lists are sorted by key.
    fn compare(&self, left: &[Attribute<'_>], right: &[Attribute<'_>], found: &mut Vec<Found>) {
        let (mut l, mut r) = (runs(left), runs(right));
        let (mut l_run, mut r_run) = (l.next(), r.next());
        loop {
            let order = match (l_run, r_run) {
                (None, None) => return,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(l), Some(r)) => l[0].key.cmp(r[0].key),
            };
            if let Some(l) = l_run.filter(|_| order.is_lt()) {
                self.alone(l, Change::Lost, found);
            } else if let Some(r) = r_run.filter(|_| order.is_gt()) {
                self.alone(r, Change::Added, found);
            } else if let (Some(l), Some(r)) = (l_run, r_run) {
                self.both(l, r, found);
            }
            if order.is_le() {
                l_run = l.next();
            }
            if order.is_ge() {
                r_run = r.next();
            }
        }
    }

    fn alone(&self, run: &[Attribute<'_>], kind: Change, found: &mut Vec<Found>) {
        for attribute in run {
            let value = Some(attribute.written.to_string());
            let (left, right) = if kind == Change::Lost {
                (value, None)
            } else {
                (None, value)
            };
            found.push(Found {
                kind,
                part: format!("{}{}", self.prefix, attribute.written_key),
                left,
                right,
                cited: (self.one_side)(attribute.key),
                page: pages::NAMES,
            });
        }
    }

    /// A key may be there more than once, under its old and its new name or twice under one. The same value twice says
    /// nothing more.
    fn both(&self, left: &[Attribute<'_>], right: &[Attribute<'_>], found: &mut Vec<Found>) {
        let (l, r) = (distinct(left), distinct(right));
        let (of_left, of_right) = (by_value(&l), by_value(&r));
        for this in &l {
            if let Some(that) = of_right.get(&this.comparable) {
                self.same_value(this, r[*that], found);
            }
        }
        let unpaired = |these: &[&Attribute<'_>], those: &ByValue<'_>| -> Vec<usize> {
            let alone = |at: &usize| !those.contains_key(&these[*at].comparable);
            (0..these.len()).filter(alone).collect()
        };
        let (l_rest, r_rest) = (unpaired(&l, &of_right), unpaired(&r, &of_left));
        let pairs = l_rest.len().min(r_rest.len());
        for (this, that) in l_rest.iter().zip(&r_rest) {
            let (this, that) = (l[*this], r[*that]);
            found.push(Found {
                kind: Change::Changed,
                part: self.part(this, that),
                left: Some(typed(this, that)),
                right: Some(typed(that, this)),
                cited: None,
                page: pages::NAMES,
            });
        }
        // One side has a further value under the same name.
        for at in &l_rest[pairs..] {
            self.further(l[*at], Change::Lost, found);
        }
        for at in &r_rest[pairs..] {
            self.further(r[*at], Change::Added, found);
        }
    }

    fn further(&self, attribute: &Attribute<'_>, kind: Change, found: &mut Vec<Found>) {
        let value = Some(attribute.written.to_string());
        let (left, right) = if kind == Change::Lost {
            (value, None)
        } else {
            (None, value)
        };
        found.push(Found {
            kind,
            part: format!("{}{}, a further value", self.prefix, attribute.written_key),
            left,
            right,
            cited: None,
            page: pages::TWICE,
        });
    }

    fn same_value(&self, left: &Attribute<'_>, right: &Attribute<'_>, found: &mut Vec<Found>) {
        let same_key = left.written_key == right.written_key;
        let (l_type, r_type) = (left.written.type_name(), right.written.type_name());
        if same_key && l_type == r_type {
            return;
        }
        // A rule may turn text into a number along with the name. Under one name the type is the program's own doing.
        let cited = if same_key {
            None
        } else {
            self.rules
                .citing_attribute([left.written_key, right.written_key])
        };
        found.push(Found {
            kind: if cited.is_some() {
                Change::Renamed
            } else {
                Change::Changed
            },
            part: self.part(left, right),
            left: Some(typed(left, right)),
            right: Some(typed(right, left)),
            cited,
            page: pages::NAMES,
        });
    }

    fn part(&self, left: &Attribute<'_>, right: &Attribute<'_>) -> String {
        if left.written_key == right.written_key {
            format!("{}{}", self.prefix, left.written_key)
        } else {
            format!(
                "{}{} → {}",
                self.prefix, left.written_key, right.written_key
            )
        }
    }
}

/// The runs of attributes with one key.
fn runs<'s, 'a>(attributes: &'s [Attribute<'a>]) -> impl Iterator<Item = &'s [Attribute<'a>]> {
    attributes.chunk_by(|a, b| a.key == b.key)
}

/// Where each value is.
type ByValue<'s> = HashMap<&'s Comparable<'s>, usize>;

fn by_value<'s>(attributes: &[&'s Attribute<'_>]) -> ByValue<'s> {
    let attributes = attributes.iter().enumerate();
    attributes
        .map(|(at, attribute)| (&attribute.comparable, at))
        .collect()
}

fn distinct<'s, 'a>(run: &'s [Attribute<'a>]) -> Vec<&'s Attribute<'a>> {
    let mut seen = HashSet::with_capacity(run.len());
    run.iter()
        .filter(|attribute| seen.insert(&attribute.comparable))
        .collect()
}

/// The value, with its type where the other's is another.
fn typed(this: &Attribute<'_>, that: &Attribute<'_>) -> String {
    if this.written.type_name() == that.written.type_name() {
        this.written.to_string()
    } else {
        format!("{} ({})", this.written, this.written.type_name())
    }
}

fn events(left: &Node<'_>, right: &Node<'_>, rules: &Rules, found: &mut Vec<Found>) {
    // Those that are equal first: an event that was lost in the middle is not a change of all that follow.
    let (pairs, lost, added) = pair_up(
        &left.events,
        &right.events,
        |event| Key::Hash(event.hash),
        |event| Key::Text(event.name.name.to_owned()),
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
enum Key {
    Hash(u64),
    Text(String),
}

type Paired<'s, T> = (Vec<(&'s T, &'s T)>, Vec<&'s T>, Vec<&'s T>);

/// Pairs what has the strict key in common, then the rest by the loose one, each in its order.
fn pair_up<'s, T>(
    left: &'s [T],
    right: &'s [T],
    strict: impl Fn(&T) -> Key,
    loose: impl Fn(&T) -> Key,
) -> Paired<'s, T> {
    let mut partners = vec![None; left.len()];
    let mut free = vec![true; right.len()];
    for key in [&strict as &dyn Fn(&T) -> Key, &loose] {
        let mut by_key: HashMap<Key, VecDeque<usize>> = HashMap::new();
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

/// One rule explains the event's name and the names in it: that is one difference.
fn event_pair(left: &Event<'_>, right: &Event<'_>, rules: &Rules, found: &mut Vec<Found>) {
    let (l, r) = (left.name.written, right.name.written);
    let prefix = format!("event {}: attribute ", right.name.written);
    let same_event = Attributes {
        prefix: &prefix,
        one_side: &|_| None,
        rules,
    };
    if l == r {
        same_event.compare(&left.attributes, &right.attributes, found);
        return;
    }
    let mut name = changed(&format!("event {l} → {r}"), l, r, pages::NAMES);
    explain(&mut name, rules.citing_event([l, r]));
    found.push(name);
    let mut inside = Vec::new();
    same_event.compare(&left.attributes, &right.attributes, &mut inside);
    found.extend(inside.into_iter().filter(|found| {
        // Under two names and with one value: just what the rule says.
        let renamed = found.part.contains(" → ");
        !(renamed && found.left == found.right)
    }));
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

fn links(left: &[LinkTo<'_>], right: &[LinkTo<'_>], rules: &Rules, found: &mut Vec<Found>) {
    let (pairs, lost, added) = pair_up(
        left,
        right,
        |link| Key::Text(format!("{} {}", link.ref_type.as_str(), target(link))),
        |link| Key::Text(target(link)),
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
        Some((service, name)) => format!("{service}: {name}"),
        None => "a span outside".to_owned(),
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
