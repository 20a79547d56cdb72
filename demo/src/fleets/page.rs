//! What was seen, as a page in Markdown. Every number and every cell is from the run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use launcher::{Service, Stage};

use super::sampled::{self, Kept};
use super::whole::STEPS;
use super::{Row, STAGES};
use crate::options::Stages;

const HEAD: &str = "\
# Every fleet

<!-- made by cargo xtask pages, from a run of every fleet -->

Services move one at a time, so a system that migrates is for a while a fleet of services in different stages. Here are all
of them: three services, five stages that trace. Each fleet was started over a store in memory, with one receiver for OTLP
and for Thrift over UDP; requests were made; and what it left was compared with what follows from its stages, which is
[computed](../demo/src/fleets) and not recorded. `cargo test -p demo --test fleets` does that again and fails where a fleet
does otherwise, or this page. To see one:

```console
$ cargo run -- --once --stage api=legacy,auth=dropin,sms=native
```
";

const WHY: &str = "
**Old** are stages [legacy](../services/stages/legacy) and [dropin](../services/stages/dropin): one source, over
`rustracing_jaeger` and over the packages that stand in for it. **New** are [shim](../services/stages/shim),
[mixed](../services/stages/mixed) and [native](../services/stages/native). Which of its kind a service is makes no
difference here.

- **Nothing is lost of the traces** where every service keeps all of them. An old service reads and writes `uber-trace-id`
  alone, so as long as a fleet has one, its new services write that beside `traceparent`, and read both.
- **Baggage ends at the first old service.** `rustracing_jaeger` has no header for it. A service behind one gets none,
  whatever its stage; api has its own in any. Let nothing depend on baggage until every service on its way is new.
- **Only new services agree on what is kept.** They ask their caller. An old one takes any header for a yes, and keeps what
  its caller did not. With what it does not keep itself it sends no header, and the next service draws for itself. As long
  as a fleet has an old service, keep every trace and thin them out behind the services, or expect traces without a
  beginning.
- **A trace without a beginning** looks different by stage. Where its first span is of stage legacy, that is a root: the
  reporter of `rustracing_jaeger` leaves a parent out that was not kept. In any other stage it names a parent that is not
  there.
";

/// Whether services of the two kinds are at api, auth and sms, and what came of it.
type Outcome<'a> = ([bool; 3], usize, &'a [Service], Vec<Kept>);

pub(super) fn render(rows: &[Row]) -> String {
    let mut page = HEAD.to_owned();
    requests(&mut page, rows);
    losses(&mut page, rows);
    headers(&mut page, rows);
    for stage in STAGES {
        let of_stage = rows.iter().filter(|row| row.stages.api == stage);
        each(&mut page, stage, of_stage);
    }
    page
}

fn requests(page: &mut String, rows: &[Row]) {
    page.push_str(
        "\n## What each is asked\n\n| Request | spans | of them failed |\n|---|--:|--:|\n",
    );
    for step in STEPS {
        let tree = step.tree();
        let (spans, failed) = (tree.spans(), tree.count_failed());
        line(
            page,
            &[step.title(), &spans.to_string(), &failed.to_string()],
        );
    }
    let fleets = rows.len();
    let whole: usize = rows.iter().map(|row| row.whole.whole).sum();
    let requests = fleets * STEPS.len();
    let spans: usize = rows.iter().map(|row| row.whole.spans).sum();
    let failed: usize = rows.iter().map(|row| row.whole.failed).sum();
    let _ = write!(
        page,
        "\nOf {requests} requests to {fleets} fleets, {whole} left the one trace that they should, with every parent and every error\n\
         in its place, nothing twice and nothing orphaned: {spans} spans, {failed} of them failed.\n",
    );
}

fn losses(page: &mut String, rows: &[Row]) {
    let mut groups: BTreeMap<Outcome<'_>, usize> = BTreeMap::new();
    for row in rows {
        let old = row.stages.all().map(Stage::is_old);
        let kept = row.sampled.kept.iter().copied().collect();
        let outcome = (old, row.whole.whole, row.whole.baggage.as_slice(), kept);
        *groups.entry(outcome).or_default() += 1;
    }
    page.push_str(
        "\n## What is lost, and where\n\n\
         | api | auth | sms | fleets | whole traces | baggage of api is at | at 10 %, a trace is kept by |\n\
         |---|---|---|--:|--:|---|---|\n",
    );
    for ((old, whole, baggage, kept), fleets) in groups {
        let [api, auth, sms] = old.map(|old| if old { "old" } else { "new" });
        let whole = format!("{whole} of {}", STEPS.len());
        let cells = [api, auth, sms, &fleets.to_string(), &whole];
        let cells = cells.map(str::to_owned).into_iter();
        line(
            page,
            &cells
                .chain([places(baggage), keepers(&kept)])
                .collect::<Vec<_>>(),
        );
    }
    page.push_str(WHY);
}

fn headers(page: &mut String, rows: &[Row]) {
    let mut seen: BTreeMap<[&str; 3], Vec<&String>> = BTreeMap::new();
    for Row { stages, whole, .. } in rows {
        let kind = |is_old| if is_old { "old" } else { "new" };
        let among = if stages.has_old() {
            "some are old"
        } else {
            "all are new"
        };
        let case = [kind(stages.auth.is_old()), kind(stages.api.is_old()), among];
        seen.insert(case, whole.headers.iter().collect());
    }
    page.push_str(
        "\n## Which headers are on\n\n\
         The demo turns the old headers on by itself in a fleet with an old service; elsewhere,\n\
         `OTEL_PROPAGATORS=tracecontext,baggage,jaeger` does that for a new service. A message from auth to sms had:\n\n\
         | auth | api | services | headers |\n|---|---|---|---|\n",
    );
    for ([auth, api, among], names) in seen {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        line(page, &[auth, api, among, &names.join(", ")]);
    }
}

fn each<'a>(page: &mut String, api: Stage, rows: impl Iterator<Item = &'a Row>) {
    let _ = write!(
        page,
        "\n## api in stage {api}\n\n\
         | auth | sms | whole traces | errors marked | baggage of api is at | at 10 %, a trace is kept by |\n\
         |---|---|--:|--:|---|---|\n",
    );
    let errors: usize = STEPS.iter().map(|step| step.tree().count_failed()).sum();
    for Row {
        stages,
        whole,
        sampled,
    } in rows
    {
        let Stages { auth, sms, .. } = stages;
        let cells = [
            auth.to_string(),
            sms.to_string(),
            format!("{} of {}", whole.whole, STEPS.len()),
            format!("{} of {errors}", whole.failed),
            places(&whole.baggage),
            keepers(&sampled.kept.iter().copied().collect::<Vec<_>>()),
        ];
        line(page, &cells);
    }
}

fn places(services: &[Service]) -> String {
    let names: Vec<&str> = services.iter().map(|service| service.name()).collect();
    names.join(", ")
}

/// A trace that is whole or not there is no loss.
fn keepers(kept: &[Kept]) -> String {
    if sampled::agree(&kept.iter().copied().collect()) {
        return "all or none".to_owned();
    }
    let words = kept.iter().map(|kept| match kept {
        Kept::Whole => "all",
        Kept::Nothing => "none",
        Kept::FromAuth => "auth and sms alone",
        Kept::FromSms => "sms alone",
    });
    words.collect::<Vec<_>>().join(" / ")
}

fn line(page: &mut String, cells: &[impl AsRef<str>]) {
    for cell in cells {
        let _ = write!(page, "| {} ", cell.as_ref());
    }
    page.push_str("|\n");
}
