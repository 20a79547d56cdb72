//! The types of values.

use std::borrow::Cow;
use std::sync::Arc;

use opentracing_shim::TagValue;

use super::case;
use crate::kit::{Case, Subject};

pub(super) const CASES: &[Case] = &[case("rust.tag_value_types", &[], tag_value_types)];

/// Integers that fit are integers, those that do not are text.
fn tag_value_types(subject: &Subject) {
    let values: [(&'static str, TagValue, TagValue); 19] = [
        ("i8", i8::MIN.into(), TagValue::I64(-128)),
        ("i16", i16::MIN.into(), TagValue::I64(-32_768)),
        ("i32", i32::MIN.into(), TagValue::I64(-2_147_483_648)),
        ("i64", i64::MIN.into(), TagValue::I64(i64::MIN)),
        ("i128", i128::MAX.into(), text(&i128::MAX)),
        ("isize", 7_isize.into(), TagValue::I64(7)),
        ("u8", u8::MAX.into(), TagValue::I64(255)),
        ("u16", u16::MAX.into(), TagValue::I64(65_535)),
        ("u32", u32::MAX.into(), TagValue::I64(4_294_967_295)),
        ("u64", u64::MAX.into(), text(&u64::MAX)),
        ("u128", 7_u128.into(), TagValue::I64(7)),
        ("usize", 7_usize.into(), TagValue::I64(7)),
        ("f32", 0.5_f32.into(), TagValue::F64(0.5)),
        ("f64", f64::INFINITY.into(), TagValue::F64(f64::INFINITY)),
        ("bool", true.into(), TagValue::Bool(true)),
        ("char", 'ß'.into(), text(&'ß')),
        ("string", String::from("owned").into(), text(&"owned")),
        ("cow", Cow::Borrowed("cow").into(), text(&"cow")),
        ("arc", Arc::<str>::from("arc").into(), text(&"arc")),
    ];
    let span = subject.root("types");
    for (key, value, _) in &values {
        span.set_tag(*key, value.clone());
    }
    span.finish();

    for (key, _, expected) in values {
        subject.assert_tag(&span, key, expected);
    }
}

fn text(value: &impl ToString) -> TagValue {
    TagValue::from(value.to_string())
}
