//! Sources to one profile: read, made compatible, summed, the base subtracted.
//!
//! Source: google/pprof `internal/driver/fetch.go`, Go's `cmd/pprof/pprof.go`.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use base::system::HttpRequest;
use base::{System, Url, has_scheme};
use profile::{DecodeError, Limits, Mapping, MappingId, Profile, StrId};

use crate::command_line::Invocation;
use crate::comparison::{Comparison, Side};
use crate::decode_ahead::DecodedAhead;
use crate::error::Error;
use crate::go_regexp::GoRegexp;
use crate::locate::locate_binaries;
use crate::number::duration;
use crate::path;
use crate::symbolize::symbolize;
use crate::symbols::{ObjectFiles, io_reason};

/// The servers that profiles came from, by the build id or file of their mappings, with the
/// mapping's start there.
pub(crate) type MappingSources = BTreeMap<String, Vec<(String, u64)>>;

/// A profile with where it came from.
struct Fetched {
    profile: Profile,
    sources: MappingSources,
    is_remote: bool,
    /// Of Linux perf, which knows no names at all.
    is_perf: bool,
}

/// The profile of an invocation.
pub struct Loaded {
    pub profile: Profile,
    /// If it is compared with a base.
    pub comparison: Option<Comparison>,
}

impl From<Profile> for Loaded {
    /// A profile that is compared with nothing.
    fn from(profile: Profile) -> Self {
        Self {
            profile,
            comparison: None,
        }
    }
}

impl Loaded {
    /// A profile from its bytes, in any form that a file may have. Nothing is looked up elsewhere, so that what has no
    /// names keeps its addresses.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let limits = Limits::default();
        let mut profile = profile::decode_recognized(bytes, &limits, true)
            .map_err(|error| Error::Fetch(with_hint(&error, bytes)))?
            .profile;
        drop_uninteresting(&mut profile);
        Ok(Self::from(profile))
    }

    /// Captures of one service, one after the other, as one profile: CPU time and its samples are those of `like`
    /// captures, what is there at a moment or was counted since the start of the service is the mean of the captures.
    pub fn of_captures(captures: &[&Self], like: usize) -> Result<Self, Error> {
        let fail =
            |error: profile::MergeError| Error::Fetch(format!("cannot be put together: {error}"));
        let mut profiles: Vec<Profile> = captures.iter().map(|it| it.profile.clone()).collect();
        profile::make_compatible(&mut profiles).map_err(fail)?;
        let all: Vec<&Profile> = profiles.iter().collect();
        let mut merged = profile::merge(&all).map_err(fail)?;
        let n = captures.len().max(1) as f64;
        let ratio = |kind: &profile::ValueType| match &*merged.strings.text(kind.kind) {
            "cpu" | "samples" => like as f64 / n,
            _ => 1.0 / n,
        };
        let ratios: Vec<f64> = merged.sample_types.iter().map(ratio).collect();
        merged.scale_values(&ratios);
        Ok(Self::from(merged))
    }

    /// This profile compared with a base, as `-diff_base` has it. `normalize`: scaled to the base's total.
    pub fn against(&self, base: &Self, normalize: bool) -> Result<Self, Error> {
        if self.comparison.is_some() || base.comparison.is_some() {
            return Err(Error::Usage(
                "a difference of two profiles cannot be compared again: start goperf without a base".to_owned(),
            ));
        }
        let comparison = Comparison {
            old: Side::of(&base.profile),
            new: Side::of(&self.profile),
        };
        let (mut profile, mut subtrahend) = (self.profile.clone(), base.profile.clone());
        let fail =
            |error: profile::MergeError| Error::Fetch(format!("cannot be compared: {error}"));
        subtrahend.mark_diff_base();
        if normalize {
            profile.normalize(&subtrahend).map_err(fail)?;
        }
        subtrahend.scale(-1.0);
        let (profile, _) = combine(vec![profile, subtrahend], Vec::new()).map_err(fail)?;
        Ok(Self {
            profile,
            comparison: Some(comparison),
        })
    }
}

