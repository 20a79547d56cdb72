//! A map whose entries disappear by themselves, as Redis keys do.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

/// Below this size dead entries are not worth a sweep.
const SMALL: usize = 1_024;

#[derive(Debug)]
pub(super) struct Expiring<K, V> {
    entries: HashMap<K, (V, Instant)>,
    /// The size at which dead entries are swept out. It is twice what the last sweep left, so that sweeping costs a
    /// constant amount for each insertion and the map stays within twice its living content.
    sweep_at: usize,
}

impl<K: Eq + Hash, V> Expiring<K, V> {
    pub(super) fn new() -> Self {
        Self {
            entries: HashMap::new(),
            sweep_at: SMALL,
        }
    }

    pub(super) fn insert(&mut self, key: K, value: V, ttl: Duration) {
        let now = Instant::now();
        if self.entries.len() >= self.sweep_at {
            self.entries.retain(|_, (_, end)| *end > now);
            self.sweep_at = (self.entries.len() * 2).max(SMALL);
        }
        self.entries.insert(key, (value, now + ttl));
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.alive(key).map(|(value, _)| value)
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let (value, end) = self.entries.get_mut(key)?;
        (*end > Instant::now()).then_some(value)
    }

    /// How long the entry has left.
    pub(super) fn ttl(&self, key: &K) -> Option<Duration> {
        self.alive(key)
            .map(|(_, end)| end.duration_since(Instant::now()))
    }

    /// Removes the entry and says whether it was alive.
    pub(super) fn remove(&mut self, key: &K) -> bool {
        self.entries
            .remove(key)
            .is_some_and(|(_, end)| end > Instant::now())
    }

    fn alive(&self, key: &K) -> Option<&(V, Instant)> {
        self.entries
            .get(key)
            .filter(|(_, end)| *end > Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_entry_disappears_when_its_time_is_over() {
        let mut map = Expiring::new();
        map.insert("a", 1, Duration::from_secs(2));

        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(map.get(&"a"), Some(&1));
        assert_eq!(map.ttl(&"a"), Some(Duration::from_secs(1)));

        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(map.get(&"a"), None);
        assert_eq!(map.get_mut(&"a"), None);
        assert!(!map.remove(&"a"));
    }

    #[tokio::test(start_paused = true)]
    async fn dead_entries_do_not_pile_up() {
        let mut map = Expiring::new();

        for key in 0..100 * SMALL {
            map.insert(key, (), Duration::from_millis(10));
            tokio::time::advance(Duration::from_millis(1)).await;
        }

        assert!(
            map.entries.len() <= 2 * SMALL,
            "{} entries are kept",
            map.entries.len()
        );
    }
}
