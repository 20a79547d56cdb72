//! Captures of any size, as texts.

use std::fmt::Write as _;

const SPANS_A_TRACE: usize = 10;

/// Traces of ten spans in three services, one export request a trace. Ids and times differ from run to run, and the order of
/// siblings with them.
pub(crate) fn capture(spans: usize, run: u64, method: &str) -> String {
    let mut text = String::new();
    for trace in 0..spans / SPANS_A_TRACE {
        let mut batches = [String::new(), String::new(), String::new()];
        for span in 0..SPANS_A_TRACE {
            let id = (run << 32) + (trace * SPANS_A_TRACE + span) as u64 + 1;
            let parent = match span {
                0 => String::new(),
                _ => format!("{:016x}", id - (span - span / 3) as u64),
            };
            let start = 1_780_000_000_000_000_000 + id + run * (id % 7) * 1_000;
            let batch = &mut batches[span % 3];
            if !batch.is_empty() {
                batch.push(',');
            }
            let kind = [2, 3, 1][span % 3];
            write!(
                batch,
                r#"{{"traceId":"{trace:016x}{run:016x}","spanId":"{id:016x}","parentSpanId":"{parent}","name":"step {}","kind":{kind},
                   "startTimeUnixNano":"{start}","endTimeUnixNano":"{}","attributes":[
                   {{"key":"{method}","value":{{"stringValue":"POST"}}}},{{"key":"attempt","value":{{"intValue":"{}"}}}},
                   {{"key":"tenant","value":{{"stringValue":"tenant-{}"}}}}],"status":{{}}}}"#,
                span / 2,
                start + 5_000,
                span % 4,
                trace % 50,
            )
            .expect("a string takes any text");
        }
        let batches: Vec<_> = batches
            .iter()
            .zip(["api", "auth", "sms"])
            .map(|(spans, service)| {
                format!(
                    r#"{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{service}"}}}}]}},"scopeSpans":[{{"spans":[{spans}]}}]}}"#
                )
            })
            .collect();
        let request = format!(r#"{{"resourceSpans":[{}]}}"#, batches.join(","));
        text.push_str(&request.replace('\n', ""));
        text.push('\n');
    }
    text
}

/// One trace, whose root has all other spans as children. No two runs share a value.
pub(crate) fn siblings(spans: usize, run: u64) -> String {
    let span = |at: u64| {
        let id = (run << 32) + at + 1;
        let parent = if at == 0 {
            String::new()
        } else {
            format!("{:016x}", (run << 32) + 1)
        };
        format!(
            r#"{{"traceId":"{run:032x}","spanId":"{id:016x}","parentSpanId":"{parent}","name":"step","startTimeUnixNano":"{}",
               "attributes":[{{"key":"value","value":{{"intValue":"{id}"}}}}]}}"#,
            id * 7_919 % 10_007
        )
    };
    let spans: Vec<_> = (0..spans as u64).map(span).collect();
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    )
}

/// Half of the spans are requests that overlap, and half are beginnings of traces during all of them, each with its own name.
pub(crate) fn beginnings(spans: usize) -> String {
    let span = |at: usize| {
        let (name, kind, start) = match at % 2 {
            0 => ("request".to_owned(), 2, at),
            _ => (format!("load {at:08}"), 1, 10_000_000 + at),
        };
        format!(
            r#"{{"traceId":"{:032x}","spanId":"{:016x}","name":"{name}","kind":{kind},"startTimeUnixNano":"{start}","endTimeUnixNano":"20000000"}}"#,
            at + 1,
            at + 1
        )
    };
    let spans: Vec<_> = (0..spans).map(span).collect();
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    )
}

/// One trace of calls whose caller is missing, between two traces in which it is there.
pub(crate) fn orphans(spans: usize) -> String {
    let resource = |service: &str, spans: &[String]| {
        format!(
            r#"{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{service}"}}}}]}},"scopeSpans":[{{"spans":[{}]}}]}}"#,
            spans.join(",")
        )
    };
    let span = |trace: usize, id: usize, parent: usize, kind: u8, start: usize| {
        format!(
            r#"{{"traceId":"{trace:032x}","spanId":"{id:016x}","parentSpanId":"{parent:016x}","name":"call","kind":{kind},"startTimeUnixNano":"{start}","endTimeUnixNano":"{}"}}"#,
            start + 1
        )
    };
    let (first, last) = (1, spans + 2);
    let calls = [first, last].map(|at| span(at, at, 0, 3, at));
    let answered = [first, last].map(|at| span(at, 2 * spans + at, at, 2, at));
    let torn = (2..spans).map(|at| span(2, at, 4 * spans + at, 2, at));
    let served: Vec<_> = answered.into_iter().chain(torn).collect();
    format!(
        r#"{{"resourceSpans":[{},{}]}}"#,
        resource("api", &calls),
        resource("auth", &served)
    )
}
