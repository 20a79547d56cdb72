//! The files of stage legacy, compiled over the drop-in packages.
//!
//! There is no code here. Two lines of the manifest give the names `rustracing` and `rustracing_jaeger` to packages that
//! send what was finished by OTLP, and every `use` of stage legacy means those. Where spans go is said by OpenTelemetry's
//! standard variables; what the old code says of an agent is passed over, with a warning.

#[path = "../../legacy/src/api.rs"]
pub mod api;
#[path = "../../legacy/src/auth.rs"]
pub mod auth;
#[path = "../../legacy/src/http.rs"]
pub mod http;
#[path = "../../legacy/src/reporter.rs"]
pub mod reporter;
#[path = "../../legacy/src/settings.rs"]
pub mod settings;
#[path = "../../legacy/src/sms.rs"]
pub mod sms;
#[path = "../../legacy/src/telemetry.rs"]
pub mod telemetry;

pub use settings::Settings;
pub use telemetry::{Instrumentation, Telemetry};
