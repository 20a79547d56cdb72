//! JSON lines on stderr, with trace ids where a span is ambient.
