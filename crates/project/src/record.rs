//! Capturing profiles of running services over HTTP, to files.

use std::path::{Path, PathBuf};
use std::sync::mpsc;

use base::{Cancellation, Cancelled, System, Url};

use crate::service::{self, Access, ENDPOINTS, Endpoint, ServiceError, Target};

/// The endpoints captured by default: everything but the execution trace, which is large.
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
    /// Its timeout is on top of `seconds`.
    pub access: Access,
    pub out_dir: PathBuf,
}

/// One file to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Capture {
    pub url: Url,
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
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error("the answer is not a profile: {0}")]
    NotAProfile(String),
    #[error("failed to write {}", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// The captures of one target.
pub fn plan(text: &str, options: &RecordOptions) -> Result<Vec<Capture>, RecordError> {
    let target = Target::parse(text)?;
    let endpoints = (target.endpoint).map_or_else(|| options.endpoints.clone(), |it| vec![it]);
    let stem: String = (target.base.host().chars())
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
        let ending = if endpoint.is_profile { "pb.gz" } else { "out" };
        Capture {
            url: target.url(endpoint.name, &query),
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
                    let unreachable =
                        matches!(result, Err(RecordError::Service(ServiceError::Http(_))));
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
    let access = options.access.for_seconds(seconds);
    let content = service::download(system, cancel, &access, &capture.url)?;
    if capture.endpoint.is_profile {
        profile::decode(&content, &profile::Limits::default())
            .map_err(|error| RecordError::NotAProfile(error.to_string()))?;
    }
    write(system, &capture.file, &content)?;
    Ok(content.len() as u64)
}

fn write(system: &dyn System, path: &Path, content: &[u8]) -> Result<(), RecordError> {
    let write = || {
        if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
            system.create_dir_all(folder)?;
        }
        system.write_private(path, content)
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
            access: Access::default(),
            out_dir: PathBuf::from("out"),
        }
    }

    #[test]
    fn a_host_means_all_its_endpoints() {
        let captures = plan("localhost:6060", &options()).unwrap();
        let first: Vec<String> = (captures.iter().take(2))
            .map(|it| format!("{} {}", it.url.revealed(), it.file.display()))
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
            assert_eq!(plan(target, &options()).unwrap()[0].url.revealed(), url);
        }
    }
}
