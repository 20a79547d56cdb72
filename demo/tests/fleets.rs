//! Every fleet of stages leaves what its stages say, and `docs/fleets.md` tells it.

use std::path::Path;

#[test]
fn every_fleet_leaves_what_its_stages_say_and_the_page_tells_it() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/fleets.md");
    let page = std::fs::read_to_string(page).expect("docs/fleets.md is there");

    let report = demo::fleets::run().expect("the fleets run");

    let wrong = report.wrong();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(report.fleets(), 125);
    assert!(
        report.page() == page,
        "docs/fleets.md is stale: run `cargo xtask pages` and commit it"
    );
}
