//! Baggage: key:value pairs that travel with a trace to all descendants.

use std::collections::{BTreeMap, btree_map};
use std::sync::Arc;

/// An immutable set of baggage items with cheap clones.
///
/// Any string is a key here, because OpenTracing allows it. Which keys can leave the process depends on the wire format.
/// Items are kept in the order of their keys, so that what is written to a carrier is the same each time.
///
/// ```
/// use opentracing_shim::Baggage;
///
/// let mut baggage: Baggage = [("tenant", "t1")].into_iter().collect();
/// let before = baggage.clone();
/// baggage.insert("any key", "any value");
///
/// assert_eq!(baggage.get("any key"), Some("any value"));
/// assert_eq!(baggage.iter().collect::<Vec<_>>(), [("any key", "any value"), ("tenant", "t1")]);
/// assert_eq!(before.len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baggage(Option<Arc<Items>>);

type Items = BTreeMap<Arc<str>, Item>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) value: Arc<str>,
    /// Properties of the item in W3C baggage. OpenTracing does not know them; they are handed on.
    pub(crate) metadata: Option<Arc<str>>,
}

impl Baggage {
    /// No items.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of an item.
    pub fn get(&self, key: &str) -> Option<&str> {
        Some(&self.item(key)?.value)
    }

    /// Sets an item in this handle. Clones that were taken before do not change.
    pub fn insert(&mut self, key: impl Into<Arc<str>>, value: impl Into<Arc<str>>) {
        self.insert_item(
            key.into(),
            Item {
                value: value.into(),
                metadata: None,
            },
        );
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |items| items.len())
    }

    /// Whether there is no item.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All items, in the order of their keys.
    pub fn iter(&self) -> BaggageItems<'_> {
        BaggageItems(self.0.as_ref().map(|items| items.iter()))
    }

    pub(crate) fn item(&self, key: &str) -> Option<&Item> {
        self.0.as_ref()?.get(key)
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = (&Arc<str>, &Item)> {
        self.0.iter().flat_map(|items| items.iter())
    }

    /// `make_mut` copies only when a context handed out still holds the items, so filling a fresh span is cheap.
    pub(crate) fn insert_item(&mut self, key: Arc<str>, item: Item) {
        Arc::make_mut(self.0.get_or_insert_default()).insert(key, item);
    }

    pub(crate) fn remove(&mut self, key: &str) {
        if self.item(key).is_some()
            && let Some(items) = &mut self.0
        {
            Arc::make_mut(items).remove(key);
        }
    }

    /// Adds the items of `other` whose keys are not here yet.
    pub(crate) fn union(&mut self, other: &Self) {
        if self.is_empty() {
            self.clone_from(other);
            return;
        }
        for (key, item) in other.items() {
            if self.item(key).is_none() {
                self.insert_item(key.clone(), item.clone());
            }
        }
    }

    /// Whether both handles hold the very same set.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(left), Some(right)) => Arc::ptr_eq(left, right),
            _ => false,
        }
    }
}

impl<'a> IntoIterator for &'a Baggage {
    type Item = (&'a str, &'a str);
    type IntoIter = BaggageItems<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: Into<Arc<str>>, V: Into<Arc<str>>> FromIterator<(K, V)> for Baggage {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(items: I) -> Self {
        let mut baggage = Self::new();
        for (key, value) in items {
            baggage.insert(key, value);
        }
        baggage
    }
}

/// Iterator over baggage items as pairs of key and value.
#[derive(Clone, Debug)]
pub struct BaggageItems<'a>(Option<btree_map::Iter<'a, Arc<str>, Item>>);

impl BaggageItems<'_> {
    pub(crate) const fn empty() -> Self {
        Self(None)
    }
}

impl<'a> Iterator for BaggageItems<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, item) = self.0.as_mut()?.next()?;
        Some((key, &item.value))
    }
}
