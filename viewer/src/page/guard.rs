//! Who may ask, and who may have something done.
//!
//! A browser takes any page's requests to any address, loopback included. Two things tell those of this page from those of
//! others: the name that was asked for, which is not ours when a foreign name was made to mean this address (DNS
//! rebinding), and the origin of what asks, which a page cannot forge.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};

use super::layout::{self, Section, View};

/// Which names of this server are believed.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    bound: IpAddr,
    allowed: Vec<String>,
}

impl Hosts {
    /// On loopback: the names and addresses of loopback, and those that were allowed. On another address, somebody has told
    /// it to be reached by others, under addresses and names that it cannot know: all addresses, and for reading all names
    /// too, until some are allowed. A foreign name that was made to mean this address is still no name under which something
    /// is done.
    pub(crate) fn new(bound: SocketAddr, allowed: Vec<String>) -> Self {
        Self {
            bound: bound.ip(),
            allowed,
        }
    }

    fn believes(&self, method: &Method, headers: &HeaderMap) -> bool {
        if self.allowed.is_empty() && !self.bound.is_loopback() && only_reads(method) {
            return true;
        }
        let mut named = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (named.next(), named.next()) else {
            return false;
        };
        let host = host.to_str().unwrap_or_default();
        let Ok(authority) = host.parse::<Authority>() else {
            return false;
        };
        let name = authority.host().trim_end_matches('.').to_ascii_lowercase();
        let is_local = name == "localhost" || name.ends_with(".localhost");
        let address = name.trim_start_matches('[').trim_end_matches(']');
        // An address cannot be made to mean another.
        let is_own = address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback() || !self.bound.is_loopback());
        let is_allowed = self.allowed.iter().any(|allowed| {
            let allowed = allowed.trim_end_matches('.');
            allowed.eq_ignore_ascii_case(&name) || allowed.eq_ignore_ascii_case(host)
        });
        // A name with a person before it, `me@localhost`, is none.
        !host.contains('@') && (is_local || is_own || is_allowed)
    }
}

/// Refuses requests to names that this server does not have.
pub(crate) fn known_hosts(router: Router, hosts: Hosts) -> Router {
    router.layer(from_fn_with_state(Arc::new(hosts), ask_host))
}

async fn ask_host(State(hosts): State<Arc<Hosts>>, request: Request, next: Next) -> Response {
    if hosts.believes(request.method(), request.headers()) {
        return next.run(request).await;
    }
    let reason = "This server is not known by that name. Ask it by its address, or allow the name: see --allow-host.\n";
    let kind = (header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    (StatusCode::MISDIRECTED_REQUEST, [kind], reason).into_response()
}

fn only_reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Refuses to do anything for another page than this one. Reading is left alone.
pub(super) fn same_origin<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.layer(from_fn(ask_origin))
}

async fn ask_origin(request: Request, next: Next) -> Response {
    if only_reads(request.method()) || is_of_this_page(request.headers()) {
        return next.run(request).await;
    }
    layout::answer(&View {
        section: Section::Fleet,
        status: StatusCode::FORBIDDEN,
        title: "Refused".to_owned(),
        main: maud::html! {
            h1 { "Refused" }
            p { "Only this page itself can have something run, and the request did not come from it." }
            p { a href="/fleet" { "Choose the stages of a fleet" } }
        },
    })
}

