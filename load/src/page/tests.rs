use std::time::Duration;

use clap::Parser as _;
use launcher::Stage;

use super::*;
use crate::machine::Machine;
use crate::measure::{Counted, Limit};
use crate::options::{CardsOptions, Options, Task};
use crate::protocol::Ended;

fn options() -> CardsOptions {
    let arguments = [
        "load",
        "cards",
        "--stages",
        "bare,legacy,shim,native",
        "--sampling",
        "100,0",
    ];
    match Options::parse_from(arguments).task {
        Task::Cards(cards) => cards,
        Task::System(_) => unreachable!("it was told to be cards"),
    }
}

/// Three rounds, of which the last was twice as slow for everybody.
fn card(cell: Cell, throughput: f64, cpu: f64, p99: f64) -> Card {
    let slowness = [1.0, 1.0, 2.0];
    Card {
        cell,
        limits: slowness
            .map(|slow| Limit {
                throughput: throughput / slow,
                spans: 15.0,
                ended: Ended {
                    finished: 1000,
                    delivered: 1000,
                },
                busy: Some((1.0, 0.5)),
            })
            .to_vec(),
        steady: slowness
            .map(|slow| Steady {
                latencies: latencies(p99, slow),
                cpu: cpu * slow,
                exported: 3000.0,
                spans: 15.0,
                peak: Some(50.0),
                dropped: 0,
            })
            .to_vec(),
        counted: vec![Counted {
            allocations: 940.0,
            allocated: 280.0,
        }],
    }
}

/// Of 4000 logins, half of which took 1 ms, and the slowest 9 ms.
fn latencies(p99: f64, slow: f64) -> Latencies {
    let mut latencies = Latencies::new();
    for (number, millis) in [(3920, 1.0), (60, p99), (20, 9.0)] {
        for _ in 0..number {
            latencies.record(Duration::from_secs_f64(millis * slow / 1e3));
        }
    }
    latencies
}

fn report(options: &CardsOptions, cards: Vec<Card>) -> Report<'_> {
    Report {
        options,
        command: "cargo run --release -p load -- cards".to_owned(),
        machine: Machine {
            cpu: "Some CPU".to_owned(),
            cpus: 2,
            kernel: "Linux 6".to_owned(),
            rustc: "1.95.0".to_owned(),
            date: "2026-11-23".to_owned(),
            load: None,
        },
        store: "Redis 7".to_owned(),
        pinned: true,
        rate: 450.0,
        cards,
    }
}

fn four_stages() -> Vec<Card> {
    let none: Sampling = "0".parse().unwrap();
    vec![
        card(Cell::BARE, 1000.0, 500.0, 3.0),
        card(Cell::new(Stage::Legacy, Sampling::ALL), 900.0, 600.0, 3.5),
        card(Cell::new(Stage::Shim, Sampling::ALL), 950.0, 550.0, 3.4),
        card(Cell::new(Stage::Native, Sampling::ALL), 850.0, 540.0, 4.4),
        card(Cell::new(Stage::Shim, none), 990.0, 505.0, 3.0),
    ]
}

#[test]
fn a_row_has_the_median_the_spread_and_the_difference_of_each_round() {
    let options = options();

    let page = render(&report(&options, four_stages()));

    for row in [
        "| bare | 1000 (500 to 1000) | 0 | 15.0 | 0.0 | 100 | 50 |",
        // A round that was slow for everybody is no difference.
        "| shim | 950 (475 to 950) | -5.0 (-5.0 to -5.0) | 15.0 | 0.0 | 100 | 50 |",
        // 99 of 100 of all logins, which is not what the round in the middle has.
        "| shim | 12000 | 1.00 (1.00 to 2.00) | 3.40 (3.40 to 6.80) | 18.01 | +0.40 (+0.40 to +0.80) |",
        "| shim | 550 (550 to 1100) | +10.0 (+10.0 to +10.0) | 940 | 280.0 | 15.0 | 3000 | 50.0 |",
        "| CPU | 2 of Some CPU; one for the services, the others for all else |",
        "| Load average before | unknown |",
    ] {
        assert!(
            page.contains(&format!("{row}\n")),
            "{row} is not in\n{page}"
        );
    }
}

#[test]
fn every_goal_has_its_verdict() {
    let options = options();

    let page = render(&report(&options, four_stages()));

    for row in [
        "| shim loses under 10 % of bare's throughput | 5.00 (5.00 to 5.00) % lost | met |",
        "| native loses under 10 % of bare's throughput | 15.00 (15.00 to 15.00) % lost | missed |",
        "| shim adds under 1 ms to bare's p99 | 0.40 (0.40 to 0.80) ms added | met |",
        // Times are right to three digits.
        "| native adds under 1 ms to bare's p99 | 1.40 (1.40 to 2.81) ms added | missed |",
        "| shim is not dearer than native | 1.85 (1.85 to 1.85) % more CPU | missed |",
        "| shim is not dearer than legacy | -8.33 (-8.33 to -8.33) % more CPU | met |",
    ] {
        assert!(page.contains(row), "{row} is not in\n{page}");
    }
}

#[test]
fn each_sampling_has_a_section_with_the_zero_line_in_it() {
    let options = options();

    let page = render(&report(&options, four_stages()));

    let (_, none) = page.split_once("## Keeping 0 % of the traces").unwrap();
    assert!(none.contains("| bare | 1000 (500 to 1000) | 0 |"));
    assert!(none.contains("| shim | 990 (495 to 990) | -1.0"));
    assert!(!none.contains("| legacy |"), "it was not measured");
}

#[test]
fn what_was_not_seen_is_told() {
    let options = options();
    let mut cards = four_stages();
    cards[1].steady[0].dropped = 7;
    cards[1].steady[1].peak = None;

    let page = render(&report(&options, cards));

    assert!(page.contains("Of legacy at 100 %, 7 datagrams came when the receiver had no room"));
    assert!(page.contains("| unknown |\n"));
}

#[test]
fn one_of_a_thousand_is_not_told_of_a_few_thousand_logins() {
    let options = options();
    let mut cards = four_stages();
    cards[2].steady.pop();

    let page = render(&report(&options, cards));

    assert!(
        page.contains("| shim | 8000 | 1.00 (1.00 to 1.00) | 3.40 (3.40 to 3.40) | - |"),
        "{page}"
    );
}

#[test]
fn spans_that_were_dropped_at_the_limit_are_in_the_row_and_in_the_verdict() {
    let options = options();
    let mut cards = four_stages();
    for limit in &mut cards[2].limits {
        limit.ended.delivered = 750;
    }

    let page = render(&report(&options, cards));

    assert!(page.contains("| 15.0 | 25.0 | 100 | 50 |"), "{page}");
    assert!(
        page.contains("% lost | met, with 25.0 % of spans dropped |"),
        "{page}"
    );
    assert!(page.contains("ms added | met |"), "{page}");
}

#[test]
fn a_limit_that_is_not_of_the_services_is_no_limit() {
    let options = options();
    let mut cards = four_stages();
    for limit in &mut cards[2].limits {
        limit.busy = Some((0.9, 0.99));
    }
    cards[3].limits[0].busy = None;

    let page = render(&report(&options, cards));

    let warning = "the services' CPU was busy 90 % and the busiest other 99 %";
    assert!(
        page.contains(&format!("Of shim at 100 %, {warning}")),
        "{page}"
    );
    assert_eq!(page.matches("this is not the limit").count(), 1, "{page}");
    assert!(page.contains("| unknown | unknown |"), "{page}");
}
