//! Which proxy a request goes through, by the rules of Go's client.
//!
//! Source: golang.org/x/net `http/httpproxy/proxy.go`, which `net/http.ProxyFromEnvironment` uses in go1.27.3.

use std::net::IpAddr;

use base::{System, Url};

/// The proxies of the environment. `ALL_PROXY` is not among them, as in Go.
#[derive(Clone, Debug, Default)]
pub(super) struct Proxies {
    http: Option<Url>,
    https: Option<Url>,
    /// Requests to these go out directly.
    direct: Vec<Direct>,
}

/// An entry of `NO_PROXY`.
#[derive(Clone, Debug)]
enum Direct {
    All,
    Network {
        address: IpAddr,
        /// Leading bits that count.
        prefix: u32,
    },
    Address {
        address: IpAddr,
        port: Option<String>,
    },
    Domain {
        /// With a leading dot.
        suffix: String,
        port: Option<String>,
        /// `example.com` means the host too, `.example.com` only those below it.
        is_host_too: bool,
    },
}

impl Proxies {
    /// Reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, or the same in lower case.
    pub(super) fn of_environment(system: &dyn System) -> Self {
        let variable = |name: &str| {
            (system.env_var(name)).or_else(|| system.env_var(&name.to_ascii_lowercase()))
        };
        let proxy = |name: &str| variable(name).and_then(|text| parse_proxy(&text));
        // A CGI server sets HTTP_PROXY from a header of the request that it answers.
        let is_cgi = system.env_var("REQUEST_METHOD").is_some();
        Self {
            http: proxy("HTTP_PROXY").filter(|_| !is_cgi),
            https: proxy("HTTPS_PROXY"),
            direct: (variable("NO_PROXY").unwrap_or_default())
                .split(',')
                .filter_map(parse_direct)
                .collect(),
        }
    }

    /// The proxy for a request to `url`, if it needs one.
    pub(super) fn of(&self, url: &Url) -> Option<&Url> {
        let proxy = match url.scheme.as_str() {
            "https" => self.https.as_ref(),
            _ => self.http.as_ref(),
        }?;
        let host = url.hostname().to_ascii_lowercase();
        let address: Option<IpAddr> = host.parse().ok();
        let is_local =
            host == "localhost" || address.is_some_and(|it| it.to_canonical().is_loopback());
        let port = url.port().map(|port| port.to_string());
        let goes_direct = |entry: &Direct| entry.matches(&host, address, port.as_deref());
        (!is_local && !self.direct.iter().any(goes_direct)).then_some(proxy)
    }
}

impl Direct {
    fn matches(&self, host: &str, address: Option<IpAddr>, port: Option<&str>) -> bool {
        let is_port = |wanted: &Option<String>| wanted.is_none() || wanted.as_deref() == port;
        match self {
            Self::All => true,
            Self::Network {
                address: network,
                prefix,
            } => address.is_some_and(|it| is_within(it, *network, *prefix)),
            Self::Address {
                address: wanted,
                port,
            } => {
                address.is_some_and(|it| it.to_canonical() == wanted.to_canonical())
                    && is_port(port)
            }
            Self::Domain {
                suffix,
                port,
                is_host_too,
            } => {
                let is_host = *is_host_too && host == &suffix[1..];
                (is_host || host.ends_with(suffix)) && is_port(port)
            }
        }
    }
}

/// A proxy without scheme, or with one that is not a proxy's, is an HTTP proxy.
fn parse_proxy(text: &str) -> Option<Url> {
    const SCHEMES: &[&str] = &["http", "https", "socks5", "socks5h"];
    Url::parse(text)
        .filter(|url| SCHEMES.contains(&url.scheme.as_str()))
        .or_else(|| Url::parse(&format!("http://{text}")))
}

