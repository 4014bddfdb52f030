//! Who may ask: what protects a server on loopback from the web.
//!
//! A page of any site can make the browser send requests to `localhost`, and a name that its owner points to 127.0.0.1
//! makes the browser believe that both are one site (DNS rebinding). So the `Host` header must name us as we were
//! started, and whatever says that another site has asked is refused unless it only follows a link.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, Method, header};

/// What the server was told to listen on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Guard {
    /// As the user typed it; `localhost` if not at all.
    pub(crate) host: String,
    pub(crate) is_loopback: bool,
}

impl Guard {
    /// The reason to refuse a request.
    pub(crate) fn refusal(
        &self,
        peer: SocketAddr,
        method: &Method,
        headers: &HeaderMap,
    ) -> Option<&'static str> {
        if self.is_loopback && !peer.ip().to_canonical().is_loopback() {
            return Some("permission denied: this server is for its own machine");
        }
        let text = |name| headers.get(name).and_then(|it| it.to_str().ok());
        let host = text(header::HOST);
        if !host.is_some_and(|it| self.is_own_name(it)) {
            return Some("permission denied: the request names another host");
        }
        if let Some(origin) = text(header::ORIGIN)
            && origin.strip_prefix("http://") != host
        {
            return Some("permission denied: another site asks");
        }
        let site = headers
            .get("sec-fetch-site")
            .and_then(|it| it.to_str().ok());
        let is_foreign = matches!(site, Some("cross-site" | "same-site"));
        // A link from elsewhere may lead here; no other site may load our pages as parts of its own, or change anything.
        let mode = headers
            .get("sec-fetch-mode")
            .and_then(|it| it.to_str().ok());
        let dest = headers
            .get("sec-fetch-dest")
            .and_then(|it| it.to_str().ok());
        let follows_link =
            *method == Method::GET && mode == Some("navigate") && dest == Some("document");
        (is_foreign && !follows_link).then_some("permission denied: another site asks")
    }

    /// Whether a `Host` header names this server. An IP address cannot be rebound.
    fn is_own_name(&self, host: &str) -> bool {
        let name = without_port(host);
        let name = name
            .strip_prefix('[')
            .and_then(|it| it.strip_suffix(']'))
            .unwrap_or(name);
        let own = self.host.trim_matches(['[', ']']);
        if name.eq_ignore_ascii_case(own) || name.eq_ignore_ascii_case("localhost") {
            return true;
        }
        let address = name.parse::<IpAddr>();
        address.is_ok_and(|it| !self.is_loopback || it.is_loopback())
    }
}

/// `localhost:80` → `localhost`, `[::1]:80` → `[::1]`; an IPv6 address without brackets has no port.
fn without_port(host: &str) -> &str {
    let Some((name, port)) = host.rsplit_once(':') else {
        return host;
    };
    let is_bracketed = name.ends_with(']');
    if is_bracketed || (!name.contains(':') && !port.contains(']')) {
        name
    } else {
        host
    }
}

/// Headers of every answer. Scripts and styles are our own files, nothing is loaded from elsewhere, and no other page
/// may embed ours.
pub(crate) const HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// A text that nobody can guess: a keyed hash whose keys the standard library draws from the system.
pub(crate) fn token() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    let draw = |n: u8| RandomState::new().hash_one(n);
    format!("{:016x}{:016x}", draw(0), draw(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case<'c> = (&'c str, &'c str, &'c Method, &'c [(&'c str, &'c str)], bool);

    /// The answer to a request with these headers.
    fn refusal(
        host: &str,
        peer: &str,
        method: &Method,
        headers: &[(&str, &str)],
    ) -> Option<&'static str> {
        let guard = Guard {
            host: host.to_owned(),
            is_loopback: matches!(host, "localhost" | "127.0.0.1"),
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = axum::http::HeaderName::from_bytes(name.as_bytes()).unwrap();
            map.insert(name, value.parse().unwrap());
        }
        guard.refusal(peer.parse().unwrap(), method, &map)
    }

    #[test]
    fn the_user_gets_in_and_other_sites_do_not() {
        let local = "127.0.0.1:4000";
        let own = ("host", "localhost:8080");
        let foreign = ("sec-fetch-site", "cross-site");
        let navigate = ("sec-fetch-mode", "navigate");
        let document = ("sec-fetch-dest", "document");
        let frame = ("sec-fetch-dest", "iframe");
        let get = &Method::GET;
        let post = &Method::POST;
        // Host the server was started with, peer, method, headers, whether it is refused.
        let cases: &[Case<'_>] = &[
            ("localhost", local, get, &[own], false),
            (
                "localhost",
                "[::1]:4000",
                get,
                &[("host", "[::1]:8080")],
                false,
            ),
            ("localhost", "[::ffff:127.0.0.1]:4000", get, &[own], false),
            ("localhost", local, get, &[("host", "127.0.0.1")], false),
            ("localhost", local, get, &[], true),
            ("localhost", local, get, &[("host", "")], true),
            // A foreign peer, a rebound name, an address that is not ours.
            ("localhost", "10.0.0.9:4000", get, &[own], true),
            (
                "localhost",
                local,
                get,
                &[("host", "evil.example:8080")],
                true,
            ),
            (
                "localhost",
                local,
                get,
                &[("host", "localhost.evil.example")],
                true,
            ),
            ("localhost", local, get, &[("host", "10.0.0.9:8080")], true),
            // Scripts and forms of other sites.
            (
                "localhost",
                local,
                get,
                &[own, ("origin", "http://evil.example")],
                true,
            ),
            ("localhost", local, post, &[own, ("origin", "null")], true),
            (
                "localhost",
                local,
                post,
                &[own, ("origin", "http://localhost:9090")],
                true,
            ),
            (
                "localhost",
                local,
                post,
                &[own, ("origin", "http://localhost:8080")],
                false,
            ),
            ("localhost", local, get, &[own, foreign], true),
            (
                "localhost",
                local,
                post,
                &[own, foreign, navigate, document],
                true,
            ),
            // A link may lead here, a frame may not.
            (
                "localhost",
                local,
                get,
                &[own, foreign, navigate, document],
                false,
            ),
            (
                "localhost",
                local,
                get,
                &[own, foreign, navigate, frame],
                true,
            ),
            // Told to listen on more than loopback: an address, or the name it was told.
            (
                "0.0.0.0",
                "10.0.0.9:4000",
                get,
                &[("host", "10.0.0.2:8080")],
                false,
            ),
            ("box", "10.0.0.9:4000", get, &[("host", "box:8080")], false),
            (
                "0.0.0.0",
                "10.0.0.9:4000",
                get,
                &[("host", "evil.example")],
                true,
            ),
        ];
        for (host, peer, method, headers, refused) in cases {
            let refusal = refusal(host, peer, method, headers);
            assert_eq!(
                refusal.is_some(),
                *refused,
                "{host} {peer} {method} {headers:?}: {refusal:?}"
            );
        }
    }
}
