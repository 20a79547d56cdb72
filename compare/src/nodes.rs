//! Spans in their newest form, with hashes by which equal ones find each other.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::capture::Capture;
use crate::forest::{Forest, Place};
use crate::model::{RefType, Span, SpanId, Status, TraceId};
use crate::rules::{Attribute, EventName, Rules, mask};

/// A capture, ready to be matched.
pub(crate) struct Side<'a> {
    pub(crate) traces: Vec<View<'a>>,
    /// What links may lead to; nothing where there are none.
    targets: HashMap<(TraceId, SpanId), Target<'a>>,
}

/// A trace, ready to be matched.
pub(crate) struct View<'a> {
    pub(crate) forest: Forest,
    pub(crate) nodes: Vec<Node<'a>>,
    /// The top with the most spans below it, which is what the trace is about.
    pub(crate) main: usize,
    /// Of the whole trace, as of a span that has the tops as its children.
    pub(crate) keys: Keys,
    /// The labels of all spans, sorted.
    pub(crate) labels: Vec<u64>,
}

/// A span, ready to be matched.
pub(crate) struct Node<'a> {
    pub(crate) span: &'a Span,
    pub(crate) service: &'a str,
    pub(crate) name: &'a str,
    /// Sorted by key.
    pub(crate) attributes: Vec<Attribute<'a>>,
    pub(crate) events: Vec<Event<'a>>,
    pub(crate) links: Vec<LinkTo<'a>>,
    pub(crate) keys: Keys,
    /// How many spans there are from here down.
    pub(crate) size: usize,
    /// Of the attributes that are compared, sorted.
    pub(crate) attribute_hashes: Vec<u64>,
    /// Of the children, sorted.
    pub(crate) child_labels: Vec<u64>,
    /// Of name and value of each attribute, for those that both captures know.
    shared: Vec<(u64, u64)>,
}

/// Hashes of a span with all that is below it. What is equal in one of them is equal in all that follow, but for `own`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Keys {
    /// As written, but for ids, times and ports.
    pub(crate) written: u64,
    /// Under the rules.
    pub(crate) content: u64,
    /// Without the attributes that only one capture has on such spans.
    pub(crate) shared: u64,
    /// Service, name, kind, status and names of events.
    pub(crate) skeleton: u64,
    /// Service and name.
    pub(crate) shape: u64,
    /// Service, name, kind and the attributes that both captures have on such spans, of the span itself.
    pub(crate) own: u64,
    /// Service and name of the span itself.
    pub(crate) label: u64,
}

/// An event in its newest form.
pub(crate) struct Event<'a> {
    pub(crate) name: EventName<'a>,
    /// Sorted by key.
    pub(crate) attributes: Vec<Attribute<'a>>,
    pub(crate) hash: u64,
}

/// A link, by what it leads to.
pub(crate) struct LinkTo<'a> {
    pub(crate) ref_type: RefType,
    /// If the span is in the capture.
    pub(crate) target: Option<Target<'a>>,
    pub(crate) attributes: Option<Vec<Attribute<'a>>>,
}

/// What a link leads to. Its label is hashed once, however many links there are.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) service: &'a str,
    pub(crate) name: &'a str,
    label: u64,
}

impl LinkTo<'_> {
    /// By what two links to the same are known.
    pub(crate) fn key(&self) -> Option<u64> {
        self.target.map(|target| target.label)
    }
}

impl<'a> Side<'a> {
    pub(crate) fn new(capture: &'a Capture, rules: &'a Rules, hasher: &RandomState) -> Self {
        let has_links = capture
            .traces
            .iter()
            .any(|trace| trace.spans.iter().any(|span| !span.links.is_empty()));
        let mut side = Self {
            traces: Vec::with_capacity(capture.traces.len()),
            targets: HashMap::new(),
        };
        if has_links {
            for span in capture.traces.iter().flat_map(|trace| &trace.spans) {
                let id = (span.trace_id, span.span_id);
                side.targets.entry(id).or_insert_with(|| {
                    let (service, name) =
                        (rules.service(&span.service), rules.span_name(&span.name));
                    Target {
                        service,
                        name,
                        label: hasher.hash_one((service, name)),
                    }
                });
            }
        }
        for trace in &capture.traces {
            let nodes: Vec<_> = trace
                .spans
                .iter()
                .map(|span| side.node(span, rules, hasher))
                .collect();
            let forest = Forest::of(&trace.spans);
            let mut labels: Vec<_> = nodes.iter().map(|node| node.keys.label).collect();
            labels.sort_unstable();
            side.traces.push(View {
                forest,
                nodes,
                main: 0,
                keys: Keys::default(),
                labels,
            });
        }
        side
    }

