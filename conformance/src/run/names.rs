//! Which ids a program's names stand for.

use std::collections::BTreeMap;

/// The ids of a span as lower-case hexadecimal, 32 and 16 digits; a part that is not valid is all zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    /// The trace id.
    pub trace: String,
    /// The span id.
    pub span: String,
}

/// The text of a trace id that is not valid.
pub const NO_TRACE: &str = "00000000000000000000000000000000";
/// The text of a span id that is not valid.
pub const NO_SPAN: &str = "0000000000000000";
const TRACE_OF: &str = "trace-of-";

impl Ids {
    /// Ids from their text; empty text is what an OpenTracing context gives for an id that is not valid.
    pub fn new(trace: &str, span: &str) -> Self {
        let or_zeros = |id: &str, zeros: &str| match id {
            "" => zeros.to_owned(),
            id => id.to_owned(),
        };
        Self {
            trace: or_zeros(trace, NO_TRACE),
            span: or_zeros(span, NO_SPAN),
        }
    }
}

/// The names of a program, with the ids that they stood for in one run.
///
/// Names and ids can be compared once both are in one form, the canonical one: a span id becomes the first name of the
/// span that has it, a trace id becomes `trace-of-` and the name of the first span started in it, and an id that no
/// started span has stays hexadecimal.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Spans in the order of starting.
    started: Vec<(String, Ids)>,
    /// Further names: of contexts, and of spans found active.
    aliases: BTreeMap<String, Ids>,
    /// Every context of another program's trace that came in from a carrier.
    received: Vec<Ids>,
}

impl Names {
    pub(crate) fn start(&mut self, name: &str, ids: Ids) {
        self.started.push((name.to_owned(), ids));
    }

    pub(crate) fn alias(&mut self, name: &str, ids: Ids) {
        self.aliases.insert(name.to_owned(), ids);
    }

    /// Notes a context that came in from a carrier, unless the carrier only brought back a trace of this program.
    pub(crate) fn receive(&mut self, ids: Ids) {
        if self.started.iter().all(|(_, s)| s.trace != ids.trace) {
            self.received.push(ids);
        }
    }

    /// The ids that a name stands for.
    pub fn ids(&self, name: &str) -> Option<&Ids> {
        self.started
            .iter()
            .find_map(|(known, ids)| (known == name).then_some(ids))
            .or_else(|| self.aliases.get(name))
    }

    /// The canonical form of a span, given by name or id. All zeros, which are no span, give nothing.
    pub fn span(&self, name_or_id: &str) -> Option<String> {
        let id = self
            .ids(name_or_id)
            .map_or(name_or_id, |ids| ids.span.as_str());
        if id == NO_SPAN {
            return None;
        }
        let name = self.started.iter().find(|(_, ids)| ids.span == id);
        Some(name.map_or(id, |(name, _)| name).to_owned())
    }

    /// The canonical form of a trace, given as `trace-of-` and a name, or by id.
    pub fn trace(&self, name_or_id: &str) -> String {
        let id = match name_or_id.strip_prefix(TRACE_OF) {
            None => name_or_id,
            Some(name) => {
                let Some(ids) = self.ids(name) else {
                    return name_or_id.to_owned();
                };
                // A started span that is not the first of its trace stays itself: the trace is not named for it, and
                // two roots that ought to have two traces must not be taken for one.
                if let Some((first, _)) = self.started.iter().find(|(_, s)| s.span == ids.span) {
                    return format!("{TRACE_OF}{first}");
                }
                &ids.trace
            }
        };
        match self.started.iter().find(|(_, ids)| ids.trace == id) {
            Some((first, _)) => format!("{TRACE_OF}{first}"),
            None => id.to_owned(),
        }
    }

    /// The trace that a span id is known to belong to.
    pub fn trace_of_span(&self, span: &str) -> Option<&str> {
        let started = self.started.iter().map(|(_, ids)| ids);
        started
            .chain(&self.received)
            .find_map(|ids| (ids.span == span).then_some(ids.trace.as_str()))
    }

