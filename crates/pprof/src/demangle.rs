//! Names of C++ and Rust functions as people write them.

use objfile::demangle::{Level, function_name};
use profile::Profile;

/// Demangles the names that are as the linker knows them. With `force` all others start anew from
/// that, too. `mode` is empty, `templates`, `full` or `none`.
pub(crate) fn demangle(profile: &mut Profile, force: bool, mode: &str) {
    let level = match mode {
        "none" => Level::None,
        "templates" => Level::Templates,
        "full" => Level::Full,
        _ => Level::Simple,
    };
    for id in profile.functions.ids() {
        let function = &mut profile.functions[id];
        if force && !function.name.is_empty() && !function.system_name.is_empty() {
            function.name = function.system_name;
        }
        let is_done = !function.name.is_empty() && function.name != function.system_name;
        if is_done || level == Level::None {
            continue;
        }
        function.name = function.system_name;
        let demangled = {
            let system_name = profile.strings.text(function.system_name);
            let name = function_name(&system_name, level);
            (name != system_name).then(|| name.into_owned())
        };
        if let Some(name) = demangled {
            profile.functions[id].name = profile.strings.intern(name.as_bytes());
        }
    }
}
