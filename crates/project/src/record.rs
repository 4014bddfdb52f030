//! Capturing profiles of running services over HTTP, to files.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use base::system::{HttpRequest, HttpResponse};
use base::{Cancellation, Cancelled, System};

/// An endpoint below `/debug/pprof/` of Go 1.27.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Endpoint {
    pub name: &'static str,
    /// Takes as long as `seconds` says; all others answer at once.
    pub takes_seconds: bool,
    /// Answers with a profile in protocol buffers (`trace` does not).
    pub is_profile: bool,
    query: &'static str,
}

const fn endpoint(name: &'static str, query: &'static str) -> Endpoint {
    Endpoint {
        name,
        takes_seconds: false,
        is_profile: true,
        query,
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

/// What is captured unless told otherwise: everything but the execution trace, which is large.
pub fn default_endpoints() -> Vec<Endpoint> {
    ENDPOINTS
        .iter()
        .copied()
        .filter(|it| it.is_profile)
        .collect()
}

/// What to capture, and how.
#[derive(Clone, Debug)]
pub struct RecordOptions {
    /// Length of the CPU profile and the trace.
    pub seconds: u32,
    pub endpoints: Vec<Endpoint>,
    /// On top of `seconds`.
    pub timeout: Duration,
    /// Sent with every request.
    pub headers: Vec<(String, String)>,
    pub insecure: bool,
    pub out_dir: PathBuf,
}

/// One file to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Capture {
    pub url: String,
    pub file: PathBuf,
    pub endpoint: Endpoint,
}

/// How a capture ended.
#[derive(Debug)]
pub struct Captured {
    pub capture: Capture,
    /// Bytes written.
    pub result: Result<u64, RecordError>,
}

#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("`{0}` is not the address of a service: expected host:port or an http(s) URL")]
    BadTarget(String),
    #[error("this build of goperf has no HTTP client")]
    NoHttp,
    #[error(transparent)]
    Http(std::io::Error),
    #[error("the service has no such endpoint (404)")]
    Missing,
    #[error("the service answered {status}: {message}")]
    Status { status: u16, message: String },
    #[error("the answer is not a profile: {0}")]
    NotAProfile(String),
    #[error("the answer is larger than {} MB", MAX_BODY >> 20)]
    TooLarge,
    #[error("failed to write {}", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// No profile is that large; a service that sends without end must not fill the disk.
const MAX_BODY: u64 = 4 << 30;

/// What a target names: where its profiles are, and which one it is the URL of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The host with its port, without user and password.
    pub host: String,
    /// `http://host:6060/debug/pprof`: without a slash at its end.
    pub base: String,
    pub endpoint: Option<Endpoint>,
}

/// Reads `host:port`, `:port` of this machine, a base URL, or the URL of one endpoint.
pub fn target(text: &str) -> Result<Target, RecordError> {
    let bad = || RecordError::BadTarget(text.to_owned());
    let url = match text {
        _ if text.contains("://") => text.to_owned(),
        _ if text.starts_with(':') => format!("http://localhost{text}"),
        _ => format!("http://{text}"),
    };
    let (scheme, rest) = url.split_once("://").ok_or_else(bad)?;
    if !matches!(scheme, "http" | "https") {
        return Err(bad());
    }
    let rest = rest
        .split(['?', '#'])
        .next()
        .unwrap_or(rest)
        .trim_end_matches('/');
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let name = host.rsplit('@').next().unwrap_or(host);
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err(bad());
    }
    let last = path.rsplit('/').next().unwrap_or(path);
    let endpoint = ENDPOINTS.iter().find(|endpoint| endpoint.name == last);
    let folder = match endpoint {
        Some(_) => &path[..path.len() - last.len()],
        None if path.is_empty() => "debug/pprof",
        None => path,
    };
    Ok(Target {
        host: name.to_owned(),
        base: format!("{scheme}://{host}/{}", folder.trim_matches('/')),
        endpoint: endpoint.copied(),
    })
}

/// The captures of one target.
pub fn plan(text: &str, options: &RecordOptions) -> Result<Vec<Capture>, RecordError> {
    let Target {
        host: name,
        base,
        endpoint,
    } = target(text)?;
    let endpoints = endpoint.map_or_else(|| options.endpoints.clone(), |it| vec![it]);
    let stem: String = (name.chars())
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-._".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    let captures = endpoints.into_iter().map(|endpoint| {
        let mut query = endpoint.query.to_owned();
        if endpoint.takes_seconds {
            query = format!("seconds={}", options.seconds);
        }
        let mark = if query.is_empty() { "" } else { "?" };
        let ending = if endpoint.is_profile { "pb.gz" } else { "out" };
        Capture {
            url: format!("{base}/{}{mark}{query}", endpoint.name),
            file: options
                .out_dir
                .join(format!("{stem}.{}.{ending}", endpoint.name)),
            endpoint,
        }
    });
    Ok(captures.collect())
}

