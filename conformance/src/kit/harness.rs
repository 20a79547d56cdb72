//! A test harness made of kits.

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use super::{Kit, Outcome};

/// The main function of a test target with `harness = false`: one test for each case of each kit, named `label/id`. It
/// takes the arguments of the standard harness. A case that is skipped counts as ignored, with the reason.
///
/// ```no_run
/// use conformance::kit::{Kit, main, subjects};
///
/// # fn make() -> std::process::ExitCode {
/// main([("mock", subjects::mock()), ("sdk", subjects::sdk())])
/// # }
/// ```
pub fn main<L: Into<String>>(kits: impl IntoIterator<Item = (L, Kit)>) -> ExitCode {
    let trials = kits
        .into_iter()
        .flat_map(|(label, kit)| trials(&label.into(), kit))
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trials(label: &str, kit: Kit) -> Vec<Trial> {
    let kit = Arc::new(kit);
    Kit::cases()
        .map(|case| {
            let kit = kit.clone();
            Trial::ignorable_test(format!("{label}/{}", case.id()), move || {
                match kit.run_case(case) {
                    Outcome::Passed { .. } => Ok(Completion::Completed),
                    Outcome::Failed { reason } => Err(Failed::from(reason)),
                    skipped @ Outcome::Skipped { .. } => {
                        Ok(Completion::ignored_with(skipped.to_string()))
                    }
                }
            })
        })
        .collect()
}
