//! The files of the stages: from the disk, or as they were when this was built.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::Error;

/// Where the stages are, from the root of the workspace.
pub const FOLDER: &str = "services/stages";

/// What the build script found.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// The manifests and the Rust files of all stages, by their paths below [`FOLDER`], such as `bare/src/api.rs`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Sources {
    files: BTreeMap<String, Cow<'static, str>>,
}

impl Sources {
    /// The files as they were when this was built.
    #[must_use]
    pub fn embedded() -> Self {
        let files = EMBEDDED.iter();
        let files = files.map(|(path, text)| ((*path).to_owned(), Cow::Borrowed(*text)));
        Self {
            files: files.collect(),
        }
    }

    /// The files below a workspace's root. A folder without a manifest, such as that of the mistakes, is no stage.
    ///
    /// # Errors
    ///
    /// When one cannot be read.
    pub fn read(root: &Path) -> Result<Self, Error> {
        let mut files = BTreeMap::new();
        for stage in names(&root.join(FOLDER))? {
            let folder = root.join(FOLDER).join(&stage);
            if !folder.join("Cargo.toml").is_file() {
                continue;
            }
            let source = names(&folder.join("src"))?.into_iter();
            let source = source.map(|name| format!("src/{name}"));
            for name in source.chain(["Cargo.toml".to_owned()]) {
                let path = folder.join(&name);
                if path.is_file() {
                    let text = fs::read_to_string(&path).map_err(|error| read(&path, error))?;
                    files.insert(format!("{stage}/{name}"), text.into());
                }
            }
        }
        Ok(Self { files })
    }

    /// The text of a file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(AsRef::as_ref)
    }

    /// All paths, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }
}

fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = fs::read_dir(folder).map_err(|error| read(folder, error))?;
    let names = entries.map(|entry| {
        let name = entry.map_err(|error| read(folder, error))?.file_name();
        Ok(name.to_string_lossy().into_owned())
    });
    names.collect()
}

fn read(path: &Path, source: std::io::Error) -> Error {
    Error::Read {
        path: path.display().to_string(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_embedded_is_what_is_on_the_disk() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));

        let read = Sources::read(root).expect("the stages are there");

        assert!(read.get("bare/src/api.rs").is_some());
        assert!(read.get("bare/Cargo.toml").is_some());
        assert!(read == Sources::embedded(), "the build script reads others");
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = Sources::read(Path::new("/nowhere")).expect_err("it is not there");

        assert_eq!(error.to_string(), "/nowhere/services/stages cannot be read");
    }
}
