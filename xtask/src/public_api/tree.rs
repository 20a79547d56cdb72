//! The modules of a crate as they are written: items, imports, children.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use syn::{Attribute, Item, UseTree, Visibility};

/// A module.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// The feature without which it is not there.
    pub(super) feature: Option<String>,
    pub(super) is_public: bool,
    pub(super) items: Vec<Item>,
    pub(super) imports: Vec<Import>,
    pub(super) children: BTreeMap<String, Self>,
}

/// One name that a `use` brings in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Import {
    pub(super) is_public: bool,
    pub(super) feature: Option<String>,
    /// As it is called here.
    pub(super) name: String,
    pub(super) path: Vec<String>,
}

impl Module {
    /// Reads the crate whose root is `file`.
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let folder = file.parent().context("a file is in a folder")?;
        Self::read_file(file, folder)
    }

    fn read_file(file: &Path, folder: &Path) -> anyhow::Result<Self> {
        let name = || file.display().to_string();
        let text = fs::read_to_string(file).with_context(name)?;
        let parsed = syn::parse_file(&text).with_context(name)?;
        let mut module = Self::default();
        module.add(parsed.items, folder)?;
        Ok(module)
    }

    /// `folder` is where the files of child modules lie.
    fn add(&mut self, items: Vec<Item>, folder: &Path) -> anyhow::Result<()> {
        for item in items {
            match item {
                Item::Mod(item) => {
                    if is_for_tests(&item.attrs) {
                        continue;
                    }
                    let name = item.ident.to_string();
                    let inner = folder.join(&name);
                    let mut child = match item.content {
                        Some((_, items)) => {
                            let mut child = Self::default();
                            child.add(items, &inner)?;
                            child
                        }
                        None => Self::read_file(&file_of(folder, &name), &inner)?,
                    };
                    child.is_public = is_public(&item.vis);
                    child.feature = feature(&item.attrs);
                    self.children.insert(name, child);
                }
                Item::Use(item) => {
                    let (is_public, feature) = (is_public(&item.vis), feature(&item.attrs));
                    flatten(&item.tree, &mut Vec::new(), &mut |name, path| {
                        let feature = feature.clone();
                        let import = Import {
                            is_public,
                            feature,
                            name,
                            path,
                        };
                        self.imports.push(import);
                    });
                }
                // `pin_project!` and its like hold items; a macro that holds something else is an item itself.
                Item::Macro(item) if item.ident.is_none() => {
                    match syn::parse2::<syn::File>(item.mac.tokens.clone()) {
                        Ok(inner) if !inner.items.is_empty() => self.add(inner.items, folder)?,
                        _ => self.items.push(Item::Macro(item)),
                    }
                }
                item => self.items.push(item),
            }
        }
        Ok(())
    }

    /// The module at a path from here.
    pub(super) fn at(&self, path: &[String]) -> Option<&Self> {
        path.iter()
            .try_fold(self, |module, name| module.children.get(name))
    }
}

fn file_of(folder: &Path, name: &str) -> PathBuf {
    let file = folder.join(format!("{name}.rs"));
    if file.exists() {
        file
    } else {
        folder.join(name).join("mod.rs")
    }
}

fn flatten(tree: &UseTree, path: &mut Vec<String>, found: &mut impl FnMut(String, Vec<String>)) {
    match tree {
        UseTree::Path(inner) => {
            path.push(inner.ident.to_string());
            flatten(&inner.tree, path, found);
            path.pop();
        }
        UseTree::Group(group) => group
            .items
            .iter()
            .for_each(|tree| flatten(tree, path, found)),
        UseTree::Name(name) if name.ident == "self" => {
            if let Some(last) = path.last() {
                found(last.clone(), path.clone());
            }
        }
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            found(name.clone(), [path.as_slice(), &[name]].concat());
        }
        UseTree::Rename(rename) => {
            let path = [path.as_slice(), &[rename.ident.to_string()]].concat();
            found(rename.rename.to_string(), path);
        }
        UseTree::Glob(_) => found("*".to_owned(), path.clone()),
    }
}

pub(super) fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// `#[cfg(test)]` and `#[cfg(doctest)]`.
pub(super) fn is_for_tests(attributes: &[Attribute]) -> bool {
    ["test", "doctest"]
        .iter()
        .any(|name| attributes.iter().any(|attribute| cfg(attribute) == *name))
}

/// The feature of `#[cfg(feature = "...")]`.
pub(super) fn feature(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| {
        let text = cfg(attribute);
        let name = text.strip_prefix("feature = \"")?.strip_suffix('"')?;
        Some(name.to_owned())
    })
}

fn cfg(attribute: &Attribute) -> String {
    match attribute.meta.require_list() {
        Ok(list) if list.path.is_ident("cfg") => list.tokens.to_string(),
        _ => String::new(),
    }
}
