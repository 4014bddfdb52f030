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
        let mut builder = ureq::http::Request::builder()
            .method(method)
            .uri(&request.url);
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
