//! Attributes that only one side has, that have another name, or another value.

use std::collections::{HashMap, HashSet};

use super::Found;
use crate::pages;
use crate::report::Change;
use crate::rules::{Attribute, Cited, Comparable, Rules};

/// How lists of attributes are compared, of a span or of an event.
pub(super) struct Attributes<'a> {
    pub(super) prefix: &'a str,
    /// The rule by which one may be on one side only.
    pub(super) one_side: &'a dyn Fn(&str) -> Option<Cited>,
    /// Whether other names of equal values go without saying, since a rule for all of it was cited.
    pub(super) names_are_told: bool,
    pub(super) rules: &'a Rules,
}

impl Attributes<'_> {
    /// Both lists are sorted by key.
    pub(super) fn compare(
        &self,
        left: &[Attribute<'_>],
        right: &[Attribute<'_>],
        found: &mut Vec<Found>,
    ) {
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
        if l_type == r_type && (same_key || self.names_are_told) {
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
