//! Real servers for tests: redis-server and Jaeger as own processes on free ports.
//!
//! Each is started by the test that needs it, gets ports of its own and is killed when it is dropped. On a machine
//! without the program, the start returns `None` and says on standard error which test was skipped; under `CI=true`
//! that is a failure.

pub mod collector;
pub mod http;
pub mod jaeger;
mod ports;
pub mod programs;
pub mod redis;
mod server;

pub use ports::free_port;
pub use server::Server;
