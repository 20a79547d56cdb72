//! Every stage is the uninstrumented text with additions.

use grid::{SERVICES, Sources, sameness, stages};

#[test]
fn every_stage_only_adds_to_bare() {
    let sources = Sources::embedded();
    let stages = stages::all(&sources).expect("the grid is there");
    let (bare, others) = stages.split_first().expect("bare is there");
    let mut faults = Vec::new();

    for service in SERVICES {
        let text = bare.flow(service).expect("bare has all services");
        assert!(
            !text.app_calls().is_empty(),
            "the {service} of bare does nothing"
        );
        for stage in others {
            let flow = stage.flow(service).expect("a stage has all services");
            match sameness::additions(&text, &flow) {
                Ok(0) => faults.push(format!("{}, {service}: it adds nothing", stage.name)),
                Ok(_) => {}
                Err(fault) => faults.push(format!("{}, {service}: {fault}", stage.name)),
            }
        }
    }

    assert!(
        faults.is_empty(),
        "a stage does more than add:\n{}",
        faults.join("\n")
    );
}
