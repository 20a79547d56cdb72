//! Trace flags: the two bits of W3C, two private ones, and Jaeger's.

use opentelemetry::trace::TraceFlags;

/// Sampled, and the bit of level 2 that says the id is random. All others are for later versions to give a meaning.
pub(super) const W3C: TraceFlags = TraceFlags::new(0x03);

/// Level 2: the right half of the trace id is random.
pub(super) const RANDOM: TraceFlags = TraceFlags::new(0x02);

/// Jaeger's and B3's wish that a trace be kept by all means. A private bit of the trace flags: children inherit it in
/// the SDK, and the W3C header never shows it.
pub(super) const DEBUG: TraceFlags = TraceFlags::new(0x04);

/// B3 without a sampling decision, which is not a refusal. A private bit as well.
pub(super) const DEFERRED: TraceFlags = TraceFlags::new(0x08);

/// Jaeger's own bits; the two others that it defines mean nothing to a receiver.
const JAEGER_SAMPLED: u8 = 0x01;
const JAEGER_DEBUG: u8 = 0x02;

/// Of a Jaeger header. Debug implies sampled.
pub(super) fn from_jaeger(bits: u8) -> TraceFlags {
    if bits & JAEGER_DEBUG != 0 {
        TraceFlags::SAMPLED | DEBUG
    } else if bits & JAEGER_SAMPLED != 0 {
        TraceFlags::SAMPLED
    } else {
        TraceFlags::NOT_SAMPLED
    }
}

/// For a Jaeger header: 0, 1 or 3, which are one digit each and read alike in base 10 and 16.
pub(super) fn to_jaeger(flags: TraceFlags) -> u8 {
    match (flags.is_sampled(), is_debug(flags)) {
        (false, _) => 0,
        (true, false) => JAEGER_SAMPLED,
        (true, true) => JAEGER_SAMPLED | JAEGER_DEBUG,
    }
}

pub(super) fn is_debug(flags: TraceFlags) -> bool {
    flags & DEBUG == DEBUG
}