/// What was fetched of a list of sources.
struct Group {
    fetched: Option<Fetched>,
    n_fetched: usize,
}

/// Fetches, sums and symbolizes the sources of an invocation. Remarks go to `err`.
pub(crate) fn fetch(
    invocation: &Invocation,
    system: &dyn System,
    objects: &ObjectFiles,
    err: &mut dyn Write,
) -> Result<Loaded, Error> {
    let problem = |what: &str, error: &dyn std::fmt::Display, end: &str| {
        Error::Fetch(format!("problem fetching {what} profiles: {error}{end}"))
    };
    let mut ahead = decode_ahead(invocation, system);
    let (sources, bases) = (&invocation.sources, &invocation.bases);
    let weights = &invocation.weights;
    let source = fetch_group(
        sources, weights, &mut ahead, invocation, system, objects, err,
    );
    let base = fetch_group(bases, &[], &mut ahead, invocation, system, objects, err);
    let source = source.map_err(|error| problem("source", &error, ""))?;
    let base = base.map_err(|error| problem("base", &error, ","))?;
    let Some(own) = source.fetched else {
        return Err(Error::Fetch(
            "failed to fetch any source profiles".to_owned(),
        ));
    };
    if base.fetched.is_none() && !invocation.bases.is_empty() {
        return Err(Error::Fetch("failed to fetch any base profiles".to_owned()));
    }
    for (what, wanted, got) in [
        ("source", invocation.sources.len(), source.n_fetched),
        ("base", invocation.bases.len(), base.n_fetched),
    ] {
        if wanted != got {
            writeln!(err, "Fetched {got} {what} profiles out of {wanted}")?;
        }
    }
    let comparison = base.fetched.as_ref().map(|base| Comparison {
        old: Side::of(&base.profile),
        new: Side::of(&own.profile),
    });
    let mut result = if let Some(base) = base.fetched {
        subtract(own, base, invocation)?
    } else {
        warn_of_delta(&own.profile, err)?;
        own
    };
    let profile = &mut result.profile;
    if invocation.all_frames {
        profile.drop_frames = StrId::EMPTY;
        profile.keep_frames = StrId::EMPTY;
    }
    symbolize(
        &invocation.symbolize,
        result.is_perf,
        profile,
        &result.sources,
        system,
        objects,
        err,
    )?;
    drop_uninteresting(profile);
    forget_urls(profile);
    if !invocation.comment.is_empty() {
        let comment = profile.strings.intern(invocation.comment.as_bytes());
        profile.comments.push(comment);
    }
    if result.is_remote {
        save(profile, system, err)?;
    }
    Ok(Loaded {
        profile: result.profile,
        comparison,
    })
}

/// Drops the frames that the profile itself names as uninteresting. A pattern that does not compile drops nothing, as in
/// pprof.
fn drop_uninteresting(profile: &mut Profile) {
    profile
        .remove_uninteresting(&|pattern| {
            GoRegexp::new(pattern)
                .map(|it| Box::new(move |text: &[u8]| it.is_match_bytes(text)) as _)
        })
        .ok();
}

/// Warns about a heap profile with negative memory in use: it is the difference of two profiles, as
/// a server returns it for `?seconds=N`.
fn warn_of_delta(profile: &Profile, err: &mut dyn Write) -> std::io::Result<()> {
    let in_use = ["inuse_space", "inuse_objects"];
    let in_use: Vec<usize> = in_use
        .into_iter()
        .filter_map(|it| profile.sample_index(it))
        .collect();
    let is_negative = |it: profile::Sample<'_>| in_use.iter().any(|&at| it.values[at] < 0);
    if !in_use.is_empty() && profile.samples.iter().any(is_negative) {
        writeln!(
            err,
            "This is the difference of two heap profiles, as `?seconds=N` makes it: memory in use \
             is negative where more was freed than allocated; alloc_space is what was allocated \
             in between"
        )?;
    }
    Ok(())
}