    /// Whether a trace is another program's, come in from a carrier.
    pub fn is_received(&self, trace: &str) -> bool {
        self.received.iter().any(|ids| ids.trace == trace)
    }

    /// Puts ids where a text has `<trace-of-a>` and `<a>`. A name that is not known stays as it is.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(open) = rest.find('<') {
            let (before, from_open) = rest.split_at(open);
            filled.push_str(before);
            let Some(close) = from_open.find('>') else {
                rest = from_open;
                break;
            };
            let (placeholder, after) = from_open.split_at(close + 1);
            let name = &placeholder[1..close];
            let id = match name.strip_prefix(TRACE_OF) {
                Some(name) => self.ids(name).map(|ids| &ids.trace),
                None => self.ids(name).map(|ids| &ids.span),
            };
            filled.push_str(id.map_or(placeholder, String::as_str));
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    /// Puts `<trace-of-a>` and `<a>` where a text has the ids of started spans, for a reader.
    pub fn mask(&self, text: &str) -> String {
        let mut masked = text.to_owned();
        // In the order of starting, so that a trace is called after its first span.
        for (name, ids) in &self.started {
            if ids.trace != NO_TRACE {
                masked = masked.replace(&ids.trace, &format!("<{TRACE_OF}{name}>"));
            }
        }
        for (name, ids) in &self.started {
            if ids.span != NO_SPAN {
                masked = masked.replace(&ids.span, &format!("<{name}>"));
            }
        }
        masked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T1: &str = "11111111111111111111111111111111";
    const T2: &str = "22222222222222222222222222222222";
    const S1: &str = "1111111111111111";
    const S2: &str = "2222222222222222";
    const FAR: &str = "ffffffffffffffff";

    fn names() -> Names {
        let mut names = Names::default();
        names.receive(Ids::new(T1, FAR));
        names.alias("x", Ids::new(T1, FAR));
        names.start("a", Ids::new(T1, S1));
        names.start("b", Ids::new(T1, S2));
        names.start("c", Ids::new(T2, "3333333333333333"));
        names.receive(Ids::new(T2, "3333333333333333"));
        names.alias("again", Ids::new(T1, S2));
        names
    }

    #[test]
    fn a_span_has_its_first_name_and_a_foreign_one_stays_hexadecimal() {
        let names = names();

        assert_eq!(names.span(S2).as_deref(), Some("b"));
        assert_eq!(names.span("again").as_deref(), Some("b"));
        assert_eq!(names.span("x").as_deref(), Some(FAR));
        assert_eq!(names.span(NO_SPAN), None);
        assert_eq!(names.span("unheard-of").as_deref(), Some("unheard-of"));
    }

    #[test]
    fn a_trace_is_named_after_its_first_span() {
        let names = names();

        assert_eq!(names.trace(T1), "trace-of-a");
        assert_eq!(names.trace("trace-of-x"), "trace-of-a");
        assert_eq!(names.trace(T2), "trace-of-c");
        assert_eq!(names.trace(NO_TRACE), NO_TRACE);
        assert_eq!(names.trace("trace-of-unheard-of"), "trace-of-unheard-of");
    }

    #[test]
    fn two_roots_in_one_trace_are_not_taken_for_two_traces() {
        let names = names();

        assert_ne!(names.trace("trace-of-b"), names.trace(T1));
    }

    #[test]
    fn a_trace_is_received_only_from_another_program() {
        let names = names();

        assert!(names.is_received(T1));
        assert!(!names.is_received(T2));
        assert_eq!(names.trace_of_span(FAR), Some(T1));
        assert_eq!(names.trace_of_span(S2), Some(T1));
        assert_eq!(names.trace_of_span("unheard-of"), None);
    }

    #[test]
    fn placeholders_are_filled_and_ids_are_masked() {
        let names = names();

        let filled = names.fill("00-<trace-of-a>-<b>-01 <nobody> <");

        assert_eq!(filled, format!("00-{T1}-{S2}-01 <nobody> <"));
        assert_eq!(names.mask(&filled), "00-<trace-of-a>-<b>-01 <nobody> <");
    }
}
