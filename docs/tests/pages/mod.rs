//! All pages of the project.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of this"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// A page.
pub struct Page {
    /// From the root of the project.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// A fenced block of a page.
pub struct Block {
    /// What stands behind the opening fence.
    pub language: String,
    /// The line of the opening fence, counted from one.
    pub line: usize,
    /// What stands between the fences.
    pub text: String,
    /// Whether the line before is a marker of `cargo xtask pages`.
    pub after_marker: bool,
}

/// The root of the project.
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize()
        .expect("this package lies in the project")
}

/// All Markdown files, in an order that does not change.
pub fn all() -> Vec<Page> {
    let pages: Vec<Page> = files(".md")
        .into_iter()
        .map(|path| Page {
            text: read(&path),
            path,
        })
        .collect();
    assert!(pages.len() > 5, "the pages of the project were not found");
    pages
}

/// The pages that some crate includes as documentation, which makes their Rust doctests.
pub fn doctests() -> Vec<String> {
    let mut pages = Vec::new();
    for source in files(".rs") {
        let text = read(&source);
        let included = text.lines().filter_map(|line| {
            let (attribute, rest) = line.trim().split_once("doc = include_str!(\"")?;
            let is_attribute = matches!(attribute, "#[" | "#![");
            is_attribute.then_some(rest.split_once('"')?.0)
        });
        let folder = root().join(Path::new(&source).parent().unwrap_or(Path::new("")));
        for page in included {
            let page = folder.join(page).canonicalize();
            let page = page.unwrap_or_else(|error| panic!("{source}: {error}"));
            pages.push(inside(&page));
        }
    }
    pages
}

/// All files with this ending, from the root of the project.
fn files(ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(&root(), ending, &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("an entry of the folder").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            collect(&path, ending, found);
        } else if name.ends_with(ending) {
            found.push(inside(&path));
        }
    }
}

fn inside(path: &Path) -> String {
    let inside = path.strip_prefix(root()).expect("it lies in the project");
    inside.to_string_lossy().into_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("the project's text is UTF-8")
}

impl Page {
    /// The fenced blocks, in order.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut lines = self.text.lines().enumerate();
        let mut before = "";
        while let Some((number, line)) = lines.next() {
            if let Some(language) = line.strip_prefix("```") {
                let inside = lines.by_ref().map(|(_, line)| line);
                let text: Vec<&str> = inside.take_while(|line| *line != "```").collect();
                blocks.push(Block {
                    language: language.to_owned(),
                    line: number + 1,
                    text: text.join("\n"),
                    after_marker: before.starts_with("<!-- include: ")
                        || before.starts_with("<!-- diff: "),
                });
            }
            before = line;
        }
        blocks
    }

    /// The text outside of fenced blocks, line by line, with line numbers counted from one.
    pub fn prose(&self) -> Vec<(usize, &str)> {
        let mut fenced = false;
        let lines = self.text.lines().enumerate().filter(|(_, line)| {
            let fence = line.starts_with("```");
            fenced ^= fence;
            !fenced && !fence
        });
        lines.map(|(number, line)| (number + 1, line)).collect()
    }
}
