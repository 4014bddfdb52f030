//! Lookup of the binaries of a profile's mappings.

use std::io::Write;
use std::path::Path;

use base::{Idx, System};
use profile::{Mapping, MappingId, Profile};

use crate::command_line::Invocation;
use crate::path;
use crate::symbols::ObjectFiles;

/// Points mappings to local binaries, makes one if there is none, and applies what the user says
/// about the main one.
pub(crate) fn locate_binaries(
    profile: &mut Profile,
    invocation: &Invocation,
    system: &dyn System,
    objects: &ObjectFiles,
    err: &mut dyn Write,
) {
    let search_path = system.env_var("PPROF_BINARY_PATH").unwrap_or_else(|| {
        let home = system
            .env_var("HOME")
            .or_else(|| system.env_var("USERPROFILE"));
        path::join(&[&home.unwrap_or_default(), "pprof", "binaries"])
    });
    for id in profile.mappings.ids() {
        if let Some(found) = find_binary(profile, id, &search_path, system, objects, err) {
            profile.mappings[id].file = profile.strings.intern(found.as_bytes());
        }
    }
    if profile.mappings.is_empty() {
        let made = profile.add_mapping(Mapping::default());
        for id in profile.locations.ids() {
            profile.locations[id].mapping = Some(made);
        }
    }
    let main = MappingId::from_index(0);
    if !invocation.exec_name.is_empty() {
        profile.mappings[main].file = profile.strings.intern(invocation.exec_name.as_bytes());
    }
    if !invocation.build_id.is_empty() && profile.mappings[main].build_id.is_empty() {
        profile.mappings[main].build_id = profile.strings.intern(invocation.build_id.as_bytes());
    }
}

fn find_binary(
    profile: &Profile,
    id: MappingId,
    search_path: &str,
    system: &dyn System,
    objects: &ObjectFiles,
    err: &mut dyn Write,
) -> Option<String> {
    let mapping = &profile.mappings[id];
    let file = profile.strings.text(mapping.file);
    let build_id = profile.strings.text(mapping.build_id);
    for folder in path::split_list(search_path) {
        for name in candidates(folder, &file, &build_id, system) {
            let Ok(binary) = objects.open(system, &name) else {
                continue;
            };
            let found = binary.gnu_build_id().unwrap_or_default();
            if build_id.is_empty() || build_id == found {
                return Some(name);
            }
            let message = format!("build-id mismatch ({build_id} != {found})");
            writeln!(err, "Ignoring local file {name}: {message}").ok();
        }
    }
    None
}

/// Where below a folder the binary may be, best first.
fn candidates(folder: &str, file: &str, build_id: &str, system: &dyn System) -> Vec<String> {
    let base = if file.is_empty() {
        ""
    } else {
        path::base(file)
    };
    let dir = if file.is_empty() {
        String::new()
    } else {
        path::dir(file)
    };
    let mut names = Vec::new();
    if !build_id.is_empty() {
        names.push(path::join(&[folder, build_id, base]));
        let by_id = path::join(&[folder, build_id]);
        for entry in system.read_dir(Path::new(&by_id)).unwrap_or_default() {
            names.push(entry.to_string_lossy().into_owned());
        }
        names.push(path::join(&[folder, file, build_id]));
        if let (Some(first), Some(rest)) = (build_id.get(..2), build_id.get(2..)) {
            names.push(path::join(&[folder, first, &format!("{rest}.debug")]));
        }
    }
    if !file.is_empty() {
        let debug = format!("{base}.debug");
        names.push(path::join(&[folder, base]));
        names.push(path::join(&[folder, file]));
        names.push(path::join(&[folder, &format!("{file}.debug")]));
        names.push(path::join(&[folder, &dir, ".debug", &debug]));
        names.push(path::join(&[folder, "usr", "lib", "debug", &dir, &debug]));
    }
    names
}
