//! The HTTP client, lent to the rest through [`System::http`](base::System::http). What it does is what Go's client
//! does, so that a service which `go tool pprof` reaches is reached: proxies, certificates, redirects, compression.

mod absolute_form;
mod proxy;
mod tls;

use std::io;
use std::time::{Duration, Instant};

use base::system::{HttpClient, HttpRequest, HttpResponse};
use base::{System, Url};
use ureq::config::AutoHeaderValue;
use ureq::http::{Request, Response, request};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    ConnectProxyConnector, Connector, SocksConnector, TcpConnector,
};

use self::absolute_form::AbsoluteForm;
use self::proxy::Proxies;
use self::tls::TlsConnector;

/// As in Go.
const MAX_REDIRECTS: usize = 10;
const USER_AGENT: &str = concat!("goperf/", env!("CARGO_PKG_VERSION"));

/// The client. Every request has connections of its own: goperf sends few, each with its own TLS settings.
#[derive(Debug)]
pub(crate) struct Client {
    proxies: Proxies,
}

impl Client {
    /// A client with the proxies that the environment names.
    pub(crate) fn new(system: &dyn System) -> Self {
        Self {
            proxies: Proxies::of_environment(system),
        }
    }

    fn send_once(&self, hop: &Hop, request: &HttpRequest) -> io::Result<Response<ureq::Body>> {
        let proxy = self.proxies.of(&hop.url);
        let is_socks = proxy.is_some_and(|proxy| proxy.scheme.starts_with("socks"));
        // A proxy that is not asked for a tunnel is the server, and gets the whole URL.
        let as_server = proxy.filter(|_| hop.url.scheme == "http" && !is_socks);
        let tunnel = match proxy.filter(|_| as_server.is_none()) {
            Some(proxy) => Some(ureq::Proxy::new(&proxy.revealed()).map_err(into_io)?),
            None => None,
        };
        let prefix = as_server.map(|_| format!("http://{}", host(&hop.url)));
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(hop.remaining()?)
            .user_agent(AutoHeaderValue::Provided(USER_AGENT.to_owned().into()))
            .proxy(tunnel)
            .build();
        let connector =
            ().chain(SocksConnector::default())
                .chain(ConnectProxyConnector::default())
                .chain(TcpConnector::default())
                .chain(TlsConnector::new(request)?)
                .chain(AbsoluteForm(prefix));
        let agent = ureq::Agent::with_parts(config, connector, DefaultResolver::default());
        let builder = hop.message(request, as_server);
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
        // An empty body would get a length.
        let response = match hop.body {
            [] => agent.run(builder.body(()).map_err(invalid)?),
            body => agent.run(builder.body(body.to_owned()).map_err(invalid)?),
        };
        response.map_err(into_io)
    }
}

impl HttpClient for Client {
    fn send(&self, request: &HttpRequest) -> io::Result<HttpResponse> {
        let mut hop = Hop::first(request);
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send_once(&hop, request)?;
            match hop.redirected(&response)? {
                Some(next) => hop = next,
                None => return Ok(converted(response)),
            }
        }
        Err(io::Error::other(format!(
            "stopped after {MAX_REDIRECTS} redirects"
        )))
    }
}

/// One of the requests that redirects make of one.
struct Hop<'a> {
    url: Url,
    method: &'a str,
    body: &'a [u8],
    /// Whether the caller's headers and credentials are meant for this server.
    is_trusted: bool,
    deadline: Option<Instant>,
}

impl<'a> Hop<'a> {
    fn first(request: &'a HttpRequest) -> Self {
        let method = match request.method.as_str() {
            "" => "GET",
            method => method,
        };
        Self {
            url: request.url.clone(),
            method,
            body: &request.body,
            is_trusted: true,
            deadline: request.timeout.map(|timeout| Instant::now() + timeout),
        }
    }

    /// What is left of the time for the whole exchange.
    fn remaining(&self) -> io::Result<Option<Duration>> {
        let Some(deadline) = self.deadline else {
            return Ok(None);
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            Err(io::ErrorKind::TimedOut.into())
        } else {
            Ok(Some(left))
        }
    }

