//! Programs that some tests need and that a machine may lack.

use std::env;
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::thread;

/// A program, where to look for it, and how to come by it.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// What it is called in messages and, unless `cached` says more, on the search path.
    pub name: &'static str,
    /// The environment variable that names the file and is asked first.
    pub variable: &'static str,
    /// Where the project's own build puts it, seen from the home directory.
    pub cached: Option<&'static str>,
    /// What a reader does to have it.
    pub remedy: &'static str,
}

/// Jaeger 2, which is a whole Collector too.
pub const JAEGER: Program = Program {
    name: "jaeger",
    variable: "JAEGER_BIN",
    cached: Some(".cache/jaeger/jaeger"),
    remedy: "build it with tools/jaeger/build.sh",
};

/// The Redis server.
pub const REDIS_SERVER: Program = Program {
    name: "redis-server",
    variable: "REDIS_SERVER_BIN",
    cached: None,
    remedy: "install redis-server",
};

/// The loader of Docker Compose.
pub const COMPOSE_LOADER: Program = Program {
    name: "compose-loader",
    variable: "COMPOSE_LOADER_BIN",
    cached: Some(".cache/compose/compose-loader"),
    remedy: "build it with tools/compose/build.sh",
};

impl Program {
    /// Looks for the program: the variable, the project's build, the search path.
    #[must_use]
    pub fn find(&self) -> Option<PathBuf> {
        if let Some(named) = env::var_os(self.variable) {
            return Some(PathBuf::from(named)).filter(|file| file.is_file());
        }
        let built = self
            .cached
            .and_then(|place| Some(Path::new(&env::var_os("HOME")?).join(place)));
        built
            .into_iter()
            .chain(on_path(self.name, env::var_os("PATH").as_deref()))
            .find(|file| file.is_file())
    }

    /// Looks for the program on behalf of a test that cannot do without it.
    ///
    /// When it is missing, the test should return: standard error says, past the capture of the test harness, which
    /// test was skipped and why.
    ///
    /// # Panics
    ///
    /// Under `CI=true`, where a missing program is a fault of the machine and skipping would hide it.
    #[must_use]
    pub fn find_or_skip(&self) -> Option<PathBuf> {
        let found = self.find();
        if found.is_none() {
            let thread = thread::current();
            let skipped = self.skip(
                thread.name().unwrap_or("a test"),
                env::var_os("CI").as_deref(),
            );
            // Nothing better is possible when standard error is closed.
            let _ = writeln!(std::io::stderr(), "{skipped}");
        }
        found
    }

    fn skip(&self, test: &str, ci: Option<&OsStr>) -> String {
        let Self {
            name,
            variable,
            remedy,
            ..
        } = self;
        assert!(
            ci != Some(OsStr::new("true")),
            "{test} needs {name}, which is not here: {remedy}"
        );
        format!(
            "skipped: {test} needs {name}, which is not here ({remedy}, or name the file in {variable})"
        )
    }
}

fn on_path(name: &str, path: Option<&OsStr>) -> Vec<PathBuf> {
    path.map(|path| {
        env::split_paths(path)
            .map(|folder| folder.join(name))
            .collect()
    })
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABSENT: Program = Program {
        name: "no-such-program",
        variable: "NO_SUCH_VARIABLE",
        cached: Some("no/such/file"),
        remedy: "write it",
    };

    #[test]
    fn the_search_path_is_searched() {
        let shell = Program {
            name: "sh",
            cached: None,
            ..ABSENT
        };

        assert!(shell.find().is_some_and(|file| file.ends_with("sh")));
        assert_eq!(ABSENT.find(), None);
    }

    #[test]
    fn a_skipped_test_says_which_and_why() {
        let said = ABSENT.skip("logs_in", None);

        assert_eq!(
            said,
            "skipped: logs_in needs no-such-program, which is not here \
             (write it, or name the file in NO_SUCH_VARIABLE)"
        );
    }

    #[test]
    #[should_panic(expected = "logs_in needs no-such-program")]
    fn nothing_is_skipped_in_continuous_integration() {
        ABSENT.skip("logs_in", Some(OsStr::new("true")));
    }
}
