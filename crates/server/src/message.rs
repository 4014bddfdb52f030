//! Requests and responses as plain values.

use std::borrow::Cow;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

/// A request that passed the guard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// It may change something; else it only asks.
    pub is_post: bool,
    pub path: String,
    /// As it was sent, without the question mark.
    pub query_text: String,
    /// Decoded, in order.
    pub query: Vec<(String, String)>,
    pub accept: Accept,
    /// The client takes compressed content.
    pub takes_gzip: bool,
    /// What our own page was given to prove itself with; empty if it does not.
    pub token: String,
    /// At most [`crate::serve`]'s limit.
    pub body: Vec<u8>,
}

/// The form of the answer that a client prefers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Accept {
    Html,
    Json,
    Text,
}

impl Request {
    /// A request for a page at a path with its query.
    pub fn get(address: &str) -> Self {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        Self {
            is_post: false,
            path: path.to_owned(),
            query_text: query.to_owned(),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            accept: Accept::Html,
            takes_gzip: false,
            token: String::new(),
            body: Vec::new(),
        }
    }

    /// The first value of a parameter; empty if there is none.
    pub fn parameter(&self, name: &str) -> &str {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }
}

impl Accept {
    /// What an `Accept` header prefers: the first of its types that we have.
    pub(crate) fn of(header: &str) -> Self {
        for kind in header.split(',') {
            match kind.split(';').next().unwrap_or("").trim() {
                "application/json" => return Self::Json,
                "text/plain" => return Self::Text,
                "text/html" => return Self::Html,
                _ => {}
            }
        }
        Self::Html
    }
}

/// An answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Response {
    pub status: u16,
    pub content_type: &'static str,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    pub body: Cow<'static, [u8]>,
}

impl Response {
    pub fn new(
        status: u16,
        content_type: &'static str,
        body: impl Into<Cow<'static, [u8]>>,
    ) -> Self {
        let headers = Vec::new();
        Self {
            status,
            content_type,
            headers,
            body: body.into(),
        }
    }

    pub fn text(status: u16, text: impl Into<String>) -> Self {
        Self::new(
            status,
            "text/plain; charset=utf-8",
            text.into().into_bytes(),
        )
    }

    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        Self::new(status, "application/json", value.to_string().into_bytes())
    }

    pub fn html(status: u16, text: String) -> Self {
        Self::new(status, "text/html; charset=utf-8", text.into_bytes())
    }

    /// Elsewhere, with the query of the request.
    pub(crate) fn redirect(status: u16, to: &str, request: &Request) -> Self {
        let mut location = to.to_owned();
        if !request.query_text.is_empty() {
            location.push('?');
            location.push_str(&request.query_text);
        }
        Self::text(status, "").with("Location", location)
    }

    /// With a large text compressed, quickly rather than well: the way is short.
    pub(crate) fn compressed(self) -> Self {
        /// Less is not worth it.
        const LEAST: usize = 32 << 10;
        let is_text = ["text/", "application/json"]
            .iter()
            .any(|it| self.content_type.starts_with(it));
        let is_encoded = self
            .headers
            .iter()
            .any(|(name, _)| *name == "content-encoding");
        if !is_text || is_encoded || self.body.len() < LEAST {
            return self;
        }
        let mut gzip = GzEncoder::new(Vec::with_capacity(self.body.len() / 3), Compression::fast());
        // A vector takes whatever is written.
        gzip.write_all(&self.body).ok();
        let Ok(body) = gzip.finish() else {
            return self;
        };
        let body = body.into();
        (Self { body, ..self })
            .with("content-encoding", "gzip")
            .with("vary", "accept-encoding")
    }

    #[must_use]
    pub fn with(mut self, header: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((header, value.into()));
        self
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn only_large_texts_are_compressed() {
        let text = "main.work ".repeat(10_000);
        let packed = Response::text(200, text.clone()).compressed();
        assert!(packed.body.len() < text.len() / 10);
        let mut plain = String::new();
        let mut gzip = flate2::read::GzDecoder::new(&*packed.body);
        gzip.read_to_string(&mut plain).unwrap();
        assert_eq!(plain, text);
        let small = Response::text(200, "OK");
        assert_eq!(small.clone().compressed(), small);
        let profile = Response::new(
            200,
            "application/vnd.google.protobuf+gzip",
            text.into_bytes(),
        );
        assert_eq!(profile.clone().compressed(), profile);
    }
}
