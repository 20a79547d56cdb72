//! Streams that give and take a byte at a time.

use std::io::{self, Read, Write};

use opentracing_shim_rustracing_jaeger as rustracing_jaeger;
use rustracing_jaeger::ErrorKind;
use rustracing_jaeger::span::{SpanContext, SpanContextState};

#[derive(Default)]
struct OneByOne(Vec<u8>);

impl Read for OneByOne {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            return Ok(0);
        }
        buffer[0] = self.0.remove(0);
        Ok(1)
    }
}

impl Write for OneByOne {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(bytes[0]);
        Ok(1)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

#[test]
fn a_context_is_whole_on_a_stream_that_moves_a_byte_at_a_time() {
    let header = "a000000000000000b:c:0:1";
    let context = SpanContext::new(header.parse::<SpanContextState>().unwrap(), Vec::new());
    let mut stream = OneByOne::default();

    context.inject_to_binary(&mut stream).unwrap();
    assert_eq!(stream.0.len(), 37);
    let read = SpanContext::extract_from_binary(&mut stream)
        .unwrap()
        .unwrap();

    assert_eq!(read.state().to_string(), header);
    // The number of baggage items, which the original leaves there too.
    assert_eq!(stream.0, [0; 4]);
}

#[test]
fn a_failure_of_the_stream_is_an_error() {
    let error = SpanContext::extract_from_binary(&mut Broken).unwrap_err();

    assert_eq!(*error.kind(), ErrorKind::Other);
}
