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
