//! As much of URLs as profile sources need.

/// A URL in parts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Url {
    pub(crate) scheme: String,
    /// Host, with user and port.
    pub(crate) authority: String,
    pub(crate) path: String,
    /// Without the question mark.
    pub(crate) query: String,
}

impl Url {
    /// A URL with a scheme and a host, or a text like `host:port/path`, which gets `http`. `None`
    /// if it cannot be either.
    pub(crate) fn of_source(text: &str) -> Option<Self> {
        if let Some(url) = Self::parse(text) {
            return (url.scheme != "file" && !url.authority.is_empty()).then_some(url);
        }
        let has_scheme = text.split_once(':').is_some_and(|(scheme, _)| {
            let mut chars = scheme.chars();
            chars.next().is_some_and(|c| c.is_ascii_alphabetic())
                && chars.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        });
        let starts_with_address = text.starts_with(|c: char| c.is_ascii_digit() || c == '[');
        if !(has_scheme || starts_with_address && text.contains(':')) {
            return None;
        }
        Self::parse(&format!("http://{text}")).filter(|url| !url.authority.is_empty())
    }

    /// `scheme://authority/path?query`; a fragment is dropped.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let is_scheme = !scheme.is_empty()
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        if !is_scheme || rest.contains(|c: char| c.is_control() || c == ' ') {
            return None;
        }
        let rest = rest.split('#').next().unwrap_or(rest);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let slash = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(slash);
        let port = authority
            .rsplit_once(':')
            .map(|it| it.1)
            .filter(|it| !it.ends_with(']'));
        if port.is_some_and(|port| !port.bytes().all(|b| b.is_ascii_digit())) {
            return None;
        }
        Some(Self {
            scheme: scheme.to_lowercase(),
            authority: authority.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
        })
    }

    /// The host with its port, without the user.
    pub(crate) fn host(&self) -> &str {
        let after = self.authority.rsplit_once('@');
        after.map_or(&self.authority, |it| it.1)
    }

    /// For messages.
    pub(crate) fn without_password(&self) -> Self {
        let user = self.authority.rsplit_once('@').map(|it| it.0);
        let name = user.and_then(|it| it.split_once(':')).map(|it| it.0);
        let authority = match name {
            Some(name) => format!("{name}:***@{}", self.host()),
            None => self.authority.clone(),
        };
        Self {
            authority,
            ..self.clone()
        }
    }

    /// The first value of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let pairs = self.query.split('&').filter_map(|it| it.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|it| it.1).next()
    }

    /// Sets a parameter and sorts all by name.
    pub(crate) fn set_parameter(&mut self, name: &str, value: Option<&str>) {
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
}

impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)?;
        if !self.query.is_empty() {
            write!(f, "?{}", self.query)?;
        }
        Ok(())
    }
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
            ("https+insecure://h:1/", Some("https+insecure://h:1/")),
            ("cpu.pb.gz", None),
            ("./a:b", None),
            ("mem_2023-11-02_03:55:24", None),
            ("file:///tmp/x", None),
        ];
        for (text, expected) in cases {
            let url = Url::of_source(text).map(|it| it.to_string());
            assert_eq!(url.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        let cases = [
            ("http://me:se%3Acret@h:1/p", "http://me:***@h:1/p", "h:1"),
            ("http://me@h/", "http://me@h/", "h"),
            ("http://h/%zz", "http://h/%zz", "h"),
        ];
        for (text, shown, host) in cases {
            let url = Url::parse(text).unwrap();
            assert_eq!(url.without_password().to_string(), shown);
            assert_eq!(url.host(), host);
        }
    }

    #[test]
    fn parameters_are_set_in_order() {
        let mut url = Url::parse("http://h/p?seconds=5&a=1").unwrap();
        assert_eq!(url.parameter("seconds"), Some("5"));
        url.set_parameter("seconds", Some("7"));
        assert_eq!(url.to_string(), "http://h/p?a=1&seconds=7");
    }
}
