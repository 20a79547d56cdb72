//! The grid of stages on disk: a folder is a stage, a file in it is a service.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use crate::flow::Flow;

/// The services, each a file in every stage.
pub const SERVICES: [&str; 3] = ["api", "auth", "sms"];

/// The stage without instrumentation, which all others are measured against.
pub const BARE: &str = "bare";

/// The order in which a reader goes through the stages.
const ORDER: [&str; 6] = [BARE, "legacy", "dropin", "shim", "mixed", "native"];

/// A stage of the migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Its name, which is its folder's.
    pub name: String,
    folder: PathBuf,
}

/// Finds all stages below a workspace's root, in reading order.
///
/// # Errors
///
/// When a folder cannot be read or is a stage that the order does not know.
pub fn all(root: &Path) -> anyhow::Result<Vec<Stage>> {
    let grid = root.join("services/stages");
    let mut stages = Vec::new();
    for entry in fs::read_dir(&grid).with_context(|| grid.display().to_string())? {
        let folder = entry?.path();
        if folder.join("Cargo.toml").is_file() {
            let name = folder
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            ensure!(
                ORDER.contains(&name.as_str()),
                "{name} has no place in the order of stages"
            );
            stages.push(Stage { name, folder });
        }
    }
    stages.sort_by_key(|stage| ORDER.iter().position(|name| *name == stage.name));
    Ok(stages)
}

impl Stage {
    /// Where the flow of a service is, which may be another stage's file.
    ///
    /// # Errors
    ///
    /// When the stage's `lib.rs` declares no such module.
    pub fn flow_path(&self, service: &str) -> anyhow::Result<PathBuf> {
        let source = self.folder.join("src");
        let lib = read(&source.join("lib.rs"))?;
        let declared = module_path(&lib, service)?
            .with_context(|| format!("stage {} has no module `{service}`", self.name))?;
        Ok(source.join(declared))
    }

    /// Reads the flow of a service.
    ///
    /// # Errors
    ///
    /// When it is missing or is not Rust.
    pub fn flow(&self, service: &str) -> anyhow::Result<Flow> {
        let path = self.flow_path(service)?;
        let source = read(&path)?;
        Flow::parse(&source).with_context(|| path.display().to_string())
    }

    /// The lines of code of a service's flow, without blank lines and comments.
    ///
    /// # Errors
    ///
    /// When it is missing.
    pub fn flow_lines(&self, service: &str) -> anyhow::Result<usize> {
        Ok(lines_of_code(&read(&self.flow_path(service)?)?))
    }

    /// The lines of code that set tracing up: all that is neither a flow nor `lib.rs`.
    ///
    /// # Errors
    ///
    /// When a file cannot be read.
    pub fn setup_lines(&self) -> anyhow::Result<usize> {
        let mut lines = 0;
        for entry in fs::read_dir(self.folder.join("src"))? {
            let path = entry?.path();
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let counts = path.extension().is_some_and(|extension| extension == "rs")
                && name != "lib"
                && !SERVICES.contains(&name.as_str());
            if counts {
                lines += lines_of_code(&read(&path)?);
            }
        }
        Ok(lines)
    }

    /// The lines of the manifest that name dependencies.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn dependencies(&self) -> anyhow::Result<Vec<String>> {
        Ok(dependency_lines(&read(&self.folder.join("Cargo.toml"))?))
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// The file of a module that a `lib.rs` declares.
fn module_path(lib: &str, module: &str) -> anyhow::Result<Option<PathBuf>> {
    let declared = syn::parse_file(lib)?
        .items
        .into_iter()
        .find_map(|item| match item {
            syn::Item::Mod(item) if item.ident == module && item.content.is_none() => Some(item),
            _ => None,
        });
    Ok(declared.map(|declared| {
        let elsewhere = declared.attrs.iter().find_map(|attribute| {
            let named = attribute.meta.require_name_value().ok()?;
            match &named.value {
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(path),
                    ..
                }) if named.path.is_ident("path") => Some(path.value()),
                _ => None,
            }
        });
        PathBuf::from(elsewhere.unwrap_or_else(|| format!("{module}.rs")))
    }))
}

fn lines_of_code(source: &str) -> usize {
    source
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count()
}

fn dependency_lines(manifest: &str) -> Vec<String> {
    let mut here = false;
    let mut lines = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            here = line == "[dependencies]";
        } else if here && !line.is_empty() && !line.starts_with('#') {
            lines.push(line.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_found_in_its_own_file_or_in_another_stages() {
        let lib = "pub mod api;\n#[path = \"../../legacy/src/auth.rs\"]\nmod auth;\nmod sms {}";

        let path = |module| module_path(lib, module).expect("valid Rust");

        assert_eq!(path("api"), Some(PathBuf::from("api.rs")));
        assert_eq!(
            path("auth"),
            Some(PathBuf::from("../../legacy/src/auth.rs"))
        );
        assert_eq!(path("sms"), None);
        assert_eq!(path("none"), None);
    }

    #[test]
    fn blank_lines_and_comments_are_no_code() {
        assert_eq!(
            lines_of_code("//! a\n\nfn b() {\n    // c\n    d(); // e\n}\n"),
            3
        );
    }

    #[test]
    fn only_the_dependencies_of_the_code_itself_count() {
        let manifest = "[package]\nname = \"a\"\n[dependencies]\n# why\nb = \"1\"\n\nc.workspace = true\n\
                        [dev-dependencies]\nd = \"1\"\n";

        assert_eq!(
            dependency_lines(manifest),
            ["b = \"1\"", "c.workspace = true"]
        );
    }

    #[test]
    fn the_grid_begins_with_bare() {
        let stages = all(&crate::workspace::root()).expect("the grid is there");

        assert_eq!(stages[0].name, BARE);
        assert!(stages.len() > 1, "{stages:?}");
    }
}
