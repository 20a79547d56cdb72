//! What goes from service to service is what stage legacy sends: its test, over the drop-in packages.

extern crate stage_dropin as stage_legacy;

#[path = "../../legacy/tests/headers.rs"]
mod headers;
