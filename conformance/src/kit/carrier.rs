//! A carrier of the kind that a format needs.

use opentracing_shim::{
    ExtractCarrier, ExtractError, Format, InjectError, Referent, SpanContext, Tracer,
};

/// Entries, or bytes for the format Binary.
#[derive(Clone, Debug)]
pub(super) enum Carrier {
    Entries(Vec<(String, String)>),
    Bytes(Vec<u8>),
}

impl Carrier {
    /// What `tracer` writes into a new carrier of the right kind.
    pub(super) fn filled(
        tracer: &Tracer,
        context: impl Referent,
        format: Format<'_>,
    ) -> (Self, Result<(), InjectError>) {
        if format == Format::Binary {
            let mut bytes = Vec::new();
            let injected = tracer.inject(context, format, &mut bytes);
            (Self::Bytes(bytes), injected)
        } else {
            let mut entries = Vec::new();
            let injected = tracer.inject(context, format, &mut entries);
            (Self::Entries(entries), injected)
        }
    }

    /// What `tracer` reads from it.
    pub(super) fn read(
        &self,
        tracer: &Tracer,
        format: Format<'_>,
    ) -> Result<Option<SpanContext>, ExtractError> {
        let carrier: &dyn ExtractCarrier = match self {
            Self::Entries(entries) => entries,
            Self::Bytes(bytes) => bytes,
        };
        tracer.extract(format, carrier)
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Entries(entries) => entries.is_empty(),
            Self::Bytes(bytes) => bytes.is_empty(),
        }
    }

    /// Nonsense in the place of each value; bytes end too early.
    pub(super) fn corrupt(&mut self) {
        match self {
            Self::Entries(entries) => {
                for (_, value) in entries {
                    "\u{fffd}?!".clone_into(value);
                }
            }
            Self::Bytes(bytes) => bytes.truncate(bytes.len() / 2),
        }
    }
}

/// Out and back. Fails if either fails or nothing comes back.
#[track_caller]
pub(super) fn round_trip(
    tracer: &Tracer,
    context: impl Referent,
    format: Format<'_>,
) -> SpanContext {
    let (carrier, injected) = Carrier::filled(tracer, context, format);
    assert!(injected.is_ok(), "{format:?}: {injected:?}");
    match carrier.read(tracer, format) {
        Ok(Some(context)) => context,
        other => {
            panic!("{format:?}: what was injected is not extracted: {other:?} from {carrier:?}")
        }
    }
}
