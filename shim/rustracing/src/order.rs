//! The order of tags, log fields and baggage items: by name, each name once.

use std::mem;

/// Sorts by name. Of several items with one name the last stays.
pub(crate) fn by_name<T>(items: &mut Vec<T>, name: impl Fn(&T) -> &str) {
    // The sort is stable, so the last of one name is behind the others.
    items.sort_by(|a, b| name(a).cmp(name(b)));
    items.dedup_by(|later, kept| {
        let is_same = name(later) == name(kept);
        if is_same {
            mem::swap(later, kept);
        }
        is_same
    });
}

/// Appends an item in place of whatever has its name.
pub(crate) fn replace<T>(items: &mut Vec<T>, item: T, name: impl Fn(&T) -> &str) {
    items.retain(|other| name(other) != name(&item));
    items.push(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<'a>(item: &'a (&'static str, u32)) -> &'a str {
        item.0
    }

    #[test]
    fn the_last_item_of_a_name_stays() {
        let mut items = vec![("b", 1), ("a", 2), ("b", 3), ("b", 4), ("a", 5), ("c", 6)];

        by_name(&mut items, text);

        assert_eq!(items, [("a", 5), ("b", 4), ("c", 6)]);
    }

    #[test]
    fn a_replacement_goes_to_the_end() {
        let mut items = vec![("b", 1), ("a", 2)];

        replace(&mut items, ("b", 3), text);

        assert_eq!(items, [("a", 2), ("b", 3)]);
    }
}