    fn message(&self, request: &HttpRequest, proxy: Option<&Url>) -> request::Builder {
        let server = proxy.unwrap_or(&self.url);
        let path = match self.url.path.as_str() {
            "" => "/",
            path => path,
        };
        let mark = if self.url.query.is_empty() { "" } else { "?" };
        let uri = format!(
            "{}://{}{path}{mark}{}",
            server.scheme,
            host(server),
            self.url.query
        );
        let mut builder = Request::builder().method(self.method).uri(uri);
        builder = builder.header("Host", host(&self.url));
        if let Some(user) = proxy.and_then(Url::user) {
            builder = builder.header("Proxy-Authorization", basic(&user));
        }
        if let Some(user) = self.url.user() {
            builder = builder.header("Authorization", basic(&user));
        }
        for (name, value) in request.headers.iter().filter(|_| self.is_trusted) {
            builder = builder.header(name, value);
        }
        builder
    }

    /// The request that the answer asks for instead. A body is sent again only where the answer says so.
    ///
    /// Source: `net/http/client.go` `redirectBehavior`, `shouldCopyHeaderOnRedirect`, go1.27.3; stricter in that no
    /// header of the caller goes to another server, and none from `https` to `http`.
    fn redirected(&self, response: &Response<ureq::Body>) -> io::Result<Option<Self>> {
        let keeps_method = match response.status().as_u16() {
            301..=303 => matches!(self.method, "GET" | "HEAD"),
            307 | 308 => true,
            _ => return Ok(None),
        };
        let location = response.headers().get("location");
        let Some(location) = location.and_then(|it| it.to_str().ok()) else {
            return Ok(None);
        };
        let url =
            (self.url.join(location)).filter(|url| matches!(url.scheme.as_str(), "http" | "https"));
        let mut url = url.ok_or_else(|| {
            io::Error::other(format!("redirected to `{location}`, which is not a URL"))
        })?;
        let is_same = url.hostname() == self.url.hostname()
            && (url.scheme == self.url.scheme || url.scheme == "https");
        if is_same && url.host() == self.url.host() {
            url.authority.clone_from(&self.url.authority);
        }
        Ok(Some(Self {
            url,
            method: if keeps_method { self.method } else { "GET" },
            body: if keeps_method { self.body } else { b"" },
            is_trusted: self.is_trusted && is_same,
            deadline: self.deadline,
        }))
    }
}

/// The host of a `Host` header; one that is left out is this machine.
fn host(url: &Url) -> String {
    match url.host() {
        host if host.starts_with(':') => format!("localhost{host}"),
        host => host.trim_end_matches(':').to_owned(),
    }
}

fn converted(response: Response<ureq::Body>) -> HttpResponse {
    let (head, body) = response.into_parts();
    let reason = head.status.canonical_reason().unwrap_or_default();
    let headers = head.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    HttpResponse {
        status: head.status.as_u16(),
        status_text: reason.to_owned(),
        headers: headers.collect(),
        body: Box::new(TimedReader(
            body.into_with_config().limit(u64::MAX).reader(),
        )),
    }
}

/// A body whose errors say by their kind that time is over.
struct TimedReader<R>(R);

impl<R: io::Read> io::Read for TimedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| {
            let cause = error.get_ref().and_then(|it| it.downcast_ref());
            if matches!(cause, Some(ureq::Error::Timeout(_))) {
                return io::ErrorKind::TimedOut.into();
            }
            error
        })
    }
}

/// The value of a header for basic authentication.
fn basic((name, password): &(Vec<u8>, Vec<u8>)) -> String {
    format!("Basic {}", base64(&[name, &b":"[..], password].concat()))
}

/// Source: RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            if digit > chunk.len() {
                out.push('=');
            } else {
                let value = bits >> (18 - 6 * digit) & 63;
                out.push(DIGITS[value as usize].into());
            }
        }
    }
    out
}

fn into_io(error: ureq::Error) -> io::Error {
    match error {
        ureq::Error::Io(error) => error,
        ureq::Error::Timeout(_) => io::ErrorKind::TimedOut.into(),
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests;
