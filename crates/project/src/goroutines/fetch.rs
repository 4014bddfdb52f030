//! Where goroutines come from: files, standard input, running services.

use std::io::{self, BufRead as _, Read};
use std::path::Path;

use base::system::{HttpBody, HttpResponse};
use base::{Cancellation, System, Url};
use leak::Ownership;
use leak::dump::{self, ReadError, Snapshot};

use super::{Ask, SourceError};
use crate::service::{self, Access, ServiceError, Target};

/// More than any dump; a service that sends more does not send a dump.
const MAX_BODY: u64 = 1 << 30;

/// What reads sources with.
#[derive(Clone, Copy)]
pub(super) struct Client<'a> {
    pub(super) system: &'a dyn System,
    pub(super) cancel: &'a Cancellation,
    pub(super) access: &'a Access,
}

/// The URL of a source that is a service or a dump behind a URL: `http://h:6060`, `h:6060`, `:6060` on this machine.
/// `None` for a file's name, also if the file is called like a service.
fn url_of(source: &str, system: &dyn System) -> Option<String> {
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

/// Whether a URL is that of one profile rather than that of a service.
fn names_a_profile(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let last = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    last.starts_with("goroutine") || url.contains("debug=")
}

impl Client<'_> {
    /// Reads one source, whatever form it has.
    pub(super) fn snapshot(
        &self,
        source: &str,
        ask: Ask,
        ownership: Ownership,
    ) -> Result<Snapshot, SourceError> {
        match url_of(source, self.system) {
            Some(url) if !names_a_profile(&url) => self.live(&Target::parse(&url)?, ask, ownership),
            _ => self.read(self.open(source)?, ownership),
        }
    }

    /// Opens a source; of a service, the stacks of all its goroutines.
    pub(super) fn open_stacks(&self, source: &str) -> Result<HttpBody, SourceError> {
        match url_of(source, self.system) {
            Some(url) if !names_a_profile(&url) => {
                self.body(self.get(&Target::parse(&url)?.url("goroutine", "debug=2"))?)
            }
            _ => self.open(source),
        }
    }

    fn open(&self, source: &str) -> Result<HttpBody, SourceError> {
        if source == "-" {
            return Ok(self.system.stdin());
        }
        if let Some(url) = url_of(source, self.system) {
            let bad = || ServiceError::BadTarget(service::without_credentials(source));
            return self.body(self.get(&Url::parse(&url).ok_or_else(bad)?)?);
        }
        Ok(self.system.open(Path::new(source))?)
    }

    /// Asks a service for what answers the question at the least cost for it.
    pub(super) fn live(
        &self,
        target: &Target,
        ask: Ask,
        ownership: Ownership,
    ) -> Result<Snapshot, SourceError> {
        let get =
            |profile: &str, debug: u8| self.get(&target.url(profile, &format!("debug={debug}")));
        let counts = self.read(self.body(get("goroutine", 0)?)?, ownership.clone())?;
        if ask.count_only {
            return Ok(counts);
        }
        let leaks = |debug: u8| -> Result<Option<HttpResponse>, SourceError> {
            if counts.total > ask.max_proof {
                return Ok(None);
            }
            // Absent before Go 1.27 and where the service routes its profiles by hand.
            let response = get("goroutineleak", debug)?;
            Ok((response.status == 200).then_some(response))
        };
        if counts.total <= ask.max_stacks {
            let response = match leaks(2)? {
                Some(response) => response,
                None => get("goroutine", 2)?,
            };
            let stacks = self.read(self.body(response)?, ownership)?;
            return Ok(Snapshot {
                build: counts.build,
                ..stacks
            });
        }
        if let Some(response) = leaks(0)? {
            let proven = self.read(self.body(response)?, ownership)?;
            return Ok(dump::with_proven(counts, proven));
        }
        Ok(counts)
    }

    /// Objects that the process has allocated since it started, from its heap profile; `None` if the profile does not
    /// contain the counter.
    pub(super) fn mallocs(&self, target: &Target) -> Option<u64> {
        let body = self.body(self.get(&target.url("heap", "debug=1")).ok()?);
        let mut lines = io::BufReader::new(body.ok()?);
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

    fn read(&self, mut input: HttpBody, ownership: Ownership) -> Result<Snapshot, SourceError> {
        match (dump::read(&mut input, ownership), self.access.timeout) {
            // Reading a dump passes on the errors of its source.
            (Err(ReadError::Io(error)), Some(timeout))
                if error.kind() == io::ErrorKind::TimedOut =>
            {
                Err(ServiceError::TimedOut(timeout).into())
            }
            (read, _) => Ok(read?),
        }
    }

    fn get(&self, url: &Url) -> Result<HttpResponse, SourceError> {
        Ok(service::ask(self.system, self.access, url)?)
    }

    /// The body of a good answer, which ends early when the work is cancelled.
    fn body(&self, response: HttpResponse) -> Result<HttpBody, SourceError> {
        let body = service::body(response)?.take(MAX_BODY);
        Ok(service::cancellable(Box::new(body), self.cancel))
    }
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
}
