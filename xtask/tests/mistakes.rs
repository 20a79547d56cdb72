//! Every mistake is a right stage with one file replaced, and that differs in a few lines.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use xtask::diff;
use xtask::workspace;

/// How many lines of the right file are taken away or replaced, and how many stand there instead.
const LINES: [(&str, usize); 12] = [
    ("baggage-dropped", 3),
    ("both-middlewares", 11),
    ("error-tag-unmapped", 4),
    ("exit-without-flush", 4),
    ("follows-from-made-a-root", 3),
    ("kind-left-internal", 11),
    ("names-with-ids", 8),
    ("parent-lost-across-await", 5),
    ("propagator-not-installed", 1),
    ("sampled-flag-ignored", 4),
    ("spawned-without-context", 6),
    ("unpadded-ids", 9),
];

#[test]
fn each_mistake_differs_from_a_right_stage_in_a_few_lines_of_one_file() {
    let folder = workspace::root().join("services/stages/mistakes");
    let mut lines = BTreeMap::new();

    for entry in fs::read_dir(&folder).expect("the folder of mistakes") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        lines.insert(name.into_owned(), changed_lines(&path.join("src")));
    }

    let expected = LINES.map(|(name, lines)| (name.to_owned(), lines));
    assert_eq!(lines, BTreeMap::from(expected));
}

/// Of the one file beside `lib.rs`, against that of the stage from which `lib.rs` takes all others.
fn changed_lines(source: &Path) -> usize {
    let lib = read(&source.join("lib.rs"));
    let taken: Vec<_> = lib
        .lines()
        .filter_map(|line| {
            line.strip_prefix("#[path = \"../../../")?
                .strip_suffix("\"]")
        })
        .collect();
    let stage = taken[0].split('/').next().expect("a stage");
    let of_stage = |path: &&str| path.starts_with(&format!("{stage}/src/"));
    assert!(taken.iter().all(of_stage), "{lib}");
    let files = fs::read_dir(source).expect("a folder of sources");
    let names = files.map(|file| file.expect("a file").file_name());
    let own: Vec<_> = names.filter(|name| name != "lib.rs").collect();
    let [own] = own.as_slice() else {
        panic!("{} has {own:?}", source.display());
    };
    let stage = workspace::root().join("services/stages").join(stage);
    let right = read(&stage.join("src").join(own));
    let changes = diff::lines(&right, &read(&source.join(own)));
    let changed = changes.lines().filter(|line| !line.starts_with(' '));
    // An empty line of both texts has lost its blank.
    changed.filter(|line| !line.is_empty()).count()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
