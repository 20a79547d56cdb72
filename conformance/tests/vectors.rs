//! Runs the vectors of this package, and those of the folder that `CONFORMANCE_VECTORS` names, one line each.
//!
//! This is a test harness of its own: the standard one knows its tests when it is compiled, and this one's come from
//! folders. It takes what `cargo test` hands to every harness: words to look for in names, `--exact`, `--list`. Other
//! options are about things that are not here, threads and captured output, and change nothing.

use std::env;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use conformance::suite::{Folder, run_all, vectors_in};

/// Names a folder of further vectors. A relative one is taken from the root of the workspace.
const FURTHER: &str = "CONFORMANCE_VECTORS";

fn main() -> ExitCode {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![Folder {
        label: String::new(),
        path: package.join("vectors"),
    }];
    if let Some(further) = env::var_os(FURTHER) {
        // Cargo starts a test inside its package, which is not where the variable was written. Joining an absolute path
        // gives that path.
        folders.push(Folder {
            label: format!("{FURTHER}/"),
            path: package.parent().unwrap_or(package).join(further),
        });
    }

    let request = Request::from_arguments(env::args().skip(1));
    if request.list {
        return list(&folders, &request);
    }
    match run_all(
        &folders,
        |name| request.wants(name),
        &mut io::stdout().lock(),
    ) {
        Ok(summary) if summary.is_success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(101),
        Err(error) => {
            eprintln!("the results could not be printed: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What the command line asks for.
#[derive(Default)]
struct Request {
    list: bool,
    exact: bool,
    words: Vec<String>,
    skip: Vec<String>,
}

impl Request {
    fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Self {
        let mut request = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--list" => request.list = true,
                "--exact" => request.exact = true,
                "--skip" => request.skip.extend(arguments.next()),
                // Their values must not be taken for words to look for.
                "--test-threads" | "--color" | "--format" | "--logfile" | "--shuffle-seed"
                | "-Z" => {
                    arguments.next();
                }
                option if option.starts_with('-') => {}
                word => request.words.push(word.to_owned()),
            }
        }
        request
    }

    fn wants(&self, name: &str) -> bool {
        let fits = |word: &String| {
            if self.exact {
                name == word
            } else {
                name.contains(word.as_str())
            }
        };
        (self.words.is_empty() || self.words.iter().any(fits)) && !self.skip.iter().any(fits)
    }
}

fn list(folders: &[Folder], request: &Request) -> ExitCode {
    for Folder { label, path } in folders {
        let files = match vectors_in(path) {
            Ok(files) => files,
            Err(reason) => {
                eprintln!("{reason}");
                return ExitCode::FAILURE;
            }
        };
        for file in files {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            let name = format!("{label}{stem}");
            if request.wants(&name) {
                println!("{name}: test");
            }
        }
    }
    ExitCode::SUCCESS
}