/// Whether the origin is the host that is asked. Browsers send both along whenever a page posts something.
fn is_of_this_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(host), Some(origin)) = (text(header::HOST), text(header::ORIGIN)) else {
        return false;
    };
    // Behind a proxy that speaks TLS, the page has another scheme than this server.
    let asking = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"));
    let fetched = headers.get("sec-fetch-site");
    asking.is_some_and(|asking| asking.eq_ignore_ascii_case(host))
        && fetched.is_none_or(|site| site.as_bytes() == b"same-origin")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().expect("a value"));
        }
        headers
    }

    fn believes(bound: &str, allowed: &[&str], host: &'static str) -> bool {
        let bound = SocketAddr::new(bound.parse().expect("an address"), 16686);
        let allowed = allowed.iter().map(|name| (*name).to_owned()).collect();
        let hosts = Hosts::new(bound, allowed);
        hosts.believes(&Method::GET, &headers(&[("host", host)]))
    }

    fn obeys(bound: &str, allowed: &[&str], host: &'static str) -> bool {
        let bound = SocketAddr::new(bound.parse().expect("an address"), 16686);
        let allowed = allowed.iter().map(|name| (*name).to_owned()).collect();
        let hosts = Hosts::new(bound, allowed);
        hosts.believes(&Method::POST, &headers(&[("host", host)]))
    }

    #[test]
    fn on_loopback_only_its_names_and_addresses_are_believed() {
        for host in [
            "localhost",
            "LocalHost:16686",
            "viewer.localhost:1",
            "localhost.",
            "127.0.0.1:16686",
            "127.8.8.8",
            "[::1]:16686",
        ] {
            assert!(believes("127.0.0.1", &[], host), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:16686",
            "localhost.evil.example",
            "notlocalhost",
            "192.168.1.7:16686",
            "0.0.0.0:16686",
            "[::]:16686",
            "me@localhost",
            "",
        ] {
            assert!(!believes("127.0.0.1", &[], host), "{host}");
        }
    }

    #[test]
    fn a_host_that_is_missing_or_told_twice_is_not_believed() {
        let hosts = Hosts::new(SocketAddr::from(([127, 0, 0, 1], 1)), Vec::new());

        assert!(!hosts.believes(&Method::GET, &headers(&[])));
        let twice = [("host", "localhost"), ("host", "localhost")];
        assert!(!hosts.believes(&Method::GET, &headers(&twice)));
    }

    #[test]
    fn what_is_allowed_is_believed_with_any_port_or_with_its_own() {
        assert!(believes("127.0.0.1", &["traces.example"], "Traces.Example"));
        assert!(believes(
            "127.0.0.1",
            &["traces.example"],
            "traces.example:8080"
        ));
        assert!(believes(
            "127.0.0.1",
            &["traces.example:8080"],
            "traces.example:8080"
        ));
        assert!(!believes(
            "127.0.0.1",
            &["traces.example:8080"],
            "traces.example:8081"
        ));
        assert!(!believes("127.0.0.1", &["traces.example"], "evil.example"));
    }

    #[test]
    fn on_another_address_all_names_may_read_until_some_are_allowed() {
        for bound in ["0.0.0.0", "::", "192.168.1.7"] {
            assert!(believes(bound, &[], "viewer.internal:16686"), "{bound}");
            assert!(!believes(bound, &["viewer.internal"], "evil.example"));
            assert!(believes(bound, &["viewer.internal"], "viewer.internal"));
            // A probe in the same container.
            assert!(believes(bound, &["viewer.internal"], "127.0.0.1:16686"));
        }
        assert!(believes("192.168.1.7", &["a.example"], "192.168.1.7:16686"));
    }

    #[test]
    fn on_another_address_something_is_done_for_addresses_loopback_and_what_is_allowed() {
        for bound in ["0.0.0.0", "::", "192.168.1.7"] {
            for host in [
                "localhost:16686",
                "127.0.0.1:16686",
                "192.168.1.7:16686",
                "[fd00::7]:16686",
            ] {
                assert!(obeys(bound, &[], host), "{bound} {host}");
            }
            assert!(!obeys(bound, &[], "evil.example:16686"), "{bound}");
            assert!(!obeys(bound, &[], "viewer:16686"), "{bound}");
            assert!(obeys(bound, &["viewer"], "viewer:16686"), "{bound}");
        }
    }

    #[test]
    fn only_the_origin_that_is_the_host_is_this_page() {
        let host = ("host", "127.0.0.1:16686");
        let same = ("origin", "http://127.0.0.1:16686");
        let site = |site| ("sec-fetch-site", site);

        assert!(is_of_this_page(&headers(&[host, same])));
        assert!(is_of_this_page(&headers(&[
            host,
            same,
            site("same-origin")
        ])));
        assert!(is_of_this_page(&headers(&[
            ("host", "traces.example"),
            ("origin", "https://traces.example")
        ])));
        for other in [
            &[host][..],
            &[same],
            &[host, ("origin", "null")],
            &[host, ("origin", "http://evil.example")],
            &[host, ("origin", "http://127.0.0.1:16687")],
            &[host, ("origin", "http://localhost:16686")],
            &[host, ("origin", "file://127.0.0.1:16686")],
            &[host, same, site("cross-site")],
            &[host, same, site("same-site")],
            &[host, site("same-origin")],
        ] {
            assert!(!is_of_this_page(&headers(other)), "{other:?}");
        }
    }
}