    fn node(&self, span: &'a Span, rules: &'a Rules, hasher: &RandomState) -> Node<'a> {
        let service = rules.service(&span.service);
        let name = rules.span_name(&span.name);
        let mut attributes: Vec<_> = span
            .attributes
            .iter()
            .map(|(key, value)| rules.attribute(key, value, span.kind, span.status))
            .collect();
        sort(&mut attributes);
        let shared: Vec<_> = attributes
            .iter()
            .filter(|attribute| !attribute.optional)
            .map(|attribute| {
                let key = hasher.hash_one(attribute.key);
                (key, hasher.hash_one((key, &attribute.comparable)))
            })
            .collect();
        let mut attribute_hashes: Vec<_> = shared.iter().map(|(_, value)| *value).collect();
        attribute_hashes.sort_unstable();
        let events = span
            .events
            .iter()
            .map(|event| {
                let name = rules.event(&event.name);
                let mut attributes: Vec<_> = event
                    .attributes
                    .iter()
                    .map(|(key, value)| rules.event_attribute(name, key, value))
                    .collect();
                sort(&mut attributes);
                let of_attributes = attributes.iter();
                let values: Vec<_> = of_attributes.map(|a| (a.key, &a.comparable)).collect();
                let hash = hasher.hash_one((name.name, values));
                Event {
                    name,
                    attributes,
                    hash,
                }
            })
            .collect();
        let links = span
            .links
            .iter()
            .map(|link| {
                let attributes = link.attributes.as_ref().map(|attributes| {
                    let attributes = attributes.iter();
                    let mut attributes: Vec<_> = attributes
                        .map(|(key, value)| rules.attribute(key, value, span.kind, span.status))
                        .collect();
                    sort(&mut attributes);
                    attributes
                });
                LinkTo {
                    ref_type: link.ref_type,
                    target: self.targets.get(&(link.trace_id, link.span_id)).copied(),
                    attributes,
                }
            })
            .collect();
        let keys = Keys {
            label: hasher.hash_one((service, name)),
            ..Keys::default()
        };
        Node {
            span,
            service,
            name,
            attributes,
            events,
            links,
            keys,
            size: 1,
            attribute_hashes,
            child_labels: Vec::new(),
            shared,
        }
    }

    /// The names of attributes that spans with a label have.
    fn known(&self) -> HashMap<u64, Vec<u64>> {
        let mut known: HashMap<u64, Vec<u64>> = HashMap::new();
        for node in self.traces.iter().flat_map(|view| &view.nodes) {
            let keys = known.entry(node.keys.label).or_default();
            for (key, _) in &node.shared {
                // Few names belong to a label: as a list they are found soonest.
                if !keys.contains(key) && keys.len() < 256 {
                    keys.push(*key);
                }
            }
        }
        known
    }

    fn seal(
        &mut self,
        other: &HashMap<u64, Vec<u64>>,
        own: &HashMap<u64, Vec<u64>>,
        hasher: &RandomState,
    ) {
        for view in &mut self.traces {
            view.seal(other, own, hasher);
        }
    }
}

/// Computes the keys of both sides; which attributes both know shows only when both are read.
pub(crate) fn seal(left: &mut Side<'_>, right: &mut Side<'_>, hasher: &RandomState) {
    let (known_left, known_right) = (left.known(), right.known());
    left.seal(&known_right, &known_left, hasher);
    right.seal(&known_left, &known_right, hasher);
}

impl View<'_> {
    fn seal(
        &mut self,
        other: &HashMap<u64, Vec<u64>>,
        own: &HashMap<u64, Vec<u64>>,
        hasher: &RandomState,
    ) {
        for index in (0..self.forest.order.len()).rev() {
            let at = self.forest.order[index];
            let below = Below::of(&self.nodes, &self.forest.children[at], hasher);
            let place = self.forest.places[at];
            let node = &mut self.nodes[at];
            let known = |key: &u64| {
                let knows = |side: &HashMap<u64, Vec<u64>>| {
                    side.get(&node.keys.label)
                        .is_some_and(|keys| keys.contains(key))
                };
                knows(other) && knows(own)
            };
            let shared = node.shared.iter().filter(|(key, _)| known(key));
            let shared = shared.fold(0_u64, |sum, (_, value)| sum.wrapping_add(*value));
            node.size = below.size + 1;
            node.child_labels = below.labels;
            node.keys = node.own_keys(place, shared, &below.keys, hasher);
        }
        let tops = Below::of(&self.nodes, &self.forest.tops, hasher);
        let biggest = |at: &&usize| (self.nodes[**at].size, self.nodes[**at].keys.label);
        self.main = *self
            .forest
            .tops
            .iter()
            .max_by_key(biggest)
            .expect("a trace has a span");
        self.keys = Keys {
            label: self.nodes[self.main].keys.label,
            ..tops.keys
        };
    }
}

