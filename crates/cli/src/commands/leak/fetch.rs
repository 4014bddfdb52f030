//! Where dumps come from: files, standard input, live services.

use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use base::System;
use base::system::{HttpRequest, HttpResponse};
use leak::Ownership;
use leak::dump::{self, Snapshot};

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
    /// Stacks with ids, where the service is small enough for that.
    pub(super) stacks: bool,
    /// Let the runtime look for leaks, where it can, in a service of at most so many goroutines.
    pub(super) max_proof: u64,
}

pub(super) fn is_url(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://")
}

/// The source without user and password.
pub(super) fn shown(source: &str) -> String {
    match (source.split_once("://"), source.find('@')) {
        (Some((scheme, rest)), Some(_)) if is_url(source) => {
            let host = rest.split_once('@').map_or(rest, |(_, host)| host);
            format!("{scheme}://{host}")
        }
        _ => source.to_owned(),
    }
}

/// Reads one source, whatever form it has.
pub(super) fn snapshot(
    source: &str,
    wanted: Wanted,
    fetch: &FetchArgs,
    system: &dyn System,
    ownership: Ownership,
) -> anyhow::Result<Snapshot> {
    if is_url(source) && !names_a_profile(source) {
        return live(source, wanted, fetch, system, ownership);
    }
    Ok(dump::read(&mut open(source, fetch, system)?, ownership)?)
}

pub(super) fn open(
    source: &str,
    fetch: &FetchArgs,
    system: &dyn System,
) -> anyhow::Result<Box<dyn Read + Send>> {
    if source == "-" {
        return Ok(system.stdin());
    }
    if is_url(source) {
        return body(get(source, fetch, system)?);
    }
    Ok(system.open(Path::new(source))?)
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

/// `http://host:6060` and `http://host:6060/debug/pprof/` both mean the service's profiles.
pub(super) fn profile_url(url: &str, profile: &str, debug: u8) -> String {
    let base = url
        .split(['?', '#'])
        .next()
        .unwrap_or(url)
        .trim_end_matches('/');
    let base = base.strip_suffix("/debug/pprof").unwrap_or(base);
    format!("{base}/debug/pprof/{profile}?debug={debug}")
}

/// Asks a service for what answers the question at the least cost for it.
pub(super) fn live(
    url: &str,
    wanted: Wanted,
    fetch: &FetchArgs,
    system: &dyn System,
    ownership: Ownership,
) -> anyhow::Result<Snapshot> {
    let get = |profile: &str, debug: u8| get(&profile_url(url, profile, debug), fetch, system);
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
    if wanted.stacks && counts.total <= MAX_STACK_DUMP {
        let response = match leaks(2)? {
            Some(response) => response,
            None => get("goroutine", 2)?,
        };
        return Ok(dump::read(&mut body(response)?, ownership)?);
    }
    if let Some(response) = leaks(0)? {
        let proven = dump::read(&mut body(response)?, ownership)?;
        return Ok(dump::with_proven(counts, proven));
    }
    Ok(counts)
}

pub(super) fn get(
    url: &str,
    fetch: &FetchArgs,
    system: &dyn System,
) -> anyhow::Result<HttpResponse> {
    let client = system.http().context("there is no network here")?;
    let mut headers = Vec::new();
    for header in &fetch.headers {
        let Some((name, value)) = header.split_once(':') else {
            bail!("`--header {header}` is not `Name: value`");
        };
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    let request = HttpRequest {
        url: url.to_owned(),
        headers,
        timeout: Some(Duration::from_secs(fetch.fetch_timeout)),
        tls_ca: fetch.tls_ca.clone(),
        tls_cert: fetch.tls_cert.clone(),
        tls_key: fetch.tls_key.clone(),
        ..HttpRequest::default()
    };
    Ok(client.send(&request)?)
}

/// The body of a good answer.
pub(super) fn body(response: HttpResponse) -> anyhow::Result<Box<dyn Read + Send>> {
    if response.status != 200 {
        let mut start = Vec::new();
        // The reason is a help, not the answer.
        io::copy(&mut response.body.take(200), &mut start).ok();
        let reason = String::from_utf8_lossy(&start);
        let reason = reason.lines().next().unwrap_or_default().trim();
        bail!(
            "the service answered {} {}: {reason}",
            response.status,
            response.status_text
        );
    }
    Ok(Box::new(response.body.take(MAX_BODY)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_and_its_profiles_are_told_apart() {
        let cases = [
            (
                "http://h:1",
                false,
                "http://h:1/debug/pprof/goroutine?debug=1",
            ),
            (
                "http://h:1/",
                false,
                "http://h:1/debug/pprof/goroutine?debug=1",
            ),
            (
                "http://h/x/debug/pprof/?a=b",
                false,
                "http://h/x/debug/pprof/goroutine?debug=1",
            ),
            ("http://h/debug/pprof/goroutineleak?debug=2", true, ""),
            ("http://h/dump?debug=2", true, ""),
        ];
        for (url, names, want) in cases {
            assert_eq!(names_a_profile(url), names, "{url}");
            if !names {
                assert_eq!(profile_url(url, "goroutine", 1), want);
            }
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(shown("http://me:secret@h:1/x"), "http://h:1/x");
        assert_eq!(shown("a@b.txt"), "a@b.txt");
    }
}
