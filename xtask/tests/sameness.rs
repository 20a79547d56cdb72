//! Every stage is the uninstrumented text with additions.

use anyhow::ensure;
use xtask::flow::Flow;
use xtask::sameness;
use xtask::stages::{self, SERVICES, Stage};
use xtask::workspace;

#[test]
fn every_stage_only_adds_to_bare() {
    let stages = stages::all(&workspace::root()).expect("the grid is there");
    let (bare, others) = stages.split_first().expect("bare is there");
    let mut faults = Vec::new();

    for service in SERVICES {
        let text = bare.flow(service).expect("bare has all services");
        assert!(
            !text.app_calls().is_empty(),
            "the {service} of bare does nothing"
        );
        for stage in others {
            if let Err(fault) = only_adds(&text, stage, service) {
                faults.push(format!("{}, {service}: {fault:#}", stage.name));
            }
        }
    }

    assert!(
        faults.is_empty(),
        "a stage does more than add:\n{}",
        faults.join("\n")
    );
}

fn only_adds(bare: &Flow, stage: &Stage, service: &str) -> anyhow::Result<()> {
    let added = sameness::additions(bare, &stage.flow(service)?)?;
    ensure!(added > 0, "it adds nothing");
    Ok(())
}
