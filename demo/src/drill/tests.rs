//! The drill finds a move that was no good.

use clap::Parser as _;
use tokio::runtime::Runtime;

use super::*;
use launcher::Socket;

fn options() -> Options {
    let arguments = [
        "demo", "--drill", "rollback", "--rate", "10", "--logins", "5",
    ];
    Options::parse_from(arguments)
}

#[test]
fn without_the_old_headers_traces_are_split_where_auth_is_legacy_and_nowhere_else() {
    let runtime = Runtime::new().expect("a runtime");
    let plan = Plan {
        propagators: "tracecontext,baggage",
        ..Plan::new(&options())
    };

    let report = exercise(
        &runtime,
        &options(),
        &plan,
        |_| {},
        |door, fleet, to| door.relieve(fleet, to),
    )
    .expect("the fleet runs");

    let printed = report.lines().join("\n");
    assert!(!report.holds(), "{printed}");
    let (old, last) = (report.row(Phase::Old), report.row(Phase::Last));
    assert!(old.split > 0, "{printed}");
    assert_eq!(old.served[1], 0, "its part is elsewhere: {printed}");
    assert_eq!(old.failed, 0, "people do not notice: {printed}");
    assert!(last.traces > 0 && last.split == 0, "{printed}");
    assert!(
        printed.contains("traces began within the system"),
        "{printed}"
    );
}

#[test]
fn where_the_next_auth_listens_elsewhere_logins_fail() {
    let runtime = Runtime::new().expect("a runtime");
    let plan = Plan::new(&options());

    let report = exercise(
        &runtime,
        &options(),
        &plan,
        |_| {},
        |door, fleet, to| {
            // The next auth listens elsewhere, and the socket that api knows closes with the one before.
            door.socket = Socket::listen(([127, 0, 0, 1], 0).into())?;
            door.relieve(fleet, to)
        },
    )
    .expect("the fleet runs");

    let printed = report.lines().join("\n");
    assert!(!report.holds(), "{printed}");
    let (first, last) = (report.row(Phase::First), report.row(Phase::Last));
    assert!(first.served[0] > 0, "{printed}");
    assert!(last.logins > 0 && last.failed >= last.logins, "{printed}");
    assert_eq!(last.traces, 0, "nothing was answered: {printed}");
    assert!(printed.contains("logins failed"), "{printed}");
    assert!(printed.contains("the answer was 503"), "{printed}");
}
