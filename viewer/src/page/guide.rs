//! The guide, for a reader without a network: what differences and findings link to.
//!
//! The pages are parts of the binary, and rendered once. They are ours; still no HTML of theirs comes through, since the
//! policy of the page would stop most of it.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::http::StatusCode;
use maud::{Markup, PreEscaped, html};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::layout::{Section, View};

/// A page of the guide.
struct Source {
    /// Its file in the repository.
    file: &'static str,
    /// Where it is here.
    path: &'static str,
    /// What leads to it.
    label: &'static str,
    text: &'static str,
}

static SOURCES: [Source; 3] = [
    Source {
        file: "docs/guide.md",
        path: "/guide",
        label: "Guide",
        text: include_str!("../../../docs/guide.md"),
    },
    Source {
        file: "docs/trace-compare.md",
        path: "/guide/trace-compare",
        label: "Comparing",
        text: include_str!("../../../docs/trace-compare.md"),
    },
    Source {
        file: "docs/mistakes.md",
        path: "/guide/mistakes",
        label: "Mistakes",
        text: include_str!("../../../docs/mistakes.md"),
    },
];

static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| SOURCES.iter().map(Page::of).collect());

/// A page that was rendered.
struct Page {
    source: &'static Source,
    title: String,
    html: String,
    headings: Vec<Heading>,
    /// The texts of the headings, by their ids.
    texts: HashMap<String, String>,
}

/// A heading to go to.
struct Heading {
    id: String,
    text: String,
}

/// Where a place of the documentation is shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) href: String,
    /// The heading there.
    pub(super) title: &'static str,
}

/// The place that rules and findings cite as `docs/guide.md#heading`; none if it is not a part of this page.
pub(super) fn place(cited: &str) -> Option<Place> {
    let (file, id) = cited.split_once('#').unwrap_or((cited, ""));
    let page = PAGES.iter().find(|page| page.source.file == file)?;
    if id.is_empty() {
        return Some(Place {
            href: page.source.path.to_owned(),
            title: &page.title,
        });
    }
    let title = page.texts.get(id)?;
    Some(Place {
        href: format!("{}#{id}", page.source.path),
        title,
    })
}

/// The page of that path.
pub(super) fn view(path: &str) -> Option<View> {
    let page = PAGES.iter().find(|page| page.source.path == path)?;
    Some(View {
        section: Section::Guide,
        status: StatusCode::OK,
        title: page.title.clone(),
        main: html! {
            nav .guides aria-label="Guide" {
                @for other in PAGES.iter() {
                    a href=(other.source.path) aria-current=[(other.source.path == path).then_some("page")] {
                        (other.source.label)
                    }
                }
            }
            (contents(&page.headings))
            article .prose { (PreEscaped(&page.html)) }
        },
    })
}

fn contents(headings: &[Heading]) -> Markup {
    html! {
        details .contents {
            summary { "On this page" }
            ul { @for heading in headings { li { a href={ "#" (heading.id) } { (heading.text) } } } }
        }
    }
}

// === impl Page ===

impl Page {
    fn of(source: &'static Source) -> Self {
        let options = Options::ENABLE_TABLES;
        let mut events: Vec<Event<'_>> = Parser::new_ext(source.text, options).collect();
        let texts = name_headings(&mut events);
        let mut title = String::new();
        let mut headings = Vec::new();
        for (level, id, text) in &texts {
            match level {
                HeadingLevel::H1 if title.is_empty() => title.clone_from(text),
                HeadingLevel::H2 => headings.push(Heading {
                    id: id.clone(),
                    text: text.clone(),
                }),
                _ => {}
            }
        }
        let mut html = String::new();
        pulldown_cmark::html::push_html(&mut html, tame(events, source).into_iter());
        let texts = texts.into_iter().map(|(_, id, text)| (id, text));
        Self {
            source,
            title,
            html,
            headings,
            texts: texts.collect(),
        }
    }
}