fn subtract(own: Fetched, base: Fetched, invocation: &Invocation) -> Result<Fetched, Error> {
    let fail = |error: profile::MergeError| Error::Fetch(error.to_string());
    let (mut profile, mut subtrahend) = (own.profile, base.profile);
    if invocation.diff_base {
        subtrahend.mark_diff_base();
    }
    if invocation.config.normalize {
        profile.normalize(&subtrahend).map_err(fail)?;
    }
    subtrahend.scale(-1.0);
    let is_remote = own.is_remote || base.is_remote;
    let is_perf = own.is_perf || base.is_perf;
    let combined = combine(vec![profile, subtrahend], vec![own.sources, base.sources]);
    let (profile, sources) = combined.map_err(fail)?;
    Ok(Fetched {
        profile,
        sources,
        is_remote,
        is_perf,
    })
}

fn decode_ahead(invocation: &Invocation, system: &dyn System) -> DecodedAhead {
    if invocation.text_names {
        return DecodedAhead::default();
    }
    let sources = invocation.sources.iter().chain(&invocation.bases);
    let sources: Vec<&str> = sources.map(String::as_str).collect();
    DecodedAhead::of(&sources, limits(invocation), system)
}

fn limits(invocation: &Invocation) -> Limits {
    let mut limits = Limits::default();
    if invocation.max_size > 0 {
        limits.decompressed = invocation.max_size;
    }
    limits
}

fn fetch_group(
    sources: &[String],
    weights: &[f64],
    ahead: &mut DecodedAhead,
    invocation: &Invocation,
    system: &dyn System,
    objects: &ObjectFiles,
    err: &mut dyn Write,
) -> Result<Group, profile::MergeError> {
    let mut profiles = Vec::new();
    let mut mapping_sources = Vec::new();
    let (mut is_remote, mut is_perf) = (false, false);
    for (position, source) in sources.iter().enumerate() {
        let decoded = ahead.take(source);
        match fetch_one(source, decoded, invocation, system, objects, err) {
            Ok(mut fetched) => {
                if let Some(&weight) = weights.get(position) {
                    fetched.profile.scale(weight);
                }
                is_remote |= fetched.is_remote;
                is_perf |= fetched.is_perf;
                profiles.push(fetched.profile);
                mapping_sources.push(fetched.sources);
            }
            Err(error) => {
                // A server's own words may end their line.
                let error = error.strip_suffix('\n').unwrap_or(&error);
                match Url::of_source(source) {
                    // Without its credentials.
                    Some(url) if url.authority.contains('@') => {
                        writeln!(err, "{url}: {error}").ok();
                    }
                    _ => {
                        writeln!(err, "{source}: {error}").ok();
                    }
                }
            }
        }
    }
    let n_fetched = profiles.len();
    if n_fetched == 0 {
        return Ok(Group {
            fetched: None,
            n_fetched,
        });
    }
    let (profile, sources) = combine(profiles, mapping_sources)?;
    let fetched = Some(Fetched {
        profile,
        sources,
        is_remote,
        is_perf,
    });
    Ok(Group { fetched, n_fetched })
}

/// Sums profiles, after making them compatible.
fn combine(
    mut profiles: Vec<Profile>,
    sources: Vec<MappingSources>,
) -> Result<(Profile, MappingSources), profile::MergeError> {
    profile::make_compatible(&mut profiles)?;
    let mut all = MappingSources::new();
    for (key, places) in sources.into_iter().flatten() {
        all.entry(key).or_default().extend(places);
    }
    if profiles.len() == 1
        && let Some(single) = profiles.pop()
    {
        return Ok((single, all));
    }
    let merged = profile::merge(&profiles.iter().collect::<Vec<_>>())?;
    Ok((merged, all))
}

