//! `vendor/modules.txt`.

use super::{ModuleVersion, Replace};
use crate::problem::Problem;

/// A module of a vendor folder.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Vendored {
    pub module: ModuleVersion,
    /// What stands in its place.
    pub replacement: Option<ModuleVersion>,
    /// Required by the main module itself.
    pub explicit: bool,
    /// Its language version.
    pub go: Option<String>,
    /// Import paths of the packages that were copied.
    pub packages: Vec<String>,
}

/// Reads `vendor/modules.txt`: the modules, and replacements that apply to no module of the list.
///
/// ```
/// let text = "# a.b/c v1.0.0 => ../c\n## explicit; go 1.20\na.b/c/d\n";
/// let (modules, _, problems) = go_syntax::module::parse_vendored(text);
/// assert!(problems.is_empty() && modules[0].explicit);
/// assert_eq!(modules[0].go.as_deref(), Some("1.20"));
/// assert_eq!(modules[0].packages, ["a.b/c/d"]);
/// ```
pub fn parse_vendored(text: &str) -> (Vec<Vendored>, Vec<Replace>, Vec<Problem>) {
    let mut modules: Vec<Vendored> = Vec::new();
    let mut replaces = Vec::new();
    let mut problems = Vec::new();
    let mut at = 0;
    for raw in text.split_inclusive('\n') {
        let line = raw.trim();
        if let Some(notes) = line.strip_prefix("## ") {
            // `## workspace` comes before all modules.
            if let Some(module) = modules.last_mut() {
                module.note(notes);
            }
        } else if let Some(header) = line.strip_prefix("# ") {
            match parse_header(header) {
                // Without version: a replacement alone, repeated from go.mod.
                Some((old, Some(new))) if old.version.is_none() => {
                    replaces.push(Replace { old, new });
                }
                Some((module, replacement)) => modules.push(Vendored {
                    module,
                    replacement,
                    ..Vendored::default()
                }),
                None => problems.push(Problem::new(at, "expected module and version")),
            }
        } else if !line.is_empty() {
            match modules.last_mut() {
                Some(module) => module.packages.push(line.to_owned()),
                None => problems.push(Problem::new(at, "package of no module")),
            }
        }
        at += raw.len() as u32;
    }
    (modules, replaces, problems)
}

impl Vendored {
    /// `explicit; go 1.20`
    fn note(&mut self, notes: &str) {
        for note in notes.split(';').map(str::trim) {
            if note == "explicit" {
                self.explicit = true;
            } else if let Some(version) = note.strip_prefix("go ") {
                self.go = Some(version.to_owned());
            }
        }
    }
}

/// `path [version] [=> path [version]]`
fn parse_header(header: &str) -> Option<(ModuleVersion, Option<ModuleVersion>)> {
    let (old, new) = match header.split_once("=>") {
        Some((old, new)) => (old, Some(new)),
        None => (header, None),
    };
    let module = |text: &str| {
        let mut words = text.split_whitespace().map(str::to_owned);
        let path = words.next()?;
        let version = words.next();
        Some(ModuleVersion { path, version })
    };
    let old = module(old)?;
    let new = match new {
        Some(new) => Some(module(new)?),
        None => None,
    };
    (old.version.is_some() || new.is_some()).then_some((old, new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacements_with_and_without_a_module() {
        let text = "## workspace\n# a v1 => b v2\n# c => ../c\nx/y\n# bad\n";
        let (modules, replaces, problems) = parse_vendored(text);
        assert_eq!(modules[0].replacement.as_ref().unwrap().path, "b");
        assert_eq!(modules[0].packages, ["x/y"]);
        assert_eq!(replaces[0].new.path, "../c");
        assert_eq!(problems.len(), 1);
    }
}
