//! URLs of services. Credentials are part of a [`Url`], but it never prints them.

use std::fmt;

/// A URL in parts, as far as services need them.
///
/// `Display` and `Debug` mask what is secret: the password, and parameters whose names say so (`token`, `api_key`, …).
/// What is sent comes from [`revealed`](Self::revealed).
///
/// ```
/// let url = base::Url::parse("https://me:secret@host:6060/debug/pprof/heap?token=abc").unwrap();
/// assert_eq!(url.to_string(), "https://me:***@host:6060/debug/pprof/heap?token=***");
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Url {
    /// In lower case, without the colon.
    pub scheme: String,
    /// Host, with user and port.
    pub authority: String,
    /// Empty or from the first slash.
    pub path: String,
    /// Without the question mark.
    pub query: String,
}

/// Parameters whose values are not shown.
const SECRET_PARAMETERS: &[&str] = &[
    "access_token",
    "api_key",
    "apikey",
    "auth",
    "key",
    "password",
    "secret",
    "sig",
    "signature",
    "token",
];

impl Url {
    /// `scheme://authority/path?query`; a fragment is dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        if !is_scheme(scheme) || rest.contains(|c: char| c.is_control() || c == ' ') {
            return None;
        }
        let rest = rest.split('#').next().unwrap_or(rest);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let slash = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(slash);
        let url = Self {
            scheme: scheme.to_lowercase(),
            authority: authority.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
        };
        let port = split_port(url.host()).1;
        let is_port = |port: &str| port.bytes().all(|b| b.is_ascii_digit());
        port.is_none_or(is_port).then_some(url)
    }

    /// A URL with a scheme and a host, or a text like `host:port/path` or `:port/path`, which gets `http`. `None` if it
    /// cannot be either.
    ///
    /// Source: google/pprof `internal/driver/fetch.go` `adjustURL`.
    pub fn of_source(text: &str) -> Option<Self> {
        if let Some(url) = Self::parse(text) {
            return (url.scheme != "file" && !url.authority.is_empty()).then_some(url);
        }
        let starts_with_address = text.starts_with(|c: char| c.is_ascii_digit() || c == '[');
        let starts_with_port = text
            .strip_prefix(':')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if !(has_scheme(text) || starts_with_port || starts_with_address && text.contains(':')) {
            return None;
        }
        Self::parse(&format!("http://{text}")).filter(|url| !url.authority.is_empty())
    }

    /// The host with its port, without the user.
    pub fn host(&self) -> &str {
        let after = self.authority.rsplit_once('@');
        after.map_or(&self.authority, |it| it.1)
    }

    /// The host alone, without the brackets of an IPv6 address; an empty one is this machine.
    pub fn hostname(&self) -> &str {
        let name = split_port(self.host()).0;
        match name.trim_start_matches('[').trim_end_matches(']') {
            "" => "localhost",
            name => name,
        }
    }

    /// The port, also where the scheme implies it.
    pub fn port(&self) -> Option<u16> {
        let default = match self.scheme.as_str() {
            "http" => Some(80),
            "https" | "https+insecure" => Some(443),
            "socks5" | "socks5h" => Some(1080),
            _ => None,
        };
        match split_port(self.host()).1 {
            None | Some("") => default,
            Some(port) => port.parse().ok(),
        }
    }

    /// User and password as they are meant, not as they are escaped.
    pub fn user(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let user = self.authority.rsplit_once('@')?.0;
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        Some((unescaped(name), unescaped(password)))
    }

    #[must_use]
    pub fn without_user(&self) -> Self {
        Self {
            authority: self.host().to_owned(),
            ..self.clone()
        }
    }

    /// The whole text, with what is secret: for requests, not for messages.
    pub fn revealed(&self) -> String {
        let mark = if self.query.is_empty() { "" } else { "?" };
        format!(
            "{}://{}{}{mark}{}",
            self.scheme, self.authority, self.path, self.query
        )
    }

    /// The first value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let pairs = self.query.split('&').filter_map(|it| it.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|it| it.1).next()
    }

    /// Sets a parameter and sorts all by name; without a value it only sorts.
    pub fn set_parameter(&mut self, name: &str, value: Option<&str>) {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in self.query.split('&').filter(|it| !it.is_empty()) {
            let (key, old) = pair.split_once('=').unwrap_or((pair, ""));
            if value.is_none() || key != name {
                pairs.push((key.to_owned(), old.to_owned()));
            }
        }
        if let Some(value) = value {
            pairs.push((name.to_owned(), value.to_owned()));
        }
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        let pairs: Vec<String> = pairs
            .into_iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        self.query = pairs.join("&");
    }

    /// The URL that `reference`, from the `Location` of a redirect, means here.
    pub fn join(&self, reference: &str) -> Option<Self> {
        if has_scheme(reference) && reference.contains("://") {
            return Self::parse(reference);
        }
        let root = format!("{}://{}", self.scheme, self.host());
        if let Some(rest) = reference.strip_prefix("//") {
            return Self::parse(&format!("{}://{rest}", self.scheme));
        }
        if reference.starts_with('/') {
            return Self::parse(&format!("{root}{reference}"));
        }
        let folder = self.path.rfind('/').map_or("/", |at| &self.path[..=at]);
        Self::parse(&format!("{root}{folder}{reference}"))
    }

    fn masked_authority(&self) -> String {
        let user = self.authority.rsplit_once('@').map(|it| it.0);
        match user.and_then(|it| it.split_once(':')) {
            Some((name, _)) => format!("{name}:***@{}", self.host()),
            None => self.authority.clone(),
        }
    }

    fn masked_query(&self) -> String {
        let masked = self.query.split('&').map(|pair| {
            let name = pair.split('=').next().unwrap_or(pair);
            let is_secret = SECRET_PARAMETERS.contains(&name.to_lowercase().as_str());
            if is_secret && pair.contains('=') {
                format!("{name}=***")
            } else {
                pair.to_owned()
            }
        });
        masked.collect::<Vec<_>>().join("&")
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.masked_authority();
        write!(f, "{}://{authority}{}", self.scheme, self.path)?;
        if !self.query.is_empty() {
            write!(f, "?{}", self.masked_query())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({self})")
    }
}

