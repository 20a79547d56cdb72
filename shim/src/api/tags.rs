//! Names of tags, from OpenTracing's semantic conventions.

/// The package, framework or library that made the span. String.
pub const COMPONENT: &str = "component";
/// The database instance. String.
pub const DB_INSTANCE: &str = "db.instance";
/// The statement sent to the database, free of values. String.
pub const DB_STATEMENT: &str = "db.statement";
/// The kind of database: `sql`, `redis`, ... String.
pub const DB_TYPE: &str = "db.type";
/// The user of the database. String.
pub const DB_USER: &str = "db.user";
/// Whether the operation failed. Boolean; it sets the status of the span.
pub const ERROR: &str = "error";
/// The HTTP method. String.
pub const HTTP_METHOD: &str = "http.method";
/// The HTTP response status. Integer.
pub const HTTP_STATUS_CODE: &str = "http.status_code";
/// The URL of the request. String.
pub const HTTP_URL: &str = "http.url";
/// Where a message is sent to or received from. String.
pub const MESSAGE_BUS_DESTINATION: &str = "message_bus.destination";
/// The address of the other side, as its client knows it. String.
pub const PEER_ADDRESS: &str = "peer.address";
/// The host name of the other side. String.
pub const PEER_HOSTNAME: &str = "peer.hostname";
/// The IPv4 address of the other side, dotted. String.
pub const PEER_IPV4: &str = "peer.ipv4";
/// The IPv6 address of the other side. String.
pub const PEER_IPV6: &str = "peer.ipv6";
/// The port of the other side. Integer.
pub const PEER_PORT: &str = "peer.port";
/// The service name of the other side. String.
pub const PEER_SERVICE: &str = "peer.service";
/// Above 0 a wish that the trace be kept, 0 a wish that it be not. Integer.
pub const SAMPLING_PRIORITY: &str = "sampling.priority";
/// The side that the span takes in a call or in messaging. String; give it at start.
pub const SPAN_KIND: &str = "span.kind";

/// Value of [`SPAN_KIND`]: the caller.
pub const SPAN_KIND_CLIENT: &str = "client";
/// Value of [`SPAN_KIND`]: the one called.
pub const SPAN_KIND_SERVER: &str = "server";
/// Value of [`SPAN_KIND`]: the sender of a message.
pub const SPAN_KIND_PRODUCER: &str = "producer";
/// Value of [`SPAN_KIND`]: the receiver of a message.
pub const SPAN_KIND_CONSUMER: &str = "consumer";
