//! Names for addresses without: from local binaries, or from the server the profile is from.
//!
//! Source: google/pprof `internal/symbolizer/symbolizer.go`, `internal/symbolz/symbolz.go`.

use std::collections::BTreeMap;
use std::io::Write;
use std::rc::Rc;

use base::system::HttpRequest;
use base::{List, System, Url, has_scheme};
use objfile::{Binary, Detail};
use profile::{FunctionId, Line, LocationId, MappingId, Profile};

use crate::error::Error;
use crate::fetch::{MappingSources, send};
use crate::path;
use crate::symbols::ObjectFiles;

/// What `-symbolize` asks for.
struct Mode {
    local: bool,
    remote: bool,
    force: bool,
    /// Of local binaries.
    detail: Detail,
    demangle: String,
}

impl Mode {
    /// `None`: nothing at all. What is not understood is said and skipped.
    fn parse(text: &str, err: &mut dyn Write) -> Option<Self> {
        let mut mode = Self {
            local: true,
            remote: true,
            force: false,
            detail: Detail::GoTool,
            demangle: String::new(),
        };
        for option in text.to_lowercase().split(':') {
            match option {
                "" => {}
                "none" | "no" => return None,
                "local" | "fastlocal" => (mode.remote, mode.local) = (false, true),
                "remote" => (mode.remote, mode.local) = (true, false),
                "force" => mode.force = true,
                // Ours alone: calls put into their callers are frames of their own.
                "inlines" => mode.detail = Detail::Full,
                option => match option.strip_prefix("demangle=").unwrap_or(option) {
                    how @ ("full" | "none" | "templates") => {
                        how.clone_into(&mut mode.demangle);
                        mode.force = true;
                    }
                    "default" => {}
                    _ => {
                        writeln!(err, "ignoring unrecognized symbolization option: {text}").ok();
                        writeln!(
                            err,
                            "expecting -symbolize=[local|fastlocal|remote|none][:force]\
                             [:demangle=[none|full|templates|default]"
                        )
                        .ok();
                    }
                },
            }
        }
        Some(mode)
    }
}

/// Finds names as `text` asks for, and demangles what needs it. `is_perf`: the profile never had
/// any, so inlined calls are told apart without being asked for.
pub(crate) fn symbolize(
    text: &str,
    is_perf: bool,
    profile: &mut Profile,
    sources: &MappingSources,
    system: &dyn System,
    objects: &ObjectFiles,
    err: &mut dyn Write,
) -> Result<(), Error> {
    let Some(mode) = Mode::parse(text, err) else {
        return Ok(());
    };
    if mode.local {
        let detail = if is_perf { Detail::Full } else { mode.detail };
        symbolize_locally(profile, mode.force, detail, system, objects, err);
    }
    if mode.remote {
        symbolize_remotely(profile, mode.force, sources, system).map_err(Error::Fetch)?;
    }
    crate::demangle::demangle(profile, mode.force, &mode.demangle);
    Ok(())
}

fn symbolize_locally(
    profile: &mut Profile,
    force: bool,
    detail: Detail,
    system: &dyn System,
    objects: &ObjectFiles,
    err: &mut dyn Write,
) {
    let mut of_mapping: Vec<Vec<LocationId>> = vec![Vec::new(); profile.mappings.len()];
    for (id, location) in profile.locations.iter_enumerated() {
        if let Some(mapping) = location.mapping {
            of_mapping[base::Idx::index(mapping)].push(id);
        }
    }
    let mut functions = BTreeMap::new();
    let mut is_missing = false;
    for (index, id) in profile.mappings.ids().enumerate() {
        let mapping = profile.mappings[id];
        let has_symbols =
            mapping.has_functions || mapping.has_filenames || mapping.has_line_numbers;
        if of_mapping[index].is_empty() || (has_symbols && !force) {
            continue;
        }
        let file = profile.strings.text(mapping.file).into_owned();
        if file.is_empty() {
            if index == 0 {
                writeln!(err, "Main binary filename not available.").ok();
            } else {
                is_missing = true;
            }
            continue;
        }
        let build_id = profile.strings.text(mapping.build_id).into_owned();
        let is_url = build_id.is_empty() && has_scheme(&file) && file.starts_with("http");
        if is_unsymbolizable(&file) || is_url {
            continue;
        }
        let mut name = path::base(&file).to_owned();
        if !build_id.is_empty() {
            name = format!("{name} (build ID {build_id})");
        }
        match open(objects, system, &file, &build_id) {
            Ok(binary) => {
                let detail = match binary.pclntab() {
                    Some(_) => detail,
                    // Of other languages `go tool pprof` finds next to nothing.
                    None => Detail::Full,
                };
                let locations = &of_mapping[index];
                symbolize_mapping(profile, id, locations, &binary, detail, &mut functions);
            }
            Err(reason) => {
                writeln!(err, "Local symbolization failed for {name}: {reason}").ok();
                is_missing = true;
            }
        }
    }
    if is_missing {
        writeln!(
            err,
            "Some binary filenames not available. Symbolization may be incomplete.\n\
             Try setting PPROF_BINARY_PATH to the search path for local binaries."
        )
        .ok();
    }
}

