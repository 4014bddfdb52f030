//! HTTP requests and answers. The client itself is lent by `cli`.

use std::fmt::Debug;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::Url;

/// One request. `body` is sent only if not empty.
#[derive(Clone, Debug, Default)]
pub struct HttpRequest {
    /// `GET`, `POST`, …; empty means `GET`.
    pub method: String,
    /// `http` or `https`; user and password in it become basic authentication.
    pub url: Url,
    /// Names and values. On a redirect they go to the same host only.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// For the whole exchange, redirects and body included; `None` waits for ever.
    pub timeout: Option<Duration>,
    /// PEM files, as `go tool pprof` names them (`-tls_ca`, `-tls_cert`, `-tls_key`).
    pub tls_ca: Option<PathBuf>,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    /// Accept any certificate (`https+insecure://`).
    pub insecure: bool,
}

/// The body of an answer, read as it arrives, decompressed as its `Content-Encoding` says.
pub type HttpBody = Box<dyn io::Read + Send>;

/// The answer to a request.
pub struct HttpResponse {
    pub status: u16,
    /// Reason phrase or its standard text.
    pub status_text: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: HttpBody,
}

impl HttpResponse {
    /// The first header of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Debug for HttpResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// What sends requests.
pub trait HttpClient: Send + Sync + Debug {
    /// Follows redirects. `Err` if no answer came; any status is an answer.
    fn send(&self, request: &HttpRequest) -> io::Result<HttpResponse>;
}
