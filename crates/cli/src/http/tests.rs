//! The client against servers on this machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use base::system::OsSystem;
use base::testing::MemorySystem;

use super::*;

/// A server that answers each connection by `answer`, called with the head of the request. Its address, and the heads
/// as they come.
fn server(
    answer: impl Fn(&str, &mut TcpStream) + Send + 'static,
) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, heads) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            while reader.read_line(&mut head).unwrap_or(0) > 2 {}
            if sender.send(head.clone()).is_err() {
                return;
            }
            answer(&head, &mut stream);
        }
    });
    (address, heads)
}

fn reply(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let len = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {len}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn ok(body: &'static str) -> impl Fn(&str, &mut TcpStream) + Send + 'static {
    move |_, stream| {
        stream.write_all(&reply("200 OK", "", body.as_bytes())).ok();
    }
}

fn client(variables: &[(&str, &str)]) -> Client {
    let system = (variables.iter()).fold(MemorySystem::default(), |system, (name, value)| {
        system.with_env(name, value)
    });
    Client::new(&system)
}

fn request(url: &str) -> HttpRequest {
    HttpRequest {
        url: Url::parse(url).unwrap(),
        timeout: Some(Duration::from_secs(20)),
        ..HttpRequest::default()
    }
}

fn text(response: HttpResponse) -> String {
    let mut text = String::new();
    let mut body = response.body;
    body.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn http_through_a_proxy_is_no_tunnel() {
    let (proxy, heads) = server(ok("from the proxy"));
    let variables = [("HTTP_PROXY", &*format!("http://me:se%3Acret@{proxy}"))];
    let response = client(&variables).send(&request("http://other.example:81/p?q=1"));
    assert_eq!(text(response.unwrap()), "from the proxy");
    let head = heads.recv().unwrap().to_lowercase();
    assert!(head.starts_with("get http://other.example:81/p?q=1 http/1.1\r\n"));
    assert!(head.contains("\r\nhost: other.example:81\r\n"), "{head}");
    assert!(
        head.contains("\r\nproxy-authorization: basic bwu6c2u6y3jlda==\r\n"),
        "{head}"
    );
}

#[test]
fn this_machine_is_asked_without_the_proxy() {
    let (address, heads) = server(ok("direct"));
    let variables = [("HTTP_PROXY", "http://127.0.0.1:1")];
    let url = format!("http://me:secret@{address}/debug/pprof/heap");
    assert_eq!(
        text(client(&variables).send(&request(&url)).unwrap()),
        "direct"
    );
    let head = heads.recv().unwrap();
    assert!(
        head.starts_with("GET /debug/pprof/heap HTTP/1.1\r\n"),
        "{head}"
    );
    assert!(head.contains("Basic bWU6c2VjcmV0"), "{head}");
}

#[test]
fn compressed_answers_are_read() {
    // printf hello | gzip -n
    const GZIPPED: &[u8] = &[
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 7, 0, 0x86, 0xa6, 0x10,
        0x36, 5, 0, 0, 0,
    ];
    let (address, _heads) = server(|head, stream| {
        let asked = head.to_lowercase().contains("accept-encoding: gzip");
        let status = if asked {
            "200 OK"
        } else {
            "406 Not Acceptable"
        };
        let answer = reply(status, "Content-Encoding: gzip\r\n", GZIPPED);
        stream.write_all(&answer).ok();
    });
    let response = client(&[]).send(&request(&format!("http://{address}/")));
    assert_eq!(text(response.unwrap()), "hello");
}

#[test]
fn headers_stay_with_the_server_they_are_meant_for() {
    let (other, of_other) = server(ok("other"));
    // Another name of this machine is another host.
    let other = other.replace("127.0.0.1", "localhost");
    let (first, of_first) = server(move |head, stream| {
        let location = if head.contains("GET /same") {
            format!("Location: http://{other}/there\r\n")
        } else {
            "Location: /same\r\n".to_owned()
        };
        stream.write_all(&reply("302 Found", &location, b"")).ok();
    });
    let request = HttpRequest {
        headers: vec![("X-Token".into(), "secret".into())],
        ..request(&format!("http://me:pw@{first}/start"))
    };
    assert_eq!(text(client(&[]).send(&request).unwrap()), "other");
    for _ in 0..2 {
        let head = of_first.recv().unwrap().to_lowercase();
        assert!(
            head.contains("x-token: secret") && head.contains("authorization:"),
            "{head}"
        );
    }
    let head = of_other.recv().unwrap().to_lowercase();
    assert!(
        !head.contains("x-token") && !head.contains("authorization"),
        "{head}"
    );
}

#[test]
fn redirects_end() {
    let (address, heads) = server(|_, stream| {
        stream
            .write_all(&reply("302 Found", "Location: /\r\n", b""))
            .ok();
    });
    let error = client(&[]).send(&request(&format!("http://{address}/")));
    assert_eq!(error.unwrap_err().to_string(), "stopped after 10 redirects");
    assert_eq!(heads.try_iter().count(), 11);
}

/// A server that never stops sending keeps every single read short.
#[test]
fn the_timeout_is_for_the_whole_answer() {
    let (address, _heads) = server(|_, stream| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n";
        stream.write_all(head.as_bytes()).ok();
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let start = Instant::now();
    let request = HttpRequest {
        timeout: Some(Duration::from_millis(300)),
        ..request(&format!("http://{address}/"))
    };
    let error = (client(&[]).send(&request))
        .and_then(|mut response| io::copy(&mut response.body, &mut io::sink()));
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert!(start.elapsed() < Duration::from_secs(10));
}

/// A certificate for `localhost` and `127.0.0.1` that signed itself, valid for a hundred years.
const CERTIFICATE: &str = include_str!("../../resources/http/self_signed.pem");
const KEY: &str = include_str!("../../resources/http/self_signed.key.pem");

/// A server with that certificate.
fn tls_server() -> u16 {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let provider = rustls::crypto::ring::default_provider();
    let config = rustls::ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = std::sync::Arc::new(config);
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream.unwrap());
            let mut head = [0; 4096];
            // A client that refuses the certificate ends here.
            if stream.read(&mut head).is_ok() {
                stream.write_all(&reply("200 OK", "", b"secure")).ok();
            }
        }
    });
    port
}