/// The binary. If it is not Go's it must be the one that ran; where it was stripped, what was taken
/// from it stands in, if that is where distributions install it.
fn open(
    objects: &ObjectFiles,
    system: &dyn System,
    file: &str,
    build_id: &str,
) -> Result<Rc<Binary>, String> {
    let binary = objects.open(system, file)?;
    if binary.pclntab().is_some() {
        return Ok(binary);
    }
    let found = binary.gnu_build_id().unwrap_or_default();
    if !build_id.is_empty() && !found.is_empty() && build_id != found {
        return Err("build ID mismatch".to_owned());
    }
    if binary.symbols().is_empty()
        && let (Some(first), Some(rest)) = (found.get(..2), found.get(2..))
    {
        let debug = format!("/usr/lib/debug/.build-id/{first}/{rest}.debug");
        return Ok(objects.open(system, &debug).unwrap_or(binary));
    }
    Ok(binary)
}

/// Whether a mapping's file cannot be one.
fn is_unsymbolizable(file: &str) -> bool {
    let name = path::base(file);
    name.starts_with('[')
        || name.starts_with("linux-vdso")
        || file.starts_with("/dev/dri/")
        || file.starts_with("/memfd:")
        || file == "//anon"
}

fn symbolize_mapping(
    profile: &mut Profile,
    mapping: MappingId,
    locations: &[LocationId],
    binary: &Binary,
    detail: Detail,
    functions: &mut BTreeMap<(String, String, i64), FunctionId>,
) {
    let base = binary.go_tool_base(profile.mappings[mapping].start);
    for &id in locations {
        let address = profile.locations[id].address.wrapping_sub(base);
        let frames = binary.frames(address, detail);
        if frames.is_empty() {
            continue;
        }
        let mut lines = Vec::with_capacity(frames.len());
        for frame in frames {
            let flags = &mut profile.mappings[mapping];
            flags.has_functions |= !frame.function.is_empty();
            flags.has_filenames |= !frame.file.is_empty();
            flags.has_line_numbers |= frame.line != 0;
            flags.has_inline_frames = true;
            let key = (
                frame.function.clone().into_owned(),
                frame.file.clone().into_owned(),
                frame.start_line,
            );
            let function = *functions.entry(key).or_insert_with(|| {
                let name = profile.strings.intern(frame.function.as_bytes());
                let file = profile.strings.intern(frame.file.as_bytes());
                profile.add_function(name, file, frame.start_line)
            });
            lines.push(Line {
                function,
                line: frame.line,
                column: frame.column,
            });
        }
        set_lines(profile, id, &lines);
        profile.locations[id].is_folded = false;
    }
}

fn set_lines(profile: &mut Profile, location: LocationId, lines: &[Line]) {
    let start = profile.lines.len();
    profile.lines.extend_from_slice(lines);
    profile.locations[location].lines = List::between(start, profile.lines.len());
}

