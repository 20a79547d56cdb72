//! What has to come of a chain, by looking back from each service and at the chain alone: no header is written here.

use opentracing_shim::propagation::Dialect;

use super::hop::{Hop, Kind, Span};

/// The part of a span that can be foretold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prediction {
    trace: usize,
    parent: Option<usize>,
    linked: Option<usize>,
}

impl From<&Span> for Prediction {
    fn from(span: &Span) -> Self {
        Self {
            trace: span.trace,
            parent: span.parent,
            linked: span.linked,
        }
    }
}

pub(crate) fn predict(chain: &[Hop], marker: bool, preferred: Dialect) -> Vec<Prediction> {
    let mut spans: Vec<Prediction> = Vec::new();
    for (place, hop) in chain.iter().enumerate() {
        let w3c = reaching(chain, place, Kind::W3c);
        let jaeger = reaching(chain, place, Kind::Legacy);
        let (parent, linked) = match hop.kind {
            Kind::Legacy => (jaeger, None),
            Kind::W3c => (w3c, None),
            Kind::Dual => match (w3c, jaeger) {
                (Some(w3c), Some(jaeger)) => {
                    let (chosen, other) = match preferred {
                        Dialect::W3c => (w3c, jaeger),
                        Dialect::Jaeger => (jaeger, w3c),
                    };
                    if spans[w3c].trace != spans[jaeger].trace {
                        (Some(chosen), Some(other))
                    } else if is_decidable(chain, &spans, (w3c, jaeger), marker) {
                        (Some(w3c.max(jaeger)), None)
                    } else {
                        (Some(chosen), None)
                    }
                }
                (one, other) => (one.or(other), None),
            },
        };
        spans.push(Prediction {
            trace: parent.map_or(place, |parent| spans[parent].trace),
            parent,
            linked,
        });
    }
    spans
}

/// The last service before `place` that wrote the header of a dialect, if all services since have forwarded it.
fn reaching(chain: &[Hop], place: usize, dialect: Kind) -> Option<usize> {
    for before in (0..place).rev() {
        if [dialect, Kind::Dual].contains(&chain[before].kind) {
            return Some(before);
        }
        if !chain[before].forwards {
            return None;
        }
    }
    None
}

/// Whether somebody left a hint which of two headers of one trace is the later one.
fn is_decidable(
    chain: &[Hop],
    spans: &[Prediction],
    (w3c, jaeger): (usize, usize),
    marker: bool,
) -> bool {
    if w3c == jaeger {
        return true;
    }
    let older = w3c.min(jaeger);
    if marker {
        // A service that speaks both signed the older header, and nobody has touched that one since.
        chain[older].kind == Kind::Dual
    } else {
        // An old service writes down its parent, and so do the old services after it: of the last one alone.
        jaeger > w3c && spans[jaeger].parent == Some(w3c)
    }
}