fn fetch_one(
    source: &str,
    decoded: Option<Profile>,
    invocation: &Invocation,
    system: &dyn System,
    objects: &ObjectFiles,
    err: &mut dyn Write,
) -> Result<Fetched, String> {
    if let Some(mut profile) = decoded {
        locate_binaries(&mut profile, invocation, system, objects, err);
        return Ok(Fetched {
            profile,
            sources: MappingSources::new(),
            is_remote: false,
            is_perf: false,
        });
    }
    let file = Path::new(source);
    let (bytes, url) = match system.metadata(file) {
        Ok(metadata) if metadata.is_dir => {
            return Err(format!("read {source}: is a directory"));
        }
        Ok(_) => {
            let bytes = system.read(file);
            let bytes = bytes.map_err(|error| format!("open {source}: {}", io_reason(&error)))?;
            (bytes, None)
        }
        Err(error) => match Url::of_source(source) {
            Some(url) => {
                let (bytes, url) = download(url, invocation, system, err)?;
                (bytes, Some(url))
            }
            None => return Err(format!("stat {source}: {}", io_reason(&error))),
        },
    };
    let (mut profile, skipped) =
        decode(&bytes, url.is_none(), invocation).map_err(|error| with_hint(&error, &bytes))?;
    if let Some(profile::SkippedLines { count, first }) = skipped {
        let what = if count == 1 {
            "line that is not a folded stack"
        } else {
            "lines that are not folded stacks"
        };
        writeln!(
            err,
            "{source}: left out {count} {what}, the first is line {first}"
        )
        .ok();
    }
    let is_perf = profile::is_perf_data(&bytes);
    drop(bytes);
    locate_binaries(&mut profile, invocation, system, objects, err);
    let sources = url
        .as_ref()
        .map(|url| mapping_sources(&mut profile, url))
        .unwrap_or_default();
    Ok(Fetched {
        profile,
        sources,
        is_remote: url.is_some(),
        is_perf,
    })
}

/// Decodes a profile. What pprof cannot read may be a goroutine dump, or, in a file, folded
/// stacks.
fn decode(
    bytes: &[u8],
    is_file: bool,
    invocation: &Invocation,
) -> Result<(Profile, Option<profile::SkippedLines>), DecodeError> {
    let limits = limits(invocation);
    let recognized = || {
        let recognized = profile::decode_recognized(bytes, &limits, is_file)?;
        Ok((recognized.profile, recognized.skipped))
    };
    if invocation.text_names {
        return recognized();
    }
    match profile::decode(bytes, &limits) {
        Ok(profile) => Ok((profile, None)),
        Err(error @ DecodeError::Parse(_)) => recognized().map_err(|other| match other {
            DecodeError::TooMuchMemory { .. } => other,
            _ => error,
        }),
        Err(error) => Err(error),
    }
}

/// The error with a hint about what the bytes are instead of a profile.
fn with_hint(error: &DecodeError, bytes: &[u8]) -> String {
    let hint = match error {
        DecodeError::Parse(_) => not_a_profile(bytes),
        DecodeError::TooLarge { .. } | DecodeError::TooMuchMemory { .. } => {
            Some("-max_size raises the limit")
        }
        _ => None,
    };
    match hint {
        Some(hint) => format!("{error}\nhint: {hint}"),
        None => error.to_string(),
    }
}

/// The description of a file that is often mistaken for a profile.
fn not_a_profile(bytes: &[u8]) -> Option<&'static str> {
    let text = bytes.trim_ascii_start();
    let starts = |prefix: &[u8]| {
        let start = &text[..prefix.len().min(text.len())];
        start.eq_ignore_ascii_case(prefix)
    };
    if starts(b"go 1.")
        && bytes
            .get(..16)
            .is_some_and(|it| it.ends_with(b"trace\0\0\0"))
    {
        Some("this is an execution trace; open it with `go tool trace`")
    } else if starts(b"<!doctype html") || starts(b"<html") {
        Some("this is an HTML page, perhaps that of a login or an error")
    } else if starts(b"mode: set\n") || starts(b"mode: count\n") || starts(b"mode: atomic\n") {
        Some("this is a coverage profile; open it with `go tool cover`")
    } else if starts(b"\x7fELF") {
        Some("this is a program; name it before the profile")
    } else if starts(b"{") || starts(b"[{") {
        Some("this is JSON, which is not a format of profiles that goperf reads")
    } else {
        None
    }
}

