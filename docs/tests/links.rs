//! Links between the pages, and from them to files, lead somewhere.

mod pages;

use std::path::Path;

use pages::Page;

#[test]
fn every_link_leads_somewhere() {
    let pages = pages::all();
    let mut broken = Vec::new();
    let doctests = pages::doctests();
    let mut followed = 0;
    for page in &pages {
        let is_documentation = doctests.contains(&page.path);
        for (line, target) in links(page) {
            // Names of Rust items are rustdoc's to check, which it does with its warnings denied.
            let is_item = is_documentation && !target.contains(['/', '.', '#']);
            if is_item || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            followed += 1;
            if !leads_somewhere(page, &target, &pages) {
                broken.push(format!("{}:{line}: {target}", page.path));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(followed > 20, "only {followed} links were found");
}

/// The targets of `[text](target)`, with their lines.
fn links(page: &Page) -> Vec<(usize, String)> {
    let in_line = |(number, line): (usize, &str)| {
        line.split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'))
            .map(move |(target, _)| (number, target.to_owned()))
            .collect::<Vec<_>>()
    };
    page.prose().into_iter().flat_map(in_line).collect()
}

fn leads_somewhere(page: &Page, target: &str, pages: &[Page]) -> bool {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let folder = Path::new(&page.path).parent().unwrap_or(Path::new(""));
    let path = if file.is_empty() {
        pages::root().join(&page.path)
    } else {
        pages::root().join(folder).join(file)
    };
    let Ok(path) = path.canonicalize() else {
        return false;
    };
    let other = pages.iter().find(|other| {
        let known = pages::root().join(&other.path).canonicalize();
        known.is_ok_and(|known| known == path)
    });
    // Only the headings of pages are known; a line of a source file is not followed.
    match other {
        Some(other) if !anchor.is_empty() => anchors(other).any(|known| known == anchor),
        _ => true,
    }
}

/// The names that a heading is linked by.
fn anchors(page: &Page) -> impl Iterator<Item = String> {
    page.prose().into_iter().filter_map(|(_, line)| {
        let heading = line.strip_prefix('#')?.trim_start_matches('#').trim();
        let name = heading
            .chars()
            .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
        let name = name.map(|letter| if letter == ' ' { '-' } else { letter });
        Some(name.collect::<String>().to_lowercase())
    })
}

#[test]
fn a_link_to_nothing_is_noticed() {
    let page = Page {
        path: "README.md".to_owned(),
        text: "# A heading, and more\n[a](./LICENSE) [b](gone.md) [c](#a-heading-and-more) [d](#gone)\n"
            .to_owned(),
    };
    let pages = [Page {
        path: page.path.clone(),
        text: page.text.clone(),
    }];

    let leads = links(&page)
        .into_iter()
        .map(|(_, target)| leads_somewhere(&page, &target, &pages))
        .collect::<Vec<_>>();

    assert_eq!(leads, [true, false, true, false]);
}