/// Runs all captures at once and reports each as it ends.
///
/// The captures of one target are one after the other, since a collection in the middle of a CPU
/// profile would show in it; targets run side by side.
pub fn record(
    system: &dyn System,
    cancel: &Cancellation,
    targets: Vec<Vec<Capture>>,
    options: &RecordOptions,
    on_end: &mut dyn FnMut(Captured),
) -> Result<(), Cancelled> {
    let (sender, ended) = mpsc::channel();
    std::thread::scope(|scope| {
        for captures in targets {
            let sender = sender.clone();
            scope.spawn(move || {
                for capture in captures {
                    if cancel.is_cancelled() {
                        return;
                    }
                    let result = fetch(system, cancel, &capture, options);
                    // Who cannot be reached once need not be asked eight times.
                    let unreachable = matches!(result, Err(RecordError::Http(_)));
                    if sender.send(Captured { capture, result }).is_err() || unreachable {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for captured in ended {
            on_end(captured);
        }
    });
    cancel.check()
}

fn fetch(
    system: &dyn System,
    cancel: &Cancellation,
    capture: &Capture,
    options: &RecordOptions,
) -> Result<u64, RecordError> {
    let seconds = if capture.endpoint.takes_seconds {
        options.seconds
    } else {
        0
    };
    let request = HttpRequest {
        url: capture.url.clone(),
        headers: options.headers.clone(),
        timeout: Some(options.timeout + Duration::from_secs(u64::from(seconds))),
        insecure: options.insecure,
        ..HttpRequest::default()
    };
    let content = download(system, cancel, &request)?;
    if capture.endpoint.is_profile {
        profile::decode(&content, &profile::Limits::default())
            .map_err(|error| RecordError::NotAProfile(error.to_string()))?;
    }
    write(system, &capture.file, &content)?;
    Ok(content.len() as u64)
}

/// A service's answer to a request for a profile.
pub(crate) fn download(
    system: &dyn System,
    cancel: &Cancellation,
    request: &HttpRequest,
) -> Result<Vec<u8>, RecordError> {
    let http = system.http().ok_or(RecordError::NoHttp)?;
    let response = http.send(request).map_err(RecordError::Http)?;
    let status = response.status;
    let text_error = response.header("x-go-pprof").is_some();
    let content = read_body(response, cancel)?;
    if status == 404 {
        return Err(RecordError::Missing);
    }
    if status != 200 || text_error {
        let message = String::from_utf8_lossy(&content[..content.len().min(500)])
            .trim()
            .to_owned();
        return Err(RecordError::Status { status, message });
    }
    Ok(content)
}

fn read_body(response: HttpResponse, cancel: &Cancellation) -> Result<Vec<u8>, RecordError> {
    use std::io::Read;
    let mut body = response.body;
    let mut content = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let n = body.read(&mut buffer).map_err(RecordError::Http)?;
        if n == 0 || cancel.is_cancelled() {
            return Ok(content);
        }
        content.extend_from_slice(&buffer[..n]);
        if content.len() as u64 > MAX_BODY {
            return Err(RecordError::TooLarge);
        }
    }
}

fn write(system: &dyn System, path: &Path, content: &[u8]) -> Result<(), RecordError> {
    let write = || {
        if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
            system.create_dir_all(folder)?;
        }
        system.write(path, content)
    };
    write().map_err(|source| RecordError::Write {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> RecordOptions {
        RecordOptions {
            seconds: 5,
            endpoints: default_endpoints(),
            timeout: Duration::from_secs(1),
            headers: Vec::new(),
            insecure: false,
            out_dir: PathBuf::from("out"),
        }
    }

    #[test]
    fn a_host_means_all_its_endpoints() {
        let captures = plan("localhost:6060", &options()).unwrap();
        let first: Vec<String> = (captures.iter().take(2))
            .map(|it| format!("{} {}", it.url, it.file.display()))
            .collect();
        assert_eq!(
            first,
            [
                "http://localhost:6060/debug/pprof/profile?seconds=5 out/localhost-6060.profile.pb.gz",
                "http://localhost:6060/debug/pprof/heap?gc=1 out/localhost-6060.heap.pb.gz",
            ]
        );
        assert_eq!(captures.len(), 8);
    }

    #[test]
    fn urls_are_taken_as_they_are_meant() {
        for (target, url) in [
            (
                "http://h/debug/pprof/heap",
                "http://h/debug/pprof/heap?gc=1",
            ),
            (
                "https://u:p@h/x/pprof/",
                "https://u:p@h/x/pprof/profile?seconds=5",
            ),
            (
                "http://h/debug/pprof/mutex?debug=1",
                "http://h/debug/pprof/mutex",
            ),
            ("h:1/admin/trace", "http://h:1/admin/trace?seconds=5"),
            (
                ":6060",
                "http://localhost:6060/debug/pprof/profile?seconds=5",
            ),
        ] {
            assert_eq!(plan(target, &options()).unwrap()[0].url, url);
        }
        for target in ["", "ftp://h", "http://", "a b"] {
            assert!(plan(target, &options()).is_err(), "{target}");
        }
    }
}