/// The bytes behind a URL, and the URL as it was asked for.
fn download(
    mut url: Url,
    invocation: &Invocation,
    system: &dyn System,
    err: &mut dyn Write,
) -> Result<(Vec<u8>, String), String> {
    if url.path.is_empty() || url.path == "/" {
        "/debug/pprof/profile".clone_into(&mut url.path);
    }
    let seconds = if invocation.seconds > 0 {
        url.set_parameter("seconds", Some(&invocation.seconds.to_string()));
        invocation.seconds
    } else {
        url.set_parameter("", None);
        url.parameter("seconds")
            .and_then(|it| it.parse().ok())
            .unwrap_or(0)
    };
    let timeout = match (invocation.timeout, seconds) {
        // Go adds five seconds to this one too, and then waits for the headers alone.
        (timeout, _) if timeout > 0 => timeout,
        (_, seconds) if seconds > 0 => seconds + seconds / 2 + 5,
        _ => 65,
    };
    writeln!(err, "Fetching profile over HTTP from {url}").ok();
    if invocation.seconds > 0 {
        let wait = duration(invocation.seconds.saturating_mul(1_000_000_000));
        writeln!(err, "Please wait... ({wait})").ok();
    }
    let insecure = url.scheme == "https+insecure";
    let mut asked = url.clone();
    if insecure {
        "https".clone_into(&mut asked.scheme);
    }
    let file = |name: &str| (!name.is_empty()).then(|| PathBuf::from(name));
    let [cert, key, ca] = &invocation.tls;
    let request = HttpRequest {
        url: asked,
        timeout: Some(Duration::from_secs(timeout.unsigned_abs())),
        tls_cert: file(cert),
        tls_key: file(key),
        tls_ca: file(ca),
        insecure,
        ..HttpRequest::default()
    };
    Ok((send(&request, system)?, url.revealed()))
}

/// The body of the answer to a request.
pub(crate) fn send(request: &HttpRequest, system: &dyn System) -> Result<Vec<u8>, String> {
    let client = system.http().ok_or("no network")?;
    let method = if request.method.is_empty() {
        "Get"
    } else {
        "Post"
    };
    let failed = |error: std::io::Error| {
        let url = &request.url;
        format!("{method} \"{url}\": {}", network_reason(&error, url))
    };
    let mut response = client.send(request).map_err(failed)?;
    let header = |name: &str| response.header(name).unwrap_or_default().to_owned();
    let (is_pprof, kind) = (header("x-go-pprof"), header("content-type"));
    let mut body = Vec::new();
    let read = response.body.read_to_end(&mut body);
    if response.status != 200 {
        let status = format!("{} {}", response.status, response.status_text);
        if !is_pprof.is_empty() && kind.contains("text/plain") {
            let body = String::from_utf8_lossy(&body);
            return Err(format!("server response: {status} - {body}"));
        }
        return Err(format!("server response: {status}"));
    }
    read.map_err(failed)?;
    Ok(body)
}

/// The reason of a failed request, in the words of Go's HTTP client.
fn network_reason(error: &std::io::Error, url: &Url) -> String {
    use std::io::ErrorKind;
    let host = url.host();
    let text = error.to_string();
    match error.kind() {
        ErrorKind::ConnectionRefused => format!("dial tcp {host}: connect: connection refused"),
        ErrorKind::TimedOut => "net/http: timeout awaiting response headers".to_owned(),
        _ if text.contains("failed to lookup") || text.contains("host not found") => {
            let name = host.rsplit_once(':').map_or(host, |it| it.0);
            format!("dial tcp: lookup {name}: no such host")
        }
        _ => text,
    }
}

