//! The workspace that is made.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::manifest;
use super::sources::{Original, metadata};

/// Beside the built tests, so that it may be kept and found again.
pub(crate) struct Scratch {
    root: PathBuf,
    target: String,
    collector: String,
    originals: [Original; 2],
}

impl Scratch {
    pub(crate) fn new(collector: String) -> Self {
        let metadata = metadata();
        let text = |name: &str| {
            metadata[name]
                .as_str()
                .expect("cargo says where")
                .to_owned()
        };
        let originals =
            ["rustracing", "rustracing_jaeger"].map(|name| Original::find(&metadata, name));
        let scratch = Self {
            root: Path::new(env!("CARGO_TARGET_TMPDIR")).join("originals"),
            target: text("target_directory"),
            collector,
            originals,
        };
        scratch.write("Cargo.toml", manifest::WORKSPACE);
        // The same versions, of which cargo leaves out what is not needed.
        let lock = Path::new(&text("workspace_root")).join("Cargo.lock");
        let lock = fs::read_to_string(lock).expect("the workspace has a lock file");
        scratch.write("Cargo.lock", &lock);
        scratch.write_rustracing();
        scratch.write_rustracing_jaeger();
        scratch
    }

    pub(crate) fn packages(&self) -> &[Original] {
        &self.originals
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.root.join(file);
        let folder = path.parent().expect("it is in a folder");
        fs::create_dir_all(folder).expect("the folder can be made");
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    fn write_rustracing(&self) {
        let [original, _] = &self.originals;
        let library = format!(
            "
            #![allow(unused_imports)]
            #[doc = include_str!(\"documents.md\")]
            pub mod documents {{}}
            pub use rustracing::{{Error, ErrorKind, Result, Tracer, sampler, tag}};
            {}
            mod convert {{
                pub use rustracing::convert::*;
                {}
            }}",
            original.unit_tests("src/lib.rs"),
            original.unit_tests("src/convert.rs"),
        );
        self.write_package(original, &library, "");
    }

    fn write_rustracing_jaeger(&self) {
        let [_, original] = &self.originals;
        // The names on the wire are private in either. They are only read here, so the original's file serves.
        let library = format!(
            "
            #![allow(unused_imports, dead_code)]
            #[macro_use]
            extern crate trackable;
            #[doc = include_str!(\"documents.md\")]
            pub mod documents {{}}
            pub use rustracing_jaeger::{{Error, ErrorKind, Result, Span, Tracer, reporter}};
            #[path = {:?}]
            mod constants;
            {}
            mod span {{
                use crate::constants;
                pub use rustracing_jaeger::span::*;
                {}
            }}
            mod tracer {{
                use crate::span::*;
                pub use rustracing_jaeger::Tracer;
                {}
            }}",
            original.root.join("src/constants.rs"),
            original.unit_tests("src/lib.rs"),
            original.unit_tests("src/span.rs"),
            original.unit_tests("src/tracer.rs"),
        );
        let example = original.root.join("examples/report.rs");
        let example = format!("[[example]]\nname = \"report\"\npath = {example:?}\n");
        self.write_package(original, &library, &example);
    }

    fn write_package(&self, original: &Original, library: &str, targets: &str) {
        let name = original.scratch_name();
        let drop_ins = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        let drop_ins = drop_ins.and_then(Path::to_str).expect("it is a plain path");
        let manifest = manifest::package(name, drop_ins, targets);
        self.write(&format!("{name}/Cargo.toml"), &manifest);
        self.write(&format!("{name}/src/lib.rs"), library);
        self.write(&format!("{name}/src/documents.md"), &original.documents());
    }

    /// Runs cargo in it, without the network.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Ran {
        let mut cargo = Command::new(env!("CARGO"));
        // What cargo tells a test of its package. Build scripts would take it for a change, here and back again.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                cargo.env_remove(&name);
            }
        }
        let output = cargo
            .args(arguments)
            .args(["--offline"])
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", &self.collector)
            .output()
            .expect("cargo starts");
        let text =
            [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        let ran = Ran(text.concat());
        assert!(output.status.success(), "cargo {arguments:?}\n{ran}");
        ran
    }
}

/// What a program wrote.
pub(crate) struct Ran(String);

impl Ran {
    /// How many tests it says have passed.
    pub(crate) fn passed(&self) -> usize {
        let lines = self.0.lines();
        lines
            .filter(|line| line.starts_with("test ") && line.ends_with("... ok"))
            .count()
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
