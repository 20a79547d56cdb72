//! The tags that OpenTracing has names for.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use super::Tag;

/// Makes the tags that OpenTracing's semantic conventions name.
#[derive(Debug)]
pub struct StdTag;

impl StdTag {
    pub(crate) const ERROR: &str = "error";
    pub(crate) const PRIORITY: &str = "sampling.priority";

    /// `component`: the framework or library that made the span, for example `grpc`.
    pub fn component<V>(value: V) -> Tag
    where
        V: Into<Cow<'static, str>>,
    {
        Tag::new("component", value.into())
    }

    /// `db.instance`: the name of the database.
    pub fn db_instance<V>(value: V) -> Tag
    where
        V: Into<Cow<'static, str>>,
    {
        Tag::new("db.instance", value.into())
    }

    /// `db.statement`: the statement that the database is asked to run.
    pub fn db_statement<V>(value: V) -> Tag
    where
        V: Into<Cow<'static, str>>,
    {
        Tag::new("db.statement", value.into())
    }

    /// `db.type`: the kind of database: `sql`, or a name such as `redis`.
    pub fn db_type<V>(value: V) -> Tag
    where
        V: Into<Cow<'static, str>>,
    {
        Tag::new("db.type", value.into())
    }

    /// `db.user`: the user as whom the database is asked.
    pub fn db_user<V>(value: V) -> Tag
    where
        V: Into<Cow<'static, str>>,
    {
        Tag::new("db.user", value.into())
    }

    /// `http.method`: the method of an HTTP request.
    pub fn http_method<V>(value: V) -> Tag
    where
        V: Into<Cow<'static, str>>,
    {
        Tag::new("http.method", value.into())
    }

    /// `http.url`: the URL of an HTTP request.
    pub fn http_url<V>(value: V) -> Tag
    where
        V: Into<Cow<'static, str>>,
    {
        Tag::new("http.url", value.into())
    }

    /// `message_bus.destination`: where a message goes, for example a topic.
    pub fn message_bus_destination<V>(value: V) -> Tag
    where
        V: Into<Cow<'static, str>>,
    {
        Tag::new("message_bus.destination", value.into())
    }

    /// `peer.address`: the other side's address, in whatever form its client library takes it.
    pub fn peer_address<V>(value: V) -> Tag
    where
        V: Into<Cow<'static, str>>,
    {
        Tag::new("peer.address", value.into())
    }

    /// `peer.hostname`: the other side's host name.
    pub fn peer_hostname<V>(value: V) -> Tag
    where
        V: Into<Cow<'static, str>>,
    {
        Tag::new("peer.hostname", value.into())
    }

    /// `peer.service`: the other side's service name.
    pub fn peer_service<V>(value: V) -> Tag
    where
        V: Into<Cow<'static, str>>,
    {
        Tag::new("peer.service", value.into())
    }

    /// `span.kind`: the span's part in an exchange: `client`, `server`, `producer` or `consumer`.
    pub fn span_kind<V>(value: V) -> Tag
    where
        V: Into<Cow<'static, str>>,
    {
        Tag::new("span.kind", value.into())
    }

    /// `error`: the operation has failed.
    pub fn error() -> Tag {
        Tag::new(Self::ERROR, true)
    }

    /// `http.status_code`: the status of an HTTP response.
    pub fn http_status_code(value: u16) -> Tag {
        Tag::new("http.status_code", i64::from(value))
    }

    /// The other side's address and port, each a tag.
    pub fn peer_addr(value: SocketAddr) -> Vec<Tag> {
        vec![Self::peer_ip(value.ip()), Self::peer_port(value.port())]
    }

    /// `peer.ipv4` or `peer.ipv6`: the other side's address.
    pub fn peer_ip(value: IpAddr) -> Tag {
        let name = match value {
            IpAddr::V4(_) => "peer.ipv4",
            IpAddr::V6(_) => "peer.ipv6",
        };
        Tag::new(name, value.to_string())
    }

    /// `peer.port`: the other side's port.
    pub fn peer_port(value: u16) -> Tag {
        Tag::new("peer.port", i64::from(value))
    }

    /// `sampling.priority`: whether to record this span. The tracer obeys it, and its sampler is not asked.
    pub fn sampling_priority(value: u32) -> Tag {
        Tag::new(Self::PRIORITY, i64::from(value))
    }
}
