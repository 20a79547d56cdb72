//! One JSON value of a file. Which format it has is seen from its keys, in one pass.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Deserializer;

use super::error::Fault;
use super::scalars::Text;
use super::{jaeger, otlp};
use crate::model::Span;

/// Whatever an object of either format has on top.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    #[serde(borrow)]
    resource_spans: Option<Vec<otlp::ResourceSpans<'a>>>,
    // The other signals of OTLP, which may share a file with traces.
    resource_logs: Option<IgnoredAny>,
    resource_metrics: Option<IgnoredAny>,
    resource_profiles: Option<IgnoredAny>,
    /// An answer of Jaeger. `null` beside an error.
    #[serde(borrow, default, deserialize_with = "known")]
    data: Known<Vec<jaeger::Trace<'a>>>,
    #[serde(borrow)]
    errors: Option<Vec<AnsweredError<'a>>>,
    // A trace of Jaeger's by itself.
    #[serde(borrow)]
    spans: Option<Vec<jaeger::Span<'a>>>,
    #[serde(borrow)]
    processes: Option<jaeger::Processes<'a>>,
}

#[derive(Deserialize)]
struct AnsweredError<'a> {
    #[serde(borrow)]
    msg: Option<Text<'a>>,
}

/// A key that is there, with a value or with `null`.
type Known<T> = Option<Option<T>>;

fn known<'de, D, T>(deserializer: D) -> Result<Known<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

const EXPECTED: &str = "neither OTLP JSON, which has `resourceSpans`, nor Jaeger JSON, which has `data`, or `spans` with `processes`";

/// All spans of a text: any number of documents one after the other, each on a line or on many.
pub(super) fn spans(text: &[u8]) -> Result<Vec<Span>, Fault> {
    // A byte order mark is what some editors leave behind.
    let json = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let before = text.len() - json.len();
    let source = Source { text };
    let mut spans = Vec::new();

    let first = json.iter().position(|byte| !byte.is_ascii_whitespace());
    let Some(first) = first else {
        return Err(fault(0, "expected OTLP JSON or Jaeger JSON, found nothing"));
    };
    if json[first] == b'[' {
        let traces: Vec<jaeger::Trace<'_>> = serde_json::from_slice(json)?;
        for trace in traces {
            trace.into_spans(&source, &mut spans)?;
        }
        return Ok(spans);
    }

    let mut start = first;
    let mut documents = Deserializer::from_slice(json).into_iter::<Document<'_>>();
    while let Some(document) = documents.next() {
        if json[start] != b'{' {
            return Err(fault(before + start, "expected an object of JSON"));
        }
        document?.into_spans(&source, before + start, &mut spans)?;
        let end = documents.byte_offset();
        let next = json[end..]
            .iter()
            .position(|byte| !byte.is_ascii_whitespace());
        start = next.map_or(json.len(), |next| end + next);
    }
    Ok(spans)
}

impl<'a> Document<'a> {
    fn into_spans(
        self,
        source: &Source<'_>,
        at: usize,
        spans: &mut Vec<Span>,
    ) -> Result<(), Fault> {
        if let Some(resource_spans) = self.resource_spans {
            resource_spans
                .into_iter()
                .for_each(|batch| batch.into_spans(spans));
            return Ok(());
        }
        match (self.data, self.spans, self.processes) {
            (Some(Some(traces)), ..) => traces
                .into_iter()
                .try_for_each(|trace| trace.into_spans(source, spans)),
            (Some(None), ..) => {
                let errors = self.errors.into_iter().flatten();
                let said: Vec<_> = errors.filter_map(|error| error.msg).collect();
                let said: Vec<_> = said.iter().map(Text::as_str).collect();
                let said = match said.as_slice() {
                    [] => "no traces".to_owned(),
                    said => format!("an error: {}", said.join("; ")),
                };
                Err(fault(
                    at,
                    &format!("expected traces of Jaeger, found {said}"),
                ))
            }
            (None, Some(lone), Some(processes)) => {
                jaeger::Trace::alone(lone, processes).into_spans(source, spans)
            }
            _ if self.resource_logs.is_some()
                || self.resource_metrics.is_some()
                || self.resource_profiles.is_some() =>
            {
                Ok(())
            }
            _ => Err(fault(at, EXPECTED)),
        }
    }
}

fn fault(offset: usize, message: &str) -> Fault {
    Fault::At {
        offset,
        message: message.to_owned(),
    }
}

/// The text, to find the place of something that was borrowed from it.
pub(super) struct Source<'a> {
    text: &'a [u8],
}

impl Source<'_> {
    /// A fault at a string of the text. One with escapes is a copy, and then only known to be in there.
    pub(super) fn fault(&self, found: &str, message: String) -> Fault {
        let start = self.text.as_ptr().addr();
        let offset = found.as_ptr().addr().wrapping_sub(start);
        Fault::At {
            offset: if offset < self.text.len() { offset } else { 0 },
            message,
        }
    }
}
