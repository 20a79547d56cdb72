//! What spans and log records share: attributes, and whom they are of.

use opentelemetry_proto::tonic::common::v1::{self as common, any_value::Value as Any};
use opentelemetry_proto::tonic::resource::v1 as resource;
use serde::Deserialize;

use super::scalars::{Bytes, Double, Id, Integer};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resource {
    attributes: Option<Vec<KeyValue>>,
    dropped_attributes_count: Option<Integer<u32>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Scope {
    name: Option<String>,
    version: Option<String>,
    attributes: Option<Vec<KeyValue>>,
    dropped_attributes_count: Option<Integer<u32>>,
}

#[derive(Deserialize)]
pub(super) struct KeyValue {
    key: Option<String>,
    value: Option<AnyValue>,
}

/// Has one of these, or none. The parser's own limit bounds how deep they are nested.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AnyValue {
    string_value: Option<String>,
    bool_value: Option<bool>,
    int_value: Option<Integer<i64>>,
    double_value: Option<Double>,
    array_value: Option<Values<Self>>,
    kvlist_value: Option<Values<KeyValue>>,
    bytes_value: Option<Bytes>,
}

#[derive(Deserialize)]
struct Values<T> {
    values: Option<Vec<T>>,
}

// === into protobuf ===

pub(super) fn list<T, U: From<T>>(values: Option<Vec<T>>) -> Vec<U> {
    values.into_iter().flatten().map(U::from).collect()
}

pub(super) fn integer<T: Default>(value: Option<Integer<T>>) -> T {
    value.unwrap_or_default().0
}

pub(super) fn id(value: Option<Id>) -> Vec<u8> {
    value.unwrap_or_default().0
}

impl From<Resource> for resource::Resource {
    fn from(json: Resource) -> Self {
        Self {
            attributes: list(json.attributes),
            dropped_attributes_count: integer(json.dropped_attributes_count),
            ..Self::default()
        }
    }
}

impl From<Scope> for common::InstrumentationScope {
    fn from(json: Scope) -> Self {
        Self {
            name: json.name.unwrap_or_default(),
            version: json.version.unwrap_or_default(),
            attributes: list(json.attributes),
            dropped_attributes_count: integer(json.dropped_attributes_count),
        }
    }
}

impl From<KeyValue> for common::KeyValue {
    fn from(json: KeyValue) -> Self {
        Self {
            key: json.key.unwrap_or_default(),
            value: json.value.map(Into::into),
            ..Self::default()
        }
    }
}

impl From<AnyValue> for common::AnyValue {
    fn from(json: AnyValue) -> Self {
        let value = json.string_value.map(Any::StringValue);
        let value = value.or_else(|| json.bool_value.map(Any::BoolValue));
        let value = value.or_else(|| json.int_value.map(|value| Any::IntValue(value.0)));
        let value = value.or_else(|| json.double_value.map(|value| Any::DoubleValue(value.0)));
        let value = value.or_else(|| json.bytes_value.map(|value| Any::BytesValue(value.0)));
        let value = value.or_else(|| {
            let values = list(json.array_value?.values);
            Some(Any::ArrayValue(common::ArrayValue { values }))
        });
        let value = value.or_else(|| {
            let values = list(json.kvlist_value?.values);
            Some(Any::KvlistValue(common::KeyValueList { values }))
        });
        Self { value }
    }
}
