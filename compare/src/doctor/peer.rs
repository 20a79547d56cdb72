//! What spans say of the other end of a call.

use crate::model::{Span, Value};

/// What a client says of whom it calls.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Peer<'a> {
    pub(super) service: Option<&'a str>,
    pub(super) address: Option<Address<'a>>,
}

/// Where a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Address<'a> {
    host: &'a str,
    port: Option<i64>,
}

impl<'a> Peer<'a> {
    pub(super) fn of(caller: &'a Span) -> Self {
        let url = || Address::parse(authority(text(caller, &["url.full", "http.url"])?)?);
        Self {
            service: text(caller, &["peer.service", "service.peer.name"]),
            address: Address::told(
                caller,
                &["server.address", "peer.hostname", "net.peer.name"],
                &["server.port", "peer.port", "net.peer.port"],
            )
            .or_else(|| Address::parse(text(caller, &["peer.address"])?))
            .or_else(url),
        }
    }

    /// Whether a server cannot be the one that was called.
    pub(super) fn contradicts(&self, service: &str, address: Option<Address<'_>>) -> bool {
        let another = |own: Address<'_>, other: Address<'_>| {
            let ports = own.port.zip(other.port);
            own.host != other.host || ports.is_some_and(|(own, other)| own != other)
        };
        self.service.is_some_and(|named| named != service)
            || self
                .address
                .zip(address)
                .is_some_and(|(own, other)| another(own, other))
    }
}

impl<'a> Address<'a> {
    /// The one at which a server says that it was called.
    pub(super) fn of_server(server: &'a Span) -> Option<Self> {
        Self::told(
            server,
            &["server.address", "net.host.name"],
            &["server.port", "net.host.port"],
        )
        .or_else(|| Self::parse(text(server, &["http.host"])?))
    }

    fn told(span: &'a Span, hosts: &[&str], ports: &[&str]) -> Option<Self> {
        let mut ports = ports.iter().filter_map(|key| match span.attribute(key)? {
            Value::Integer(port) => Some(*port),
            Value::Text(digits) => digits.parse().ok(),
            _ => None,
        });
        Some(Self {
            host: text(span, hosts)?,
            port: ports.next(),
        })
    }

    fn parse(text: &'a str) -> Option<Self> {
        let with_port = text.rsplit_once(':');
        let with_port = with_port.and_then(|(host, port)| Some((host, Some(port.parse().ok()?))));
        let (host, port) = with_port.unwrap_or((text, None));
        (!host.is_empty()).then_some(Self { host, port })
    }
}

/// Of a URL, what stands between the scheme and the path, without the name of a user.
fn authority(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    authority.rsplit('@').next()
}

/// Whether it is a question to a database: nobody answers these with a span.
pub(super) fn is_of_a_database(span: &Span) -> bool {
    span.attributes
        .iter()
        .any(|(key, _)| key.starts_with("db."))
}

/// Whether the name is a method of HTTP and says neither who is called nor for what.
pub(super) fn is_a_bare_method(name: &str) -> bool {
    const METHODS: [&str; 10] = [
        "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE",
    ];
    let mut words = name.split_ascii_whitespace();
    let is_known = |word: &str| {
        let is_it = |known: &str| known.eq_ignore_ascii_case(word);
        is_it("HTTP") || METHODS.into_iter().any(is_it)
    };
    words.by_ref().take(2).all(is_known) && words.next().is_none()
}

pub(super) fn text<'a>(span: &'a Span, keys: &[&str]) -> Option<&'a str> {
    let mut found = keys.iter().filter_map(|key| span.attribute(key));
    found.find_map(Value::as_str)
}
