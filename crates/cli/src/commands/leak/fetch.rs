//! Where dumps come from: files, standard input, live services.

use std::io::{self, BufRead as _, Read};
use std::path::Path;

use anyhow::Context as _;
use base::system::HttpResponse;
use base::{System, Url};
use leak::Ownership;
use leak::dump::{self, Snapshot};
use project::service::{self, ServiceError, Target};

use crate::args::leak::FetchArgs;

/// Above this many goroutines a service stalls for a debug=2 dump: 10 000 cost it some 100 ms.
pub(super) const MAX_STACK_DUMP: u64 = 10_000;
/// More than any dump; a service that sends more does not send a dump.
const MAX_BODY: u64 = 1 << 30;

/// What is asked of a service whose URL names no profile.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    /// States and counts are enough.
    pub(super) count_only: bool,
    /// Ask a service of at most so many goroutines for stacks with ids.
    pub(super) max_stacks: u64,
    /// Let the runtime look for leaks, where it can, in a service of at most so many goroutines.
    pub(super) max_proof: u64,
}

/// The URL of a source that is a service or a dump behind a URL: `http://h:6060`, `h:6060`,
/// `:6060` on this machine. `None` for a file's name, also if the file is called like a service.
pub(super) fn url_of(source: &str, system: &dyn System) -> Option<String> {
    if source.starts_with("http://") || source.starts_with("https://") {
        return Some(source.to_owned());
    }
    let authority = source.split(['/', '?']).next().unwrap_or(source);
    let (host, port) = authority.rsplit_once(':')?;
    let is_port = !port.is_empty() && port.parse::<u16>().is_ok();
    let is_host = !host.contains(char::is_whitespace);
    if !is_port || !is_host || system.metadata(Path::new(source)).is_ok() {
        return None;
    }
    let here = if host.is_empty() { "localhost" } else { "" };
    Some(format!("http://{here}{source}"))
}

/// The source without credentials.
pub(super) fn shown(source: &str) -> String {
    service::without_credentials(source)
}

/// Reads one source, whatever form it has.
pub(super) fn snapshot(
    source: &str,
    wanted: Wanted,
    fetch: &FetchArgs,
    system: &dyn System,
    ownership: Ownership,
) -> anyhow::Result<Snapshot> {
    let Some(url) = url_of(source, system) else {
        return Ok(dump::read(&mut open(source, fetch, system)?, ownership)?);
    };
    let snapshot = if names_a_profile(&url) {
        open(source, fetch, system).and_then(|mut body| Ok(dump::read(&mut body, ownership)?))
    } else {
        live(&url, wanted, fetch, system, ownership)
    };
    snapshot.map_err(|error| in_words(error, fetch))
}

pub(super) fn open(
    source: &str,
    fetch: &FetchArgs,
    system: &dyn System,
) -> anyhow::Result<Box<dyn Read + Send>> {
    if source == "-" {
        return Ok(system.stdin());
    }
    if let Some(url) = url_of(source, system) {
        let url = Url::parse(&url).with_context(|| ServiceError::BadTarget(shown(source)))?;
        return body(get(&url, fetch, system)?);
    }
    Ok(system.open(Path::new(source))?)
}

