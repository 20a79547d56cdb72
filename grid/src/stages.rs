//! The grid of stages: a folder is a stage, a file in it is a service.

use crate::flow::Flow;
use crate::{Error, Sources};

/// The services, each a file in every stage.
pub const SERVICES: [&str; 3] = ["api", "auth", "sms"];

/// The stage without instrumentation, which all others are measured against.
pub const BARE: &str = "bare";

/// The order in which a reader goes through the stages.
const ORDER: [&str; 6] = [BARE, "legacy", "dropin", "shim", "mixed", "native"];

/// A stage of the migration.
#[derive(Debug, Clone, Copy)]
pub struct Stage<'a> {
    /// Its name, which is its folder's.
    pub name: &'a str,
    sources: &'a Sources,
}

/// A file that belongs to a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File<'a> {
    /// Its path below [`FOLDER`](crate::sources::FOLDER), which may begin with another stage.
    pub path: &'a str,
    /// What is in it.
    pub text: &'a str,
}

impl<'a> File<'a> {
    /// The stage in whose folder it is.
    #[must_use]
    pub fn owner(&self) -> &'a str {
        self.path.split('/').next().unwrap_or_default()
    }
}

/// All stages, in reading order. The first is [`BARE`].
///
/// # Errors
///
/// When one of them is unknown to the order, or bare is missing.
pub fn all(sources: &Sources) -> Result<Vec<Stage<'_>>, Error> {
    let manifests = sources
        .paths()
        .filter_map(|path| path.strip_suffix("/Cargo.toml"));
    let mut stages = manifests
        .map(|name| {
            if ORDER.contains(&name) {
                Ok(Stage { name, sources })
            } else {
                let name = name.to_owned();
                Err(Error::Order { name })
            }
        })
        .collect::<Result<Vec<_>, _>>()?;
    stages.sort_by_key(|stage| ORDER.iter().position(|name| *name == stage.name));
    match stages.first() {
        Some(Stage { name: BARE, .. }) => Ok(stages),
        _ => Err(Error::NoBare),
    }
}

impl<'a> Stage<'a> {
    /// The file with the flow of a service, which may be another stage's.
    ///
    /// # Errors
    ///
    /// When the stage's `lib.rs` declares no such module, or the file is missing.
    pub fn file(&self, service: &str) -> Result<File<'a>, Error> {
        let modules = self.modules()?.into_iter();
        let mut found = modules.filter(|(name, _)| name == service);
        let (_, path) = found.next().ok_or_else(|| Error::Module {
            stage: self.name.to_owned(),
            module: service.to_owned(),
        })?;
        self.open(&path)
    }

    /// Reads the flow of a service.
    ///
    /// # Errors
    ///
    /// When it is missing or is not Rust.
    pub fn flow(&self, service: &str) -> Result<Flow, Error> {
        let File { path, text } = self.file(service)?;
        Flow::parse(text).map_err(|source| syntax(path, source))
    }

    /// The lines of code of a service's flow, without blank lines and comments.
    ///
    /// # Errors
    ///
    /// When it is missing.
    pub fn flow_lines(&self, service: &str) -> Result<usize, Error> {
        Ok(lines_of_code(self.file(service)?.text))
    }

    /// The files that set tracing up, in the order of their names: all modules that are no flow.
    ///
    /// # Errors
    ///
    /// When one is missing.
    pub fn setup(&self) -> Result<Vec<File<'a>>, Error> {
        let modules = self.modules()?.into_iter();
        let modules = modules.filter(|(name, _)| !SERVICES.contains(&name.as_str()));
        modules.map(|(_, path)| self.open(&path)).collect()
    }

    /// The lines of code of this stage's own files among [`Stage::setup`].
    ///
    /// # Errors
    ///
    /// When one is missing.
    pub fn setup_lines(&self) -> Result<usize, Error> {
        let files = self.setup()?.into_iter();
        let own = files.filter(|file| file.owner() == self.name);
        Ok(own.map(|file| lines_of_code(file.text)).sum())
    }

    /// The lines of the manifest that name dependencies.
    ///
    /// # Errors
    ///
    /// When it is missing.
    pub fn dependencies(&self) -> Result<Vec<String>, Error> {
        let manifest = self.open(&format!("{}/Cargo.toml", self.name))?;
        Ok(dependency_lines(manifest.text))
    }

    fn modules(&self) -> Result<Vec<(String, String)>, Error> {
        let lib = self.open(&format!("{}/src/lib.rs", self.name))?;
        let modules = modules(lib.text).map_err(|source| syntax(lib.path, source))?;
        let source = format!("{}/src", self.name);
        let modules = modules.into_iter();
        Ok(modules
            .map(|(name, path)| (name, joined(&source, &path)))
            .collect())
    }

    fn open(&self, path: &str) -> Result<File<'a>, Error> {
        let mut paths = self.sources.paths();
        let found = paths.find(|other| *other == path);
        let found = found.and_then(|path| {
            Some(File {
                path,
                text: self.sources.get(path)?,
            })
        });
        found.ok_or_else(|| Error::Missing {
            path: path.to_owned(),
        })
    }
}

fn syntax(path: &str, source: syn::Error) -> Error {
    Error::Syntax {
        path: path.to_owned(),
        source,
    }
}

/// The modules that a `lib.rs` has in other files, in order, each with its path from there.
fn modules(lib: &str) -> syn::Result<Vec<(String, String)>> {
    let items = syn::parse_file(lib)?.items.into_iter();
    let declared = items.filter_map(|item| match item {
        syn::Item::Mod(item) if item.content.is_none() => Some(item),
        _ => None,
    });
    let modules = declared.map(|declared| {
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
        let name = declared.ident.to_string();
        let path = elsewhere.unwrap_or_else(|| format!("{name}.rs"));
        (name, path)
    });
    Ok(modules.collect())
}

/// A path as it is seen from a folder, without steps back.
fn joined(folder: &str, path: &str) -> String {
    let mut parts = folder.split('/').collect::<Vec<_>>();
    for part in path.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
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

        let modules = modules(lib).expect("valid Rust");

        let pair = |name: &str, path: &str| (name.to_owned(), path.to_owned());
        assert_eq!(
            modules,
            [
                pair("api", "api.rs"),
                pair("auth", "../../legacy/src/auth.rs")
            ]
        );
        assert_eq!(joined("dropin/src", "api.rs"), "dropin/src/api.rs");
        assert_eq!(
            joined("dropin/src", "../../legacy/src/auth.rs"),
            "legacy/src/auth.rs"
        );
    }

    #[test]
    fn a_stage_that_borrows_files_has_their_owner_on_them() {
        let sources = Sources::embedded();
        let stages = all(&sources).expect("the grid is there");
        let dropin = stages.iter().find(|stage| stage.name == "dropin");
        let dropin = dropin.expect("a stage");

        let file = dropin.file("sms").expect("a flow");

        assert_eq!((file.path, file.owner()), ("legacy/src/sms.rs", "legacy"));
        assert_eq!(dropin.setup_lines().expect("its files"), 0);
        assert!(!dropin.setup().expect("its files").is_empty());
    }

    #[test]
    fn a_module_that_is_not_there_is_named() {
        let sources = Sources::embedded();
        let bare = all(&sources).expect("the grid is there")[0];

        let error = bare.file("web").expect_err("no such service");

        assert_eq!(error.to_string(), "stage bare has no module `web`");
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
        let sources = Sources::embedded();
        let stages = all(&sources).expect("the grid is there");

        assert_eq!(stages[0].name, BARE);
        assert!(stages.len() > 1, "{stages:?}");
    }
}