fn symbolize_remotely(
    profile: &mut Profile,
    force: bool,
    sources: &MappingSources,
    system: &dyn System,
) -> Result<(), String> {
    for id in profile.mappings.ids() {
        let mapping = profile.mappings[id];
        if mapping.has_functions && !force {
            continue;
        }
        let places = |key| {
            sources
                .get(&*profile.strings.text(key))
                .into_iter()
                .flatten()
        };
        let by_id = if mapping.build_id.is_empty() {
            None
        } else {
            Some(mapping.build_id)
        };
        let mut places = places(mapping.file).chain(by_id.into_iter().flat_map(places));
        let place = places.find_map(|(url, start)| Some((symbol_url(url)?, *start)));
        if let Some((url, start)) = place {
            let offset = start.wrapping_sub(mapping.start);
            ask_for_names(profile, id, &url, offset, system)?;
            profile.mappings[id].has_functions = true;
        }
    }
    Ok(())
}

/// The address of the symbol service beside a profile's.
fn symbol_url(source: &str) -> Option<Url> {
    const GPERFTOOLS: [&str; 5] = [
        "/pprof/heap",
        "/pprof/growth",
        "/pprof/profile",
        "/pprof/pmuprofile",
        "/pprof/contention",
    ];
    let mut url = Url::parse(source).filter(|it| !it.authority.is_empty())?;
    let is_pprof = url.path.contains("/debug/pprof/")
        || GPERFTOOLS.iter().any(|suffix| url.path.ends_with(suffix));
    let service = if is_pprof { "symbol" } else { "symbolz" };
    url.path = path::clean(&format!("{}/../{service}", url.path));
    url.query.clear();
    Some(url)
}

/// Asks a server for the names of a mapping's addresses.
fn ask_for_names(
    profile: &mut Profile,
    mapping: MappingId,
    url: &Url,
    offset: u64,
    system: &dyn System,
) -> Result<(), String> {
    let unnamed = |id: &LocationId| {
        let location = &profile.locations[*id];
        location.mapping == Some(mapping) && location.address != 0 && location.lines.is_empty()
    };
    let ids: Vec<LocationId> = profile.locations.ids().filter(unnamed).collect();
    let address =
        |id: &LocationId| format!("{:#x}", profile.locations[*id].address.wrapping_add(offset));
    let addresses: Vec<String> = ids.iter().map(address).collect();
    if addresses.is_empty() {
        return Ok(());
    }
    let insecure = url.scheme == "https+insecure";
    let mut url = url.clone();
    if insecure {
        "https".clone_into(&mut url.scheme);
    }
    let question = addresses.join("+");
    let post = HttpRequest {
        method: "POST".to_owned(),
        headers: vec![(
            "Content-Type".to_owned(),
            "application/octet-stream".to_owned(),
        )],
        body: question.clone().into_bytes(),
        url: url.clone(),
        insecure,
        ..HttpRequest::default()
    };
    // Go's own server takes a GET only, since 1.22.
    let answer = send(&post, system).or_else(|error| {
        let get = HttpRequest {
            url: Url {
                query: question,
                ..url
            },
            insecure,
            ..HttpRequest::default()
        };
        send(&get, system).map_err(|_| format!("http post {}: {error}", post.url))
    })?;
    let mut names: BTreeMap<u64, String> = BTreeMap::new();
    for line in String::from_utf8_lossy(&answer).lines() {
        let Some((address, name)) = line.trim().split_once(char::is_whitespace) else {
            continue;
        };
        let address = address.strip_prefix("0x");
        if let Some(address) = address.and_then(|it| u64::from_str_radix(it, 16).ok()) {
            names.insert(address.wrapping_sub(offset), name.trim_start().to_owned());
        }
    }
    let mut functions: BTreeMap<&str, FunctionId> = BTreeMap::new();
    for id in profile.locations.ids() {
        let location = profile.locations[id];
        if location.mapping != Some(mapping) {
            continue;
        }
        if let Some(name) = names.get(&location.address) {
            let function = *functions.entry(name).or_insert_with(|| {
                let name = profile.strings.intern(name.as_bytes());
                profile.add_function(name, profile::StrId::EMPTY, 0)
            });
            set_lines(
                profile,
                id,
                &[Line {
                    function,
                    line: 0,
                    column: 0,
                }],
            );
        }
    }
    Ok(())
}
