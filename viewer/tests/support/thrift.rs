//! Messages of Jaeger's Thrift that no client would send, and such as only clients of other languages do.

use std::net::{SocketAddr, UdpSocket};

use thrift::TConfiguration;
use thrift::protocol::{
    TBinaryOutputProtocol, TCompactOutputProtocol, TFieldIdentifier, TListIdentifier,
    TMessageIdentifier, TMessageType, TOutputProtocol, TStructIdentifier, TType,
};
use viewer::intake::thrift::Protocol;

pub const PROTOCOLS: [Protocol; 2] = [Protocol::Compact, Protocol::Binary];

/// Thrift's data, without a schema.
#[derive(Clone, Debug)]
pub enum Data {
    Bool(bool),
    I32(i32),
    I64(i64),
    Double(f64),
    Bytes(Vec<u8>),
    Struct(Vec<(i16, Self)>),
    /// Of the type of its first element; structs, when it is empty.
    List(Vec<Self>),
}

use Data::{Bytes, I32, I64, List, Struct};

/// The message that an agent gets.
pub fn emit_batch(protocol: Protocol, batch: Data) -> Vec<u8> {
    message(
        protocol,
        "emitBatch",
        TMessageType::OneWay,
        &Struct(vec![(1, batch)]),
    )
}

pub fn message(protocol: Protocol, name: &str, kind: TMessageType, arguments: &Data) -> Vec<u8> {
    let mut bytes = Vec::new();
    let unlimited = TConfiguration::no_limits();
    let identifier = TMessageIdentifier::new(name, kind, 7);
    match protocol {
        Protocol::Compact => {
            let mut output = TCompactOutputProtocol::with_config(&mut bytes, unlimited);
            output.write_message_begin(&identifier).expect("memory");
            write(&mut output, arguments).expect("memory");
        }
        Protocol::Binary => {
            let mut output = TBinaryOutputProtocol::with_config(&mut bytes, true, unlimited);
            output.write_message_begin(&identifier).expect("memory");
            write(&mut output, arguments).expect("memory");
        }
    }
    bytes
}

pub fn batch(process: Data, spans: impl IntoIterator<Item = Data>) -> Data {
    Struct(vec![(1, process), (2, list(spans))])
}

pub fn process(service: &str, tags: impl IntoIterator<Item = Data>) -> Data {
    Struct(vec![(1, text(service)), (2, list(tags))])
}

/// The fields that every span has; `others` are added, and replace one of the same number.
pub fn span(
    (high, low): (u64, u64),
    id: i64,
    parent: i64,
    name: &str,
    others: impl IntoIterator<Item = (i16, Data)>,
) -> Data {
    let start = i64::try_from(super::EPOCH / 1_000).expect("a time") + (id & 0xff) * 1_000;
    let mut fields = vec![
        (1, I64(low.cast_signed())),
        (2, I64(high.cast_signed())),
        (3, I64(id)),
        (4, I64(parent)),
        (5, text(name)),
        (7, I32(1)),
        (8, I64(start)),
        (9, I64(10_000)),
    ];
    for (number, data) in others {
        fields.retain(|(known, _)| *known != number);
        fields.push((number, data));
    }
    Struct(fields)
}

pub fn references(references: impl IntoIterator<Item = Data>) -> (i16, Data) {
    (6, list(references))
}

pub fn tags(tags: impl IntoIterator<Item = Data>) -> (i16, Data) {
    (10, list(tags))
}

pub fn logs(logs: impl IntoIterator<Item = Data>) -> (i16, Data) {
    (11, list(logs))
}

pub fn log(micros: i64, fields: impl IntoIterator<Item = Data>) -> Data {
    Struct(vec![(1, I64(micros)), (2, list(fields))])
}

pub fn reference(ref_type: i32, (high, low): (u64, u64), id: i64) -> Data {
    Struct(vec![
        (1, I32(ref_type)),
        (2, I64(low.cast_signed())),
        (3, I64(high.cast_signed())),
        (4, I64(id)),
    ])
}

/// A tag whose type is that of its value.
pub fn tag(key: &str, value: Data) -> Data {
    let (number, tag_type) = match &value {
        Bytes(_) => (3, 0),
        Data::Double(_) => (4, 1),
        Data::Bool(_) => (5, 2),
        I64(_) => (6, 3),
        other => panic!("no tag holds {other:?}"),
    };
    Struct(vec![(1, text(key)), (2, I32(tag_type)), (number, value)])
}

pub fn binary_tag(key: &str, value: &[u8]) -> Data {
    Struct(vec![(1, text(key)), (2, I32(4)), (7, Bytes(value.into()))])
}

pub fn text(text: &str) -> Data {
    Bytes(text.into())
}

pub fn list(elements: impl IntoIterator<Item = Data>) -> Data {
    List(elements.into_iter().collect())
}

pub fn send(datagram: &[u8], to: SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.send_to(datagram, to).expect("sent");
}

fn write(output: &mut dyn TOutputProtocol, data: &Data) -> thrift::Result<()> {
    match data {
        Data::Bool(value) => output.write_bool(*value),
        I32(value) => output.write_i32(*value),
        I64(value) => output.write_i64(*value),
        Data::Double(value) => output.write_double(*value),
        Bytes(bytes) => output.write_bytes(bytes),
        Struct(fields) => {
            output.write_struct_begin(&TStructIdentifier::new("any"))?;
            for (number, data) in fields {
                let field = TFieldIdentifier::new("any", type_of(data), *number);
                output.write_field_begin(&field)?;
                write(output, data)?;
                output.write_field_end()?;
            }
            output.write_field_stop()?;
            output.write_struct_end()
        }
        List(elements) => {
            let element = elements.first().map_or(TType::Struct, type_of);
            let size = i32::try_from(elements.len()).expect("not that many");
            output.write_list_begin(&TListIdentifier::new(element, size))?;
            for element in elements {
                write(output, element)?;
            }
            output.write_list_end()
        }
    }
}

fn type_of(data: &Data) -> TType {
    match data {
        Data::Bool(_) => TType::Bool,
        I32(_) => TType::I32,
        I64(_) => TType::I64,
        Data::Double(_) => TType::Double,
        Bytes(_) => TType::String,
        Struct(_) => TType::Struct,
        List(_) => TType::List,
    }
}