/// Whether a text starts with a scheme and a colon, as an absolute URL does.
pub fn has_scheme(text: &str) -> bool {
    text.split_once(':')
        .is_some_and(|(scheme, _)| is_scheme(scheme))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// Host and port; colons in the brackets of an IPv6 address are not those of a port.
fn split_port(host: &str) -> (&str, Option<&str>) {
    let end = host.rfind(']').map_or(0, |at| at + 1);
    match host[end..].rfind(':') {
        Some(at) => (&host[..end + at], Some(&host[end + at + 1..])),
        None => (host, None),
    }
}

/// `%3A` is a colon.
fn unescaped(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| first == b'%');
        let digits = digits.and_then(|it| std::str::from_utf8(it).ok());
        let byte = digits.and_then(|it| u8::from_str_radix(it, 16).ok());
        out.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_urls_if_they_have_a_host() {
        let cases = [
            (
                "http://h/debug/pprof/heap",
                Some("http://h/debug/pprof/heap"),
            ),
            ("localhost:8080", Some("http://localhost:8080")),
            (
                "127.0.0.1:80/x?debug=1",
                Some("http://127.0.0.1:80/x?debug=1"),
            ),
            (":6060", Some("http://:6060")),
            (
                ":6060/debug/pprof/heap",
                Some("http://:6060/debug/pprof/heap"),
            ),
            ("https+insecure://h:1/", Some("https+insecure://h:1/")),
            ("[::1]:6060/x", Some("http://[::1]:6060/x")),
            (":", None),
            (":x", None),
            ("cpu.pb.gz", None),
            ("./a:b", None),
            ("mem_2023-11-02_03:55:24", None),
            ("file:///tmp/x", None),
        ];
        for (text, expected) in cases {
            let url = Url::of_source(text).map(|it| it.revealed());
            assert_eq!(url.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let cases = [
            ("http://me:se%3Acret@h:1/p", "http://me:***@h:1/p", "h:1"),
            ("http://me@h/", "http://me@h/", "h"),
            ("http://h/%zz", "http://h/%zz", "h"),
            ("http://h/a@b?c=d@e", "http://h/a@b?c=d@e", "h"),
            (
                "http://h/x?seconds=5&Token=s3cret&key",
                "http://h/x?seconds=5&Token=***&key",
                "h",
            ),
        ];
        for (text, shown, host) in cases {
            let url = Url::parse(text).unwrap();
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), format!("Url({shown})"));
            assert_eq!(url.revealed(), text);
            assert_eq!(url.host(), host);
        }
    }

    #[test]
    fn hosts_ports_and_users_are_told_apart() {
        let cases = [
            ("http://[::1]:6060/", "::1", Some(6060)),
            ("https://[fe80::1]/", "fe80::1", Some(443)),
            ("http://:6060", "localhost", Some(6060)),
            ("http://h:/", "h", Some(80)),
            ("http://h:99999/", "h", None),
        ];
        for (text, name, port) in cases {
            let url = Url::parse(text).unwrap();
            assert_eq!((url.hostname(), url.port()), (name, port), "{text}");
        }
        let user = |text: &str| Url::parse(text).unwrap().user();
        let pair = |name: &str, password: &str| Some((name.into(), password.into()));
        assert_eq!(user("http://me:se%3Acret@h"), pair("me", "se:cret"));
        assert_eq!(user("http://me@h"), pair("me", ""));
        assert_eq!(user("http://%zz%@h/"), pair("%zz%", ""));
        assert_eq!(user("http://h/%40@"), None);
    }

    #[test]
    fn parameters_are_set_in_order() {
        let mut url = Url::parse("http://h/p?seconds=5&a=1").unwrap();
        assert_eq!(url.parameter("seconds"), Some("5"));
        url.set_parameter("seconds", Some("7"));
        assert_eq!(url.revealed(), "http://h/p?a=1&seconds=7");
    }

    #[test]
    fn redirects_are_relative_to_where_they_come_from() {
        let url = Url::parse("http://me:x@h:1/a/b?q=1").unwrap();
        for (reference, expected) in [
            ("https://other/", "https://other/"),
            ("//other/x", "http://other/x"),
            ("/c?d", "http://h:1/c?d"),
            ("c", "http://h:1/a/c"),
        ] {
            assert_eq!(url.join(reference).unwrap().revealed(), expected);
        }
    }
}
