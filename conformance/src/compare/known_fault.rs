//! The one place in which a recording is known to be wrong.
//!
//! Requirement F7 says that an extract that finds nothing gives nothing. The reference extracts onto the ambient context,
//! so while a span is active it returns that span's context instead, and this is what its recordings hold. Such a
//! recording is not changed; the runner expects nothing in its place.

use crate::vector::ContextRecord;

/// Whether a recorded extract shows the reference's fault, so that nothing is right in its place.
///
/// All of it must hold: the carrier has no field at all that a propagator of its format reads, and the recorded context is
/// the active span's in trace, span and baggage. With any field there, or any difference, the recording is taken at its
/// word.
pub(super) fn reference_returned_active_span(
    recorded: &ContextRecord,
    active: &ContextRecord,
    carrier_has_field: bool,
) -> bool {
    !carrier_has_field && recorded == active
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::TextMap;

    fn active() -> ContextRecord {
        ContextRecord {
            trace: "trace-of-a".to_owned(),
            span: Some("a".to_owned()),
            baggage: TextMap::from([("k".to_owned(), "v".to_owned())]),
        }
    }

    #[test]
    fn the_active_span_from_a_carrier_without_any_field_is_the_fault() {
        assert!(reference_returned_active_span(&active(), &active(), false));
    }

    #[test]
    fn a_carrier_with_a_field_is_taken_at_its_word() {
        assert!(!reference_returned_active_span(&active(), &active(), true));
    }

    #[test]
    fn any_other_context_is_taken_at_its_word() {
        let other_trace = ContextRecord {
            trace: "trace-of-b".to_owned(),
            ..active()
        };
        let other_span = ContextRecord {
            span: Some("b".to_owned()),
            ..active()
        };
        let other_baggage = ContextRecord {
            baggage: TextMap::new(),
            ..active()
        };

        for recorded in [other_trace, other_span, other_baggage] {
            assert!(!reference_returned_active_span(&recorded, &active(), false));
        }
    }
}
