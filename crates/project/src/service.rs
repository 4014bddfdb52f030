//! The client for running services: what their profiles are called, how to reach them, what may come back.
//!
//! `record`, `check`, `layout` and `leak` ask services through it. `pprof` uses the same HTTP client and [`Url`], with
//! the flags and the words of its peer.

use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use base::system::{HttpBody, HttpRequest, HttpResponse};
use base::{Cancellation, System, Url};

/// An endpoint below `/debug/pprof/` of Go 1.27.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Endpoint {
    /// The last part of its path.
    pub name: &'static str,
    /// Takes as long as `seconds` says; all others answer at once.
    pub takes_seconds: bool,
    /// Answers with a profile in protocol buffers (`trace` does not).
    pub is_profile: bool,
    pub(crate) query: &'static str,
}

const fn endpoint(name: &'static str, query: &'static str) -> Endpoint {
    Endpoint {
        name,
        takes_seconds: false,
        is_profile: true,
        query,
    }
}

/// How many seconds an endpoint measures unless its query says so.
pub const DEFAULT_SECONDS: u32 = 30;

impl Endpoint {
    /// The endpoint of that name.
    pub fn named(name: &str) -> Option<Self> {
        ENDPOINTS.iter().find(|it| it.name == name).copied()
    }

    /// The query that a capture without wishes has.
    pub fn default_query(&self) -> String {
        if self.takes_seconds {
            format!("seconds={DEFAULT_SECONDS}")
        } else {
            self.query.to_owned()
        }
    }

    /// How many seconds the service measures before it answers.
    pub fn seconds_of(&self, query: &str) -> u32 {
        let given = query.split('&').find_map(|it| it.strip_prefix("seconds="));
        match given.and_then(|seconds| seconds.parse().ok()) {
            Some(seconds) => seconds,
            None if self.takes_seconds => DEFAULT_SECONDS,
            None => 0,
        }
    }
}

/// All of them, in the order in which they are captured by default. `gc=1` makes the heap profile
/// current: without it it shows the state at the end of the last collection but one.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        takes_seconds: true,
        ..endpoint("profile", "")
    },
    endpoint("heap", "gc=1"),
    endpoint("allocs", ""),
    endpoint("goroutine", ""),
    endpoint("goroutineleak", ""),
    endpoint("block", ""),
    endpoint("mutex", ""),
    endpoint("threadcreate", ""),
    Endpoint {
        takes_seconds: true,
        is_profile: false,
        ..endpoint("trace", "")
    },
];

/// How services are reached.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Sent with every request. They go to the host of the service only, also where it redirects.
    pub headers: Vec<(String, String)>,
    /// For a whole answer; `None` waits for ever.
    pub timeout: Option<Duration>,
    /// Accept any certificate.
    pub insecure: bool,
    /// Certificate authorities (PEM), instead of those of the system.
    pub tls_ca: Option<PathBuf>,
    /// Certificate to show (PEM), with its key.
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
}

impl Access {
    /// With so many seconds on top of the time for an answer.
    #[must_use]
    pub fn for_seconds(&self, seconds: u32) -> Self {
        let more = Duration::from_secs(u64::from(seconds));
        Self {
            timeout: self.timeout.map(|timeout| timeout + more),
            ..self.clone()
        }
    }
}

/// Why a service gave no answer that is of use.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("`{0}` is not the address of a service: expected host:port or an http(s) URL")]
    BadTarget(String),
    #[error("this build of goperf has no HTTP client")]
    NoHttp,
    #[error(transparent)]
    Http(std::io::Error),
    #[error("the answer was not complete after {} s (`--timeout`)", .0.as_secs_f64())]
    TimedOut(Duration),
    #[error("the service has no such endpoint (404)")]
    Missing,
    #[error("the service answered {status}: {message}")]
    Status { status: u16, message: String },
    #[error("the answer is larger than {} MB", .0 >> 20)]
    TooLarge(u64),
}

