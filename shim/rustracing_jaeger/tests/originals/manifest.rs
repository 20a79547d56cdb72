//! The manifests of the workspace that is made.

/// Profiles as in this workspace, so that what is built for it serves here too.
pub(crate) const WORKSPACE: &str = r#"[workspace]
resolver = "3"
members = ["on-rustracing", "on-rustracing-jaeger"]

[profile.dev]
debug = "line-tables-only"

[profile.dev.package."*"]
debug = false
"#;

/// A package with the dependencies that the original says in its own manifest, but for two lines.
pub(crate) fn package(name: &str, drop_ins: &str, targets: &str) -> String {
    let rustracing = format!("{drop_ins}/rustracing");
    let rustracing_jaeger = format!("{drop_ins}/rustracing_jaeger");
    format!(
        r#"[package]
name = "{name}"
version = "0.0.0"
edition = "2021"

[dependencies]
rustracing        = {{ package = "opentracing-shim-rustracing", path = {rustracing:?} }}
rustracing_jaeger = {{ package = "opentracing-shim-rustracing-jaeger", path = {rustracing_jaeger:?} }}
crossbeam-channel = "0.5"
trackable = "1"

{targets}"#
    )
}
