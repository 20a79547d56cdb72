//! The public surface of the crate to publish, as a listing that reviewers and the next release are compared with.
//!
//! It is read from the sources, so it needs no particular compiler. What a macro of the crate expands to is listed as the
//! call of that macro, and what a type derives stands behind it.

mod print;
mod surface;
mod tree;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};

const CRATE: &str = "shim/src/lib.rs";
/// The listing, from the root of the workspace.
pub const LISTING: &str = "shim/public-api.txt";

/// Writes the listing; true if it was stale.
///
/// # Errors
///
/// When a file cannot be read, is no Rust, or cannot be written.
pub fn write(root: &Path) -> anyhow::Result<bool> {
    let new = generate(&root.join(CRATE))?;
    let path = root.join(LISTING);
    let is_stale = fs::read_to_string(&path).ok().as_deref() != Some(new.as_str());
    if is_stale {
        fs::write(path, new).context(LISTING)?;
    }
    Ok(is_stale)
}

/// Asks whether [`write()`] would change anything.
///
/// # Errors
///
/// When it would, and when it would fail.
pub fn check(root: &Path) -> anyhow::Result<()> {
    let new = generate(&root.join(CRATE))?;
    let old = fs::read_to_string(root.join(LISTING)).context(LISTING)?;
    ensure!(
        old == new,
        "the public surface is not what {LISTING} says: run `cargo xtask pages`, look at the difference and commit it"
    );
    Ok(())
}

fn generate(file: &Path) -> anyhow::Result<String> {
    let root = tree::Module::read(file)?;
    let mut listing = surface::lines(&root).join("\n");
    listing.push('\n');
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes files into a fresh folder and lists the crate that they are.
    fn listed(files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder for the test");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let listing = generate(&folder.path().join("lib.rs")).expect("a crate");
        listing.lines().map(ToOwned::to_owned).collect()
    }

    #[test]
    fn what_can_be_named_is_listed_under_its_public_path() {
        let lines = listed(&[
            (
                "lib.rs",
                "pub mod api; mod hidden; pub use api::Span; pub use hidden::Kept;",
            ),
            (
                "api/mod.rs",
                "mod span; pub use span::Span; pub(crate) struct Secret;",
            ),
            (
                "api/span.rs",
                "#[derive(Clone)] pub struct Span(u8); impl Span { pub fn end(&self) {} fn inner(&self) {} }",
            ),
            (
                "hidden.rs",
                "pub struct Kept { pub a: u8, b: u8 } pub struct Dropped; impl Default for Kept { fn default() -> Self { todo!() } }",
            ),
        ]);

        let expected = [
            "impl Default for Kept",
            "pub Kept::a: u8",
            "pub api::Span::end: fn end(&self)",
            "pub mod api",
            "pub struct Kept",
            "pub struct api::Span #[derive(Clone)]",
            "pub use Span: api::span::Span",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn types_of_other_crates_have_their_full_names_wherever_they_leak() {
        let lines = listed(&[(
            "lib.rs",
            "use other::{Value as Theirs, Key}; pub enum Mine { A(Key) }
             impl From<Mine> for Theirs { fn from(_: Mine) -> Self { todo!() } }
             pub(crate) struct Inner; impl From<Inner> for Theirs { fn from(_: Inner) -> Self { todo!() } }",
        )]);

        let expected = [
            "impl From<Mine> for other::Value",
            "pub Mine::A(other::Key)",
            "pub enum Mine",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn features_traits_and_macros_are_told() {
        let lines = listed(&[(
            "lib.rs",
            "#[cfg(feature = \"sdk\")] pub mod sdk { pub trait Look: Send { fn near(&self); fn far(&self) {} } }
             #[cfg(test)] pub mod tests { pub struct No; }
             wrap! { pub struct Wrapped; }
             conversions!(Wrapped);",
        )]);

        let expected = [
            "macro crate: conversions!(Wrapped)",
            "pub mod sdk  [feature sdk]",
            "pub sdk::Look::far: provided fn far(&self)  [feature sdk]",
            "pub sdk::Look::near: required fn near(&self)  [feature sdk]",
            "pub struct Wrapped",
            "pub trait sdk::Look: Send  [feature sdk]",
        ];
        assert_eq!(lines, expected);
    }
}