/// An answer that stopped halfway because its time was over is told so.
pub(super) fn in_words(error: anyhow::Error, fetch: &FetchArgs) -> anyhow::Error {
    let is_late = |cause: &(dyn std::error::Error + 'static)| {
        (cause.downcast_ref::<io::Error>())
            .is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
    };
    // Reading a dump passes on the errors of its source.
    let is_late_dump = |cause: &(dyn std::error::Error + 'static)| matches!(cause.downcast_ref(), Some(dump::ReadError::Io(error)) if is_late(error));
    if error.chain().any(|it| is_late(it) || is_late_dump(it)) {
        return ServiceError::TimedOut(fetch.timeout).into();
    }
    error
}

/// As [`open`]; of a service, the stacks of all its goroutines.
pub(super) fn open_stacks(
    source: &str,
    fetch: &FetchArgs,
    system: &dyn System,
) -> anyhow::Result<Box<dyn Read + Send>> {
    match url_of(source, system) {
        Some(url) if !names_a_profile(&url) => {
            let target = Target::parse(&url)?;
            body(get(&target.url("goroutine", "debug=2"), fetch, system)?)
        }
        _ => open(source, fetch, system),
    }
}

fn names_a_profile(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let last = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    last.starts_with("goroutine") || url.contains("debug=")
}

/// Asks a service for what answers the question at the least cost for it.
pub(super) fn live(
    url: &str,
    wanted: Wanted,
    fetch: &FetchArgs,
    system: &dyn System,
    ownership: Ownership,
) -> anyhow::Result<Snapshot> {
    let target = Target::parse(url)?;
    let get = |profile: &str, debug: u8| {
        let url = target.url(profile, &format!("debug={debug}"));
        get(&url, fetch, system)
    };
    let counts = dump::read(&mut body(get("goroutine", 0)?)?, ownership.clone())?;
    if wanted.count_only {
        return Ok(counts);
    }
    let leaks = |debug: u8| -> anyhow::Result<Option<HttpResponse>> {
        if counts.total > wanted.max_proof {
            return Ok(None);
        }
        // Absent before Go 1.27 and where the service routes its profiles by hand.
        let response = get("goroutineleak", debug)?;
        Ok((response.status == 200).then_some(response))
    };
    if counts.total <= wanted.max_stacks {
        let response = match leaks(2)? {
            Some(response) => response,
            None => get("goroutine", 2)?,
        };
        let stacks = dump::read(&mut body(response)?, ownership)?;
        return Ok(Snapshot {
            build: counts.build,
            ..stacks
        });
    }
    if let Some(response) = leaks(0)? {
        let proven = dump::read(&mut body(response)?, ownership)?;
        return Ok(dump::with_proven(counts, proven));
    }
    Ok(counts)
}

/// Objects that the process has allocated since it started, from its heap profile; `None` if it
/// does not say.
pub(super) fn mallocs(url: &str, fetch: &FetchArgs, system: &dyn System) -> Option<u64> {
    let url = Target::parse(url).ok()?.url("heap", "debug=1");
    let mut lines = io::BufReader::new(body(get(&url, fetch, system).ok()?).ok()?);
    let mut line = Vec::new();
    loop {
        line.clear();
        // A line that is longer is none of the counters.
        let n = (&mut lines)
            .take(1 << 16)
            .read_until(b'\n', &mut line)
            .ok()?;
        if n == 0 {
            return None;
        }
        if let Some(count) = line.strip_prefix(b"# Mallocs = ") {
            return std::str::from_utf8(count).ok()?.trim().parse().ok();
        }
    }
}

fn get(url: &Url, fetch: &FetchArgs, system: &dyn System) -> anyhow::Result<HttpResponse> {
    let access = fetch.service.access(fetch.timeout);
    Ok(service::ask(system, &access, url)?)
}

/// The body of a good answer.
fn body(response: HttpResponse) -> anyhow::Result<Box<dyn Read + Send>> {
    Ok(Box::new(service::body(response)?.take(MAX_BODY)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::testing::MemorySystem;

    #[test]
    fn services_profiles_and_files_are_told_apart() {
        let system = MemorySystem::default().with_file("taken:80", "goroutine 1 [running]:");
        let cases = [
            ("http://h:1", Some("http://h:1"), false),
            ("h:6060", Some("http://h:6060"), false),
            (":6060", Some("http://localhost:6060"), false),
            ("[::1]:6060/x/", Some("http://[::1]:6060/x/"), false),
            (
                "h:1/debug/pprof/goroutineleak",
                Some("http://h:1/debug/pprof/goroutineleak"),
                true,
            ),
            ("http://h/dump?debug=2", Some("http://h/dump?debug=2"), true),
            ("taken:80", None, false),
            ("dump.txt", None, false),
            ("C:/dump.txt", None, false),
            ("-", None, false),
        ];
        for (source, want, names) in cases {
            let url = url_of(source, &system);
            assert_eq!(url.as_deref(), want, "{source}");
            let named = url.is_some_and(|url| names_a_profile(&url));
            assert_eq!(named, names, "{source}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(shown("http://me:secret@h:1/x"), "http://h:1/x");
        assert_eq!(shown("http://h:1/x@y"), "http://h:1/x@y");
        assert_eq!(shown("a@b.txt"), "a@b.txt");
    }
}