impl ServiceError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Http(error) if error.to_string().contains("failed to verify certificate") => Some(
                "name the certificate's authority with `--tls-ca FILE` or SSL_CERT_FILE, or accept any \
                 certificate with `--insecure`"
                    .to_owned(),
            ),
            Self::Status {
                status: 401 | 403, ..
            } => Some("credentials are given with `-H 'Authorization: Bearer …'`".to_owned()),
            _ => None,
        }
    }
}

/// No profile is that large; a service that sends without end must not fill memory.
pub const MAX_BODY: u64 = 4 << 30;

/// What a target names: where its profiles are, and which one it is the URL of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `http://host:6060/debug/pprof`: without a slash at its end.
    pub base: Url,
    pub endpoint: Option<Endpoint>,
}

impl Target {
    /// Reads `host:port`, `:port` of this machine, a base URL, or the URL of one endpoint.
    pub fn parse(text: &str) -> Result<Self, ServiceError> {
        let bad = || ServiceError::BadTarget(without_credentials(text));
        let url = match text {
            _ if text.contains("://") => Url::parse(text),
            _ if text.starts_with(':') => Url::parse(&format!("http://localhost{text}")),
            _ => Url::parse(&format!("http://{text}")),
        };
        let mut base = url.ok_or_else(bad)?;
        if !matches!(base.scheme.as_str(), "http" | "https") || base.host().is_empty() {
            return Err(bad());
        }
        let path = base.path.trim_matches('/');
        let last = path.rsplit('/').next().unwrap_or(path);
        let endpoint = Endpoint::named(last);
        let folder = match endpoint {
            Some(_) => path[..path.len() - last.len()].trim_end_matches('/'),
            None if path.is_empty() => "debug/pprof",
            None => path,
        };
        base.path = format!("/{folder}");
        base.query.clear();
        Ok(Self { base, endpoint })
    }

    /// The URL of an endpoint.
    pub fn url(&self, name: &str, query: &str) -> Url {
        Url {
            path: format!("{}/{name}", self.base.path.trim_end_matches('/')),
            query: query.to_owned(),
            ..self.base.clone()
        }
    }
}

/// A source as it may be shown: a URL without its secrets, any other text as it is.
pub fn without_credentials(source: &str) -> String {
    match Url::parse(source) {
        Some(url) => url.without_user().to_string(),
        None if source.contains("://") && source.contains('@') => {
            let (scheme, rest) = source.split_once("://").unwrap_or_default();
            format!("{scheme}://{}", rest.rsplit('@').next().unwrap_or(rest))
        }
        None => source.to_owned(),
    }
}

