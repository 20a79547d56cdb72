//! What each part of a finished span becomes: a test for each row of the table in the crate's page.

mod ids_and_times;
mod logs;
mod references;
mod tags;

use std::time::{Duration, SystemTime};

use opentracing_shim_legacy::{Ids, Reference, ReferenceKind, SpanRecord};

pub(crate) const IDS: Ids = Ids {
    trace_high: 0x1111,
    trace_low: 0x2222,
    span_id: 0x3333,
    flags: 1,
};

pub(crate) fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(1_600_000_000_123_456_789)
}

pub(crate) fn record() -> SpanRecord {
    SpanRecord::new("work", IDS, start(), start() + Duration::from_millis(5))
}

pub(crate) fn other(span_id: u64) -> Ids {
    Ids { span_id, ..IDS }
}

pub(crate) fn child_of<'a>(ids: Ids) -> Reference<'a> {
    Reference {
        kind: ReferenceKind::ChildOf,
        ids,
        is_remote: false,
        debug_id: None,
    }
}
