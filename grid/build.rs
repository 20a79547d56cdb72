//! Makes the stages' files a part of the library: a table of names and texts.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let stages = root.join("../services/stages").canonicalize()?;
    // A folder: a file or a stage that comes or goes. What is in a file, the compiler watches.
    println!("cargo::rerun-if-changed={}", stages.display());

    let mut table = String::from("&[\n");
    for stage in sorted(&stages)? {
        let manifest = stage.join("Cargo.toml");
        if !manifest.is_file() {
            continue;
        }
        let source = stage.join("src");
        println!("cargo::rerun-if-changed={}", source.display());
        let files = sorted(&source)?.into_iter();
        for file in files.chain([manifest]).filter(|file| file.is_file()) {
            let name = file.strip_prefix(&stages)?.components();
            let name = name.map(|part| part.as_os_str().to_string_lossy());
            let name = name.collect::<Vec<_>>().join("/");
            let path = file.to_string_lossy();
            writeln!(table, "    ({name:?}, include_str!({path:?})),")?;
        }
    }
    table.push(']');
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("sources.rs"), table)?;
    Ok(())
}

fn sorted(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