/// Reads `Name: value`.
pub fn parse_header(text: &str) -> Result<(String, String), String> {
    let (name, value) = (text.split_once(':'))
        .ok_or_else(|| format!("`{text}` is not a header: write `Name: value`"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// The answer to a request for `url`, whatever its status.
pub fn ask(system: &dyn System, access: &Access, url: &Url) -> Result<HttpResponse, ServiceError> {
    let http = system.http().ok_or(ServiceError::NoHttp)?;
    let request = HttpRequest {
        url: url.clone(),
        headers: access.headers.clone(),
        timeout: access.timeout,
        insecure: access.insecure,
        tls_ca: access.tls_ca.clone(),
        tls_cert: access.tls_cert.clone(),
        tls_key: access.tls_key.clone(),
        ..HttpRequest::default()
    };
    http.send(&request).map_err(|error| failed(error, access))
}

/// The error of a request, or of reading its answer.
pub fn failed(error: std::io::Error, access: &Access) -> ServiceError {
    match access.timeout {
        Some(timeout) if error.kind() == std::io::ErrorKind::TimedOut => {
            ServiceError::TimedOut(timeout)
        }
        _ => ServiceError::Http(error),
    }
}

/// The body of a good answer; of any other, the reason it gives.
pub fn body(response: HttpResponse) -> Result<HttpBody, ServiceError> {
    let status = response.status;
    // net/http/pprof marks its errors, whose status may be 200 where the headers were out already.
    if status == 200 && response.header("x-go-pprof").is_none() {
        return Ok(response.body);
    }
    if status == 404 {
        return Err(ServiceError::Missing);
    }
    let mut start = Vec::new();
    let status_text = response.status_text;
    // The reason is a help, not the answer.
    response.body.take(500).read_to_end(&mut start).ok();
    let reason = String::from_utf8_lossy(&start);
    let reason = reason.lines().next().unwrap_or_default().trim();
    let message = match (status_text.is_empty(), reason.is_empty()) {
        (false, true) => status_text,
        _ => reason.to_owned(),
    };
    Err(ServiceError::Status { status, message })
}

/// `body`, which fails with an error that contains [`Cancelled`] once the work is cancelled.
pub(crate) fn cancellable(body: HttpBody, cancel: &Cancellation) -> HttpBody {
    struct Cancellable(HttpBody, Cancellation);
    impl Read for Cancellable {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.1.check().map_err(std::io::Error::other)?;
            self.0.read(buffer)
        }
    }
    Box::new(Cancellable(body, cancel.clone()))
}

/// The whole body of a good answer.
pub fn download(
    system: &dyn System,
    cancel: &Cancellation,
    access: &Access,
    url: &Url,
) -> Result<Vec<u8>, ServiceError> {
    let mut body = body(ask(system, access, url)?)?;
    let mut content = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let n = (body.read(&mut buffer)).map_err(|error| failed(error, access))?;
        if n == 0 || cancel.is_cancelled() {
            return Ok(content);
        }
        content.extend_from_slice(&buffer[..n]);
        if content.len() as u64 > MAX_BODY {
            return Err(ServiceError::TooLarge(MAX_BODY));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, headers: &[(&str, &str)], text: &'static str) -> HttpResponse {
        HttpResponse {
            status,
            status_text: "Reason".to_owned(),
            headers: (headers.iter())
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: Box::new(text.as_bytes()),
        }
    }

    #[test]
    fn targets_are_services_or_endpoints() {
        let cases = [
            ("localhost:6060", "http://localhost:6060/debug/pprof", None),
            (":6060", "http://localhost:6060/debug/pprof", None),
            ("https://h/x/pprof/", "https://h/x/pprof", None),
            (
                "http://h/debug/pprof/mutex?debug=1",
                "http://h/debug/pprof",
                Some("mutex"),
            ),
            ("h:1/trace", "http://h:1/", Some("trace")),
        ];
        for (text, base, endpoint) in cases {
            let target = Target::parse(text).unwrap();
            assert_eq!(target.base.revealed(), base, "{text}");
            assert_eq!(target.endpoint.map(|it| it.name), endpoint, "{text}");
        }
        let url = Target::parse("h:1/trace").unwrap().url("heap", "gc=1");
        assert_eq!(url.revealed(), "http://h:1/heap?gc=1");
        for target in ["", "ftp://h", "http://", "a b", "h:port"] {
            assert!(Target::parse(target).is_err(), "{target}");
        }
    }

    #[test]
    fn credentials_are_not_shown() {
        for (source, shown) in [
            ("http://me:secret@h:1/x", "http://h:1/x"),
            ("http://h:1/x@y", "http://h:1/x@y"),
            ("http://h/?token=s", "http://h/?token=***"),
            ("http://me:secret@h:x/", "http://h:x/"),
            ("a@b.txt", "a@b.txt"),
        ] {
            assert_eq!(without_credentials(source), shown);
        }
    }

    #[test]
    fn bad_answers_are_errors_with_their_reason() {
        let message = |response| body(response).err().unwrap().to_string();
        assert_eq!(
            message(response(500, &[], "no such\nprofile")),
            "the service answered 500: no such"
        );
        assert_eq!(
            message(response(502, &[], "")),
            "the service answered 502: Reason"
        );
        assert_eq!(
            message(response(200, &[("x-go-pprof", "1")], "busy")),
            "the service answered 200: busy"
        );
        assert_eq!(
            message(response(404, &[], "")),
            "the service has no such endpoint (404)"
        );
        assert!(body(response(200, &[], "x")).is_ok());
    }
}