fn parse_direct(text: &str) -> Option<Direct> {
    let text = text.trim().to_lowercase();
    if text == "*" {
        return Some(Direct::All);
    }
    if let Some((address, prefix)) = text.split_once('/')
        && let (Ok(address), Ok(prefix)) = (address.parse(), prefix.parse())
    {
        return Some(Direct::Network { address, prefix });
    }
    let (host, port) = match text.rsplit_once(':') {
        // More than one colon and no brackets: an IPv6 address without port.
        Some((host, _)) if host.contains(':') && !host.ends_with(']') => (text.as_str(), None),
        Some((host, port)) => (host, Some(port.to_owned())),
        None => (text.as_str(), None),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() {
        return None;
    }
    if let Ok(address) = host.parse() {
        return Some(Direct::Address { address, port });
    }
    let host = host
        .strip_prefix('*')
        .filter(|it| it.starts_with('.'))
        .unwrap_or(host);
    let is_host_too = !host.starts_with('.');
    let dot = if is_host_too { "." } else { "" };
    Some(Direct::Domain {
        suffix: format!("{dot}{host}"),
        port,
        is_host_too,
    })
}

fn is_within(address: IpAddr, network: IpAddr, prefix: u32) -> bool {
    match (address.to_canonical(), network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let differing = address.to_bits() ^ network.to_bits();
            prefix <= 32 && differing.leading_zeros() >= prefix
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let differing = address.to_bits() ^ network.to_bits();
            prefix <= 128 && differing.leading_zeros() >= prefix
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::testing::MemorySystem;

    fn proxy_for(url: &str, variables: &[(&str, &str)]) -> Option<String> {
        let system = (variables.iter()).fold(MemorySystem::default(), |system, (name, value)| {
            system.with_env(name, value)
        });
        let proxies = Proxies::of_environment(&system);
        proxies.of(&Url::parse(url).unwrap()).map(Url::revealed)
    }

    #[test]
    fn the_scheme_chooses_the_proxy() {
        let variables = [
            ("HTTP_PROXY", "http://p:1"),
            ("https_proxy", "q:2"),
            ("ALL_PROXY", "http://all:3"),
        ];
        let of = |url| proxy_for(url, &variables);
        assert_eq!(of("http://h/").as_deref(), Some("http://p:1"));
        assert_eq!(of("https://h/").as_deref(), Some("http://q:2"));
        assert_eq!(proxy_for("http://h/", &variables[2..]), None);
        let socks = [("HTTP_PROXY", "socks5://s:1")];
        assert_eq!(
            proxy_for("http://h/", &socks).as_deref(),
            Some("socks5://s:1")
        );
        let cgi = [("HTTP_PROXY", "http://p:1"), ("REQUEST_METHOD", "GET")];
        assert_eq!(proxy_for("http://h/", &cgi), None);
    }

    #[test]
    fn this_machine_is_asked_directly() {
        let variables = [("HTTP_PROXY", "http://p:1")];
        for host in [
            "localhost",
            "LOCALHOST:80",
            "127.0.0.1:6060",
            "127.8.9.1",
            "[::1]:1",
            "[::ffff:127.0.0.1]",
            ":6060",
        ] {
            assert_eq!(
                proxy_for(&format!("http://{host}/"), &variables),
                None,
                "{host}"
            );
        }
        assert!(proxy_for("http://localhost.example.com/", &variables).is_some());
    }

    #[test]
    fn no_proxy_names_domains_addresses_and_networks() {
        let is_direct = |host: &str, no_proxy: &str| {
            let variables = [("HTTP_PROXY", "http://p:1"), ("NO_PROXY", no_proxy)];
            proxy_for(&format!("http://{host}/"), &variables).is_none()
        };
        let cases = [
            ("example.com", "example.com", true),
            ("a.example.com", "example.com", true),
            ("badexample.com", "example.com", false),
            ("example.com", ".example.com", false),
            ("a.example.com", "*.example.com", true),
            ("example.com:81", "example.com:81", true),
            ("example.com", "example.com:81", false),
            ("10.1.2.3", "x.org, 10.0.0.0/8", true),
            ("11.1.2.3", "10.0.0.0/8", false),
            ("10.1.2.3:5", "10.1.2.3:5", true),
            ("[fd00::1]", "fd00::/16", true),
            ("[fd00::1]:80", "[fd00::1]:80", true),
            ("anything", "*", true),
            ("anything", ", :80", false),
        ];
        for (host, no_proxy, expected) in cases {
            assert_eq!(is_direct(host, no_proxy), expected, "{host} {no_proxy}");
        }
    }
}