/// What is below a span, whatever its order.
struct Below {
    keys: Keys,
    labels: Vec<u64>,
    size: usize,
}

impl Below {
    fn of(nodes: &[Node<'_>], children: &[usize], hasher: &RandomState) -> Self {
        let mut keys = Keys::default();
        let mut size = 0;
        for child in children {
            let child = &nodes[*child];
            // Hashed once more, so that the sum does not let two halves cancel out.
            let add = |sum: &mut u64, key: u64| *sum = sum.wrapping_add(hasher.hash_one(key));
            add(&mut keys.written, child.keys.written);
            add(&mut keys.content, child.keys.content);
            add(&mut keys.shared, child.keys.shared);
            add(&mut keys.skeleton, child.keys.skeleton);
            add(&mut keys.shape, child.keys.shape);
            size += child.size;
        }
        let mut labels: Vec<_> = children
            .iter()
            .map(|child| nodes[*child].keys.label)
            .collect();
        labels.sort_unstable();
        Self { keys, labels, size }
    }
}

impl Node<'_> {
    fn own_keys(&self, place: Place, shared: u64, below: &Keys, hasher: &RandomState) -> Keys {
        let label = self.keys.label;
        let events = self.events.iter();
        let event_names: Vec<_> = events.map(|event| event.name.name).collect();
        let events: u64 = self
            .events
            .iter()
            .fold(0, |sum, event| sum.wrapping_add(event.hash));
        let links = self.links.iter().fold(0_u64, |sum, link| {
            sum.wrapping_add(hasher.hash_one((link.ref_type, link.key())))
        });
        let attributes = self
            .attribute_hashes
            .iter()
            .fold(0_u64, |sum, hash| sum.wrapping_add(*hash));
        let message = self.span.status_message.as_deref().map(mask);
        let core = hasher.hash_one((
            label,
            self.span.kind,
            self.span.status == Status::Error,
            event_names,
        ));
        let in_full = (core, events, links);
        let written = self.attributes.iter().fold(0_u64, |sum, attribute| {
            let hash = hasher.hash_one((
                attribute.written_key,
                &attribute.comparable,
                attribute.written.type_name(),
            ));
            sum.wrapping_add(hash)
        });
        let written_events: Vec<_> = self.events.iter().map(|event| event.name.written).collect();
        let content = hasher.hash_one((in_full, attributes));
        Keys {
            written: hasher.hash_one((
                (content, written, written_events, place),
                (&*self.span.service, &self.span.name, self.span.status),
                (self.span.parent_type, message),
                below.written,
            )),
            content: hasher.hash_one((content, below.content)),
            shared: hasher.hash_one((in_full, shared, below.shared)),
            skeleton: hasher.hash_one((core, below.skeleton)),
            shape: hasher.hash_one((label, below.shape)),
            own: hasher.hash_one((label, self.span.kind, shared)),
            label,
        }
    }
}

fn sort(attributes: &mut [Attribute<'_>]) {
    attributes.sort_by(|a, b| a.key.cmp(b.key).then(a.written_key.cmp(b.written_key)));
}

/// How much two sorted lists have in common, from 0 to 1. Two empty ones are alike.
pub(crate) fn overlap<T: Ord>(left: &[T], right: &[T]) -> f64 {
    if left.is_empty() && right.is_empty() {
        return 1.0;
    }
    let (mut common, mut l, mut r) = (0, 0, 0);
    while let (Some(a), Some(b)) = (left.get(l), right.get(r)) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => l += 1,
            std::cmp::Ordering::Greater => r += 1,
            std::cmp::Ordering::Equal => {
                common += 1;
                l += 1;
                r += 1;
            }
        }
    }
    2.0 * f64::from(common) / (left.len() + right.len()) as f64
}
