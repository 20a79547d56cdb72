//! An embedded receiver of OTLP and of Jaeger's Thrift, with a query API and a text tree.
//!
//! A test or a demo starts a [`Viewer`], points an OTLP exporter or a legacy reporter at it and reads back what arrived: through a
//! [`client::QueryClient`], which reads a real Jaeger just as well, or directly from the [`store`]. Read in this order:
//!
//! - [`model`]: what a trace is here; helpers for roots, orphans, children and edges;
//! - [`tree`]: a trace as indented text, for people and for assertions;
//! - [`store`]: the bounded memory that holds what arrived;
//! - [`intake`]: OTLP over gRPC and HTTP, Thrift over UDP, and what happens to input that is wrong;
//! - [`jaeger`]: the JSON of Jaeger's HTTP API, written and read;
//! - [`query`]: the endpoints that serve it;
//! - [`page`]: the traces in a browser, beside those endpoints;
//! - [`client`]: asks those endpoints, here or at a Jaeger;
//! - [`server`]: binds the ports and runs all of it.
//!
//! # Examples
//!
//! ```
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use viewer::{Viewer, client::QueryClient};
//!
//! let viewer = Viewer::builder().start().await?;
//! println!("export to {}", viewer.grpc_url());
//! println!("legacy reporters send to {:?}", viewer.thrift_compact_addr());
//!
//! let client = QueryClient::new(&viewer.query_url())?;
//! assert!(client.services().await?.is_empty());
//!
//! viewer.shutdown().await;
//! # Ok(())
//! # }
//! # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
//! ```

pub mod client;
pub mod intake;
pub mod jaeger;
pub mod model;
pub mod page;
pub mod query;
pub mod server;
pub mod store;
pub mod tree;

pub use opentelemetry::trace::{SpanId, TraceId};
pub use server::{Builder, StartError, Viewer};
