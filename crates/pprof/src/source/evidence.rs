//! Evidence that a file is the one that a profile was taken of.

use std::collections::BTreeMap;
use std::path::Path;

use profile::Profile;

use crate::path;
use crate::report::Machine;
use crate::settings::Settings;

/// The start lines of a profile's functions by file, and the version of Go if one of its binaries is
/// available.
#[derive(Default)]
pub(super) struct Evidence {
    /// Names and start lines by path, as recorded and as reports show it.
    functions: BTreeMap<String, Vec<(String, i64)>>,
    /// `go1.27.3`.
    pub(super) go_version: Option<String>,
}

impl Evidence {
    pub(super) fn new(profile: &Profile, settings: &Settings, machine: Machine<'_>) -> Self {
        let mut functions: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
        for id in profile.functions.ids() {
            let function = &profile.functions[id];
            if function.start_line <= 0 || function.filename.is_empty() {
                continue;
            }
            let recorded = profile.strings.text(function.filename);
            let trimmed = path::trim(&recorded, &settings.trim_path, &settings.source_path);
            let known = (
                profile.strings.text(function.name).into_owned(),
                function.start_line,
            );
            let shown = path::clean(trimmed);
            if shown != recorded {
                functions.entry(shown).or_default().push(known.clone());
            }
            functions
                .entry(recorded.into_owned())
                .or_default()
                .push(known);
        }
        let mappings = profile.mappings.iter();
        let mut files = mappings.filter(|it| !it.file.is_empty());
        let go_version = files.find_map(|it| {
            let file = profile.strings.text(it.file);
            let binary = machine.objects.open(machine.system, &file).ok()?;
            Some(binary.build_info()?.go_version)
        });
        Self {
            functions,
            // Experiments may follow.
            go_version: go_version.and_then(|it| it.split(' ').next().map(str::to_owned)),
        }
    }

    /// Whether the functions that the profile has at a path begin in this content where they
    /// should: one by its name, and none on a line that declares nothing.
    pub(super) fn fits(&self, path: &str, content: &[u8]) -> bool {
        let Some(functions) = self.functions.get(path) else {
            return false;
        };
        let lines: Vec<&[u8]> = content.split(|&byte| byte == b'\n').collect();
        let is_assembly = Path::new(path).extension().is_some_and(|it| it == "s");
        let mut any = false;
        for (name, start_line) in functions {
            let Some(declared) = declared_name(name) else {
                continue;
            };
            let line = usize::try_from(*start_line - 1).unwrap_or(usize::MAX);
            let line = lines.get(line).copied().unwrap_or_default();
            let line = String::from_utf8_lossy(line);
            if !line.starts_with("func") && !line.starts_with("TEXT") {
                // Macros may declare functions of assembly.
                if is_assembly {
                    continue;
                }
                return false;
            }
            any |= has_word(&line, &declared);
        }
        any
    }

    #[cfg(test)]
    pub(super) fn of(functions: &[(&str, &str, i64)], go_version: Option<&str>) -> Self {
        let mut evidence = Self {
            go_version: go_version.map(str::to_owned),
            ..Self::default()
        };
        for &(path, name, line) in functions {
            let of_path = evidence.functions.entry(path.to_owned()).or_default();
            of_path.push((name.to_owned(), line));
        }
        evidence
    }
}

/// Whether a text declares a function; `None` if the compiler makes functions of that name.
pub(crate) fn declares(text: &str, function: &str) -> Option<bool> {
    let name = declared_name(function)?;
    let is_func = |it: &&str| it.starts_with("func") || it.starts_with("TEXT");
    Some(
        text.lines()
            .filter(is_func)
            .any(|line| has_word(line, &name)),
    )
}

/// The name by which a function is declared; `None` for what the compiler makes: closures,
/// wrappers, bodies of loops, initializers.
fn declared_name(name: &str) -> Option<String> {
    let name = without_type_arguments(name);
    let start = name.rfind('/').map_or(0, |slash| slash + 1);
    let name = &name[start..];
    let mut parts = name.split('.').skip(1);
    let is_made = |part: &str| {
        let numbered = |prefix: &str| {
            let rest = part.strip_prefix(prefix);
            rest.is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit()))
        };
        part.is_empty()
            || part == "init"
            || part.contains('-')
            || part.starts_with(|c: char| c.is_ascii_digit())
            || ["func", "gowrap", "deferwrap"].into_iter().any(numbered)
    };
    let last = parts.clone().last()?;
    (!parts.any(is_made)).then(|| last.to_owned())
}

/// The name without what stands in brackets, which may have dots and slashes of its own.
fn without_type_arguments(name: &str) -> String {
    let mut depth = 0_usize;
    let mut plain = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain
}

/// Whether a word occurs in a line by itself.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_declared_functions_have_a_name() {
        let cases = [
            ("main.main", Some("main")),
            ("net/http.(*conn).serve", Some("serve")),
            ("example.com/a.b/c.Map", Some("Map")),
            ("slices.insertionSort[go.shape.int]", Some("insertionSort")),
            ("m.(*Stack[example.com/x.T]).Push", Some("Push")),
            ("main.main.func1", None),
            ("main.f.func1.2", None),
            ("main.f-range1", None),
            ("main.glob..func3", None),
            ("main.f.gowrap1", None),
            ("main.init.0", None),
            ("main.funcMap", Some("funcMap")),
            ("sin", None),
        ];
        for (name, expected) in cases {
            assert_eq!(declared_name(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_file_fits_if_its_functions_begin_where_they_should() {
        let text = b"package p\n\nfunc (c *conn) serve() {\n}\n\nfunc sync_wait() {\n}\n";
        let fits = |functions: &[(&str, i64)]| {
            let functions: Vec<_> = functions.iter().map(|it| ("p.go", it.0, it.1)).collect();
            Evidence::of(&functions, None).fits("p.go", text)
        };
        assert!(fits(&[("p.(*conn).serve", 3)]));
        assert!(fits(&[
            ("p.(*conn).serve", 3),
            ("p.(*conn).serve.func1", 5)
        ]));
        // Linked under another name.
        assert!(fits(&[("p.(*conn).serve", 3), ("sync.wait", 6)]));
        assert!(!fits(&[("sync.wait", 6)]));
        assert!(!fits(&[("p.(*conn).serve", 4)]));
        assert!(!fits(&[("p.(*conn).serve", 3), ("p.other", 400)]));
        assert!(!fits(&[]));
    }
}
