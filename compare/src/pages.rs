//! Where differences without a rule are explained.

pub(crate) const NAMES: &str = "docs/guide.md#tags-logs-references";
pub(crate) const KIND: &str = "docs/guide.md#every-span-is-internal";
pub(crate) const HEADERS: &str = "docs/guide.md#no-headers-are-written";
pub(crate) const TASKS: &str = "docs/guide.md#a-task-begins-without-a-span";
pub(crate) const BAGGAGE: &str = "docs/guide.md#baggage-that-was-set-too-late";
pub(crate) const TWICE: &str = "docs/guide.md#a-tag-that-is-set-twice";
pub(crate) const LAST_SPANS: &str = "docs/guide.md#the-last-spans-are-missing";
pub(crate) const SAMPLING: &str = "docs/guide.md#half-a-trace-is-kept";
pub(crate) const ADDED: &str = "docs/trace-compare.md#added";
pub(crate) const CHANGED: &str = "docs/trace-compare.md#changed";
pub(crate) const IDS: &str = "docs/guide.md#a-trace-is-not-found-by-its-id";
pub(crate) const DOUBLE: &str = "docs/trace-compare.md#spans-that-are-there-twice";

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn every_page_has_the_heading_that_is_linked() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let in_rules = crate::rules::BUILTIN
            .lines()
            .filter_map(|line| line.strip_prefix("page = \"")?.strip_suffix('"'));
        let pages = [
            super::NAMES,
            super::KIND,
            super::HEADERS,
            super::TASKS,
            super::BAGGAGE,
            super::TWICE,
            super::LAST_SPANS,
            super::SAMPLING,
            super::ADDED,
            super::CHANGED,
            super::IDS,
            super::DOUBLE,
        ];
        for page in pages.into_iter().chain(in_rules) {
            let (file, anchor) = page.split_once('#').expect("a page has a heading");
            let text = std::fs::read_to_string(root.join(file)).expect("the page is there");

            let headings = text.lines().filter(|line| line.starts_with('#'));
            let mut headings = headings.map(|line| {
                let heading = line.trim_start_matches('#').trim().to_lowercase();
                let kept = heading
                    .chars()
                    .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
                kept.collect::<String>().replace(' ', "-")
            });

            assert!(headings.any(|heading| heading == anchor), "{page}");
        }
    }
}
