//! The HTTP client, lent to the rest through [`System::http`](base::System::http).

use std::io;
use std::sync::Arc;

use base::system::{HttpClient, HttpRequest, HttpResponse};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsProvider};

/// A fresh agent per request: goperf makes few, each with its own TLS settings.
#[derive(Debug)]
pub(crate) struct UreqClient;

impl HttpClient for UreqClient {
    fn send(&self, request: &HttpRequest) -> io::Result<HttpResponse> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(request.timeout)
            .tls_config(tls(request)?)
            .build()
            .into();
        let method = if request.method.is_empty() {
            "GET"
        } else {
            &request.method
        };
        let (url, authorization) = without_user(&request.url);
        let mut builder = ureq::http::Request::builder().method(method).uri(url);
        if let Some(authorization) = authorization {
            builder = builder.header("Authorization", authorization);
        }
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let message = builder
            .body(request.body.clone())
            .map_err(io::Error::other)?;
        let response = agent.run(message).map_err(into_io)?;
        let (head, body) = response.into_parts();
        Ok(HttpResponse {
            status: head.status.as_u16(),
            status_text: head
                .status
                .canonical_reason()
                .unwrap_or_default()
                .to_owned(),
            headers: (head.headers.iter())
                .map(|(name, value)| {
                    (
                        name.as_str().to_owned(),
                        String::from_utf8_lossy(value.as_bytes()).into_owned(),
                    )
                })
                .collect(),
            body: Box::new(body.into_with_config().limit(u64::MAX).reader()),
        })
    }
}

/// The URL without name and password, and these as the header of basic authentication. In a URL both
/// are escaped, which ureq would send as they are.
fn without_user(url: &str) -> (String, Option<String>) {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let rest = &url[authority..];
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let Some(at) = rest[..end].rfind('@') else {
        return (url.to_owned(), None);
    };
    let user = &rest[..at];
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    let pair = [&unescaped(name)[..], b":", &unescaped(password)].concat();
    let url = format!("{}{}", &url[..authority], &rest[at + 1..]);
    (url, Some(format!("Basic {}", base64(&pair))))
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

fn tls(request: &HttpRequest) -> io::Result<TlsConfig> {
    let mut config = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .disable_verification(request.insecure)
        .root_certs(RootCerts::PlatformVerifier);
    if let Some(path) = &request.tls_ca {
        let mut roots = Vec::new();
        for item in ureq::tls::parse_pem(&read(path)?) {
            if let ureq::tls::PemItem::Certificate(certificate) = item.map_err(into_io)? {
                roots.push(certificate);
            }
        }
        config = config.root_certs(RootCerts::Specific(Arc::new(roots)));
    }
    if let (Some(certificate), Some(key)) = (&request.tls_cert, &request.tls_key) {
        let certificate = Certificate::from_pem(&read(certificate)?).map_err(into_io)?;
        let key = PrivateKey::from_pem(&read(key)?).map_err(into_io)?;
        config = config.client_cert(Some(ClientCert::new_with_certs(&[certificate], key)));
    }
    Ok(config.build())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the client is itself a part of the real machine"
)]
fn read(path: &std::path::Path) -> io::Result<Vec<u8>> {
    std::fs::read(path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

fn into_io(error: ureq::Error) -> io::Error {
    match error {
        ureq::Error::Io(error) => error,
        ureq::Error::Timeout(_) => io::Error::new(io::ErrorKind::TimedOut, error),
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_become_a_header() {
        let cases = [
            (
                "http://me:se%3Acret@h:1/p?q=a@b",
                "http://h:1/p?q=a@b",
                Some("Basic bWU6c2U6Y3JldA=="),
            ),
            (
                "https://Aladdin:open%20sesame@h",
                "https://h",
                Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ),
            ("http://me@h/", "http://h/", Some("Basic bWU6")),
            ("http://%zz%@h/", "http://h/", Some("Basic JXp6JTo=")),
            ("http://h/%40@", "http://h/%40@", None),
        ];
        for (url, plain, header) in cases {
            let (found, authorization) = without_user(url);
            assert_eq!((&*found, authorization.as_deref()), (plain, header));
        }
    }
}