/// Notes the server of each mapping; mappings without a name get the URL as their file.
fn mapping_sources(profile: &mut Profile, url: &str) -> MappingSources {
    let mut sources = MappingSources::new();
    for id in profile.mappings.ids() {
        let mapping = profile.mappings[id];
        let key = if mapping.build_id.is_empty() {
            mapping.file
        } else {
            mapping.build_id
        };
        let key = if key.is_empty() {
            profile.mappings[id].file = profile.strings.intern(url.as_bytes());
            url.to_owned()
        } else {
            profile.strings.text(key).into_owned()
        };
        sources
            .entry(key)
            .or_default()
            .push((url.to_owned(), mapping.start));
    }
    sources
}

/// Takes the URLs out again that [`mapping_sources`] put in.
fn forget_urls(profile: &mut Profile) {
    for id in profile.mappings.ids() {
        let Mapping { build_id, file, .. } = profile.mappings[id];
        if build_id.is_empty() && has_scheme(&profile.strings.text(file)) {
            profile.mappings[id].file = StrId::EMPTY;
        }
    }
}

/// Keeps a fetched profile in the user's folder.
fn save(profile: &Profile, system: &dyn System, err: &mut dyn Write) -> Result<(), Error> {
    let text = |id: StrId| profile.strings.text(id).into_owned();
    let mut prefix = "pprof.".to_owned();
    if let Some(main) = profile
        .mappings
        .get(<MappingId as base::Idx>::from_index(0))
        && !main.file.is_empty()
    {
        prefix.push_str(path::base(&text(main.file)));
        prefix.push('.');
    }
    for sample_type in &profile.sample_types {
        prefix.push_str(&text(sample_type.kind));
        prefix.push('.');
    }
    let folder = profile_folder(system, err)?;
    let written = free_name(system, &folder, &prefix, ".pb.gz").and_then(|file| {
        system
            .write_private(&file, &profile::encode_gzip(profile))
            .map(|()| file)
    });
    match written {
        Ok(file) => writeln!(err, "Saved profile in {}", file.display())?,
        Err(error) => writeln!(err, "Could not save profile: {error}")?,
    }
    Ok(())
}

/// The folder for fetched profiles: the first that can be made.
fn profile_folder(system: &dyn System, err: &mut dyn Write) -> Result<PathBuf, Error> {
    let home = system
        .env_var("HOME")
        .or_else(|| system.env_var("USERPROFILE"));
    let folders = [
        system.env_var("PPROF_TMPDIR").map(PathBuf::from),
        home.map(|home| Path::new(&home).join("pprof")),
        Some(temp_folder(system)),
    ];
    for folder in folders.into_iter().flatten() {
        match system.create_dir_all(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) => {
                let (folder, reason) = (folder.display(), io_reason(&error));
                writeln!(
                    err,
                    "Could not use temp dir {folder}: mkdir {folder}: {reason}"
                )?;
            }
        }
    }
    Err(Error::Fetch("failed to identify temp dir".to_owned()))
}

pub(crate) fn temp_folder(system: &dyn System) -> PathBuf {
    PathBuf::from(
        system
            .env_var("TMPDIR")
            .unwrap_or_else(|| "/tmp".to_owned()),
    )
}

/// The first of `PREFIXnnnSUFFIX`, from 001, that is not there yet.
pub(crate) fn free_name(
    system: &dyn System,
    folder: &Path,
    prefix: &str,
    suffix: &str,
) -> std::io::Result<PathBuf> {
    let names = (1..10_000).map(|number| folder.join(format!("{prefix}{number:03}{suffix}")));
    let mut free = names.filter(|name| system.metadata(name).is_err());
    free.next().ok_or_else(|| {
        std::io::Error::other(format!(
            "could not create file of the form {prefix}001{suffix}"
        ))
    })
}