#[test]
fn a_certificate_that_signed_itself_is_trusted_where_it_is_named() {
    let system = base::system::OsSystem::default();
    let folder = system.temp_dir("goperf-test-").unwrap();
    let authority = folder.path().join("ca.pem");
    system.write(&authority, CERTIFICATE.as_bytes()).unwrap();
    let port = tls_server();
    let send = |host: &str, tls_ca: Option<std::path::PathBuf>, insecure: bool| {
        let request = HttpRequest {
            tls_ca,
            insecure,
            ..request(&format!("https://{host}:{port}/"))
        };
        client(&[]).send(&request).map(text)
    };
    for host in ["localhost", "127.0.0.1"] {
        assert_eq!(
            send(host, Some(authority.clone()), false).unwrap(),
            "secure"
        );
    }
    assert_eq!(send("localhost", None, true).unwrap(), "secure");
    // It is not the system's, and it is for no other name of this machine.
    let refused = |host, authority| send(host, authority, false).unwrap_err().to_string();
    assert_eq!(
        refused("localhost", None),
        "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    );
    // Elsewhere the machine has no second address of its own.
    if cfg!(target_os = "linux") {
        assert_eq!(
            refused("127.0.0.2", Some(authority)),
            "tls: failed to verify certificate: x509: certificate is not valid for the name of the host"
        );
    }
}

/// What `check --mem-profile URL` and `layout --profile URL` do before anything else.
#[test]
fn the_profile_of_a_live_endpoint_is_read_and_checked() {
    let mut heap = profile::Profile::with_sample_types(&[("inuse_space", "bytes")]);
    heap.samples.push(&[], &[7], profile::LabelSetId::EMPTY);
    let heap = profile::encode_gzip(&heap);
    let (address, heads) = server(move |head, stream| {
        let answer = match head {
            head if head.contains("/debug/pprof/heap") => reply("200 OK", "", &heap),
            _ => reply("404 Not Found", "", b"no such profile"),
        };
        stream.write_all(&answer).ok();
    });
    let system = OsSystem::default().with_http(Arc::new(client(&[])));
    let cancel = base::Cancellation::default();
    let access = project::service::Access {
        headers: vec![("Authorization".to_owned(), "Bearer x".to_owned())],
        timeout: Some(Duration::from_secs(20)),
        ..Default::default()
    };
    let read = |url: String| {
        let source = project::ProfileSource::from(std::path::PathBuf::from(url));
        project::evidence::heap_profile(&system, &cancel, Path::new("/"), &access, &source)
    };
    let (name, profile) = read(format!("http://{address}")).unwrap();
    assert_eq!(
        (name, profile.samples.len()),
        (format!("http://{address}"), 1)
    );
    let head = heads.recv().unwrap();
    assert!(head.starts_with("GET /debug/pprof/heap?gc=1 "), "{head}");
    assert!(
        head.to_lowercase().contains("authorization: bearer x"),
        "{head}"
    );
    let error = read(format!("http://{address}/debug/pprof/mutex?seconds=2")).unwrap_err();
    let message = base::full_message(&error);
    assert!(
        message.ends_with(": the service has no such endpoint (404)"),
        "{message}"
    );
    let head = heads.recv().unwrap();
    assert!(
        head.starts_with("GET /debug/pprof/mutex?seconds=2 "),
        "{head}"
    );
}