/// Gives each heading the id by which others link to it, and returns the ids with the headings' texts.
fn name_headings(events: &mut [Event<'_>]) -> Vec<(HeadingLevel, String, String)> {
    let mut named: Vec<(HeadingLevel, String, String)> = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for at in 0..events.len() {
        match &events[at] {
            Event::Start(Tag::Heading { .. }) => open = Some((at, String::new())),
            Event::Text(text) | Event::Code(text) => {
                if let Some((_, heading)) = &mut open {
                    heading.push_str(text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let Some((start, text)) = open.take() else {
                    continue;
                };
                let slug = slug(&text);
                let before = named.iter().filter(|(.., other)| self::slug(other) == slug);
                let slug = match before.count() {
                    0 => slug,
                    repeated => format!("{slug}-{repeated}"),
                };
                if let Event::Start(Tag::Heading { level, id, .. }) = &mut events[start] {
                    *id = Some(slug.clone().into());
                    named.push((*level, slug, text));
                }
            }
            _ => {}
        }
    }
    named
}

/// The id of a heading, as the sites that show repositories make it.
fn slug(heading: &str) -> String {
    let kept = heading
        .trim()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// No HTML but our own, no image, no style within the text, and no link that leads nowhere.
fn tame<'a>(events: Vec<Event<'a>>, source: &Source) -> Vec<Event<'a>> {
    let mut tamed = Vec::with_capacity(events.len());
    let mut link_is_open = false;
    for event in events {
        let event = match event {
            // Comments are notes to the tools that keep the page fresh.
            Event::Html(text) | Event::InlineHtml(text)
                if text.trim_start().starts_with("<!--") =>
            {
                continue;
            }
            Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => continue,
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            }) => match target(&dest_url, source) {
                Some(target) => {
                    link_is_open = true;
                    Event::Start(Tag::Link {
                        link_type,
                        dest_url: target.into(),
                        title,
                        id,
                    })
                }
                None => continue,
            },
            Event::End(TagEnd::Link) if !std::mem::take(&mut link_is_open) => continue,
            // Alignment would come as a style within the text.
            Event::Start(Tag::Table(columns)) => {
                tamed.push(Event::Html("<div class=\"scrolls\">".into()));
                let columns = columns.iter().map(|_| pulldown_cmark::Alignment::None);
                Event::Start(Tag::Table(columns.collect()))
            }
            Event::End(TagEnd::Table) => {
                tamed.push(Event::End(TagEnd::Table));
                Event::Html("</div>".into())
            }
            other => other,
        };
        tamed.push(event);
    }
    tamed
}

/// Where a link of the repository leads here. To files that are not shown it does not.
fn target(link: &str, source: &Source) -> Option<String> {
    if link.starts_with('#') || link.starts_with("https://") {
        return Some(link.to_owned());
    }
    let (path, id) = match link.split_once('#') {
        Some((path, id)) => (path, format!("#{id}")),
        None => (link, String::new()),
    };
    let folder = source
        .file
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    let file = format!("{folder}/{}", path.trim_start_matches("./"));
    let shown = SOURCES.iter().find(|other| other.file == file)?;
    Some(format!("{}{id}", shown.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_that_a_built_in_rule_cites_is_shown() {
        let pages = compare::BUILTIN_RULES.lines();
        let cited = pages.filter_map(|line| line.strip_prefix("page = \"")?.strip_suffix('"'));
        let mut count = 0;

        for cited in cited {
            count += 1;
            assert!(place(cited).is_some(), "{cited}");
        }

        assert!(count > 0);
    }

    #[test]
    fn a_place_has_its_heading_as_title() {
        let place = place("docs/guide.md#the-last-spans-are-missing").expect("a heading");

        assert_eq!(place.href, "/guide#the-last-spans-are-missing");
        assert_eq!(place.title, "The last spans are missing");
        assert_eq!(super::place("docs/guide.md#no-such-heading"), None);
        assert_eq!(super::place("README.md"), None);
    }

    #[test]
    fn links_within_the_pages_lead_to_headings_that_are_there() {
        let ids = |path: &str| {
            let page = PAGES.iter().find(|page| page.source.path == path);
            &page.unwrap_or_else(|| panic!("no page {path}")).texts
        };

        for page in PAGES.iter() {
            let mut local = 0;
            for link in page.html.split("<a href=\"").skip(1) {
                let link = link.split('"').next().expect("the end of an address");
                if link.starts_with("https://") {
                    continue;
                }
                local += 1;
                let (path, id) = link.split_once('#').unwrap_or((link, ""));
                let path = if path.is_empty() {
                    page.source.path
                } else {
                    path
                };
                assert!(
                    id.is_empty() || ids(path).contains_key(id),
                    "{link} in {}",
                    page.source.file
                );
            }
            assert!(local > 0, "{}", page.source.file);
        }
    }

    #[test]
    fn no_html_of_a_page_and_no_style_within_comes_through() {
        let source = Source {
            file: "docs/test.md",
            path: "/guide/test",
            label: "Test",
            text: "# A <b>title</b>\n\n<script>alert(1)</script>\n\n| a |\n|--:|\n| 1 |\n\n![x](y.png) \
                   [a](../README.md) [b](javascript:alert(1)) [c](guide.md#d)\n\n<!-- a note -->\n",
        };
        let source: &'static Source = Box::leak(Box::new(source));

        let page = Page::of(source);

        for forbidden in [
            "<script",
            "<b>",
            "style=",
            "<img",
            "javascript:",
            "README",
            "a note",
        ] {
            assert!(!page.html.contains(forbidden), "{forbidden}: {}", page.html);
        }
        assert!(
            page.html.contains("<a href=\"/guide#d\">c</a>"),
            "{}",
            page.html
        );
    }

    #[test]
    fn headings_of_one_text_have_ids_of_their_own() {
        let mut events: Vec<_> = Parser::new("# Before\n\n# After\n\n# Before\n").collect();

        let named = name_headings(&mut events);

        let ids: Vec<&str> = named.iter().map(|(_, id, _)| id.as_str()).collect();
        assert_eq!(ids, ["before", "after", "before-1"]);
    }
}
