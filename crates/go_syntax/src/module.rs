//! The files that describe modules: `go.mod`, `go.work`, `go.sum` and `vendor/modules.txt`.
//!
//! As with source, reading never fails: lines that mean nothing are problems, all others count.

mod line;
mod sum;
mod vendor;

pub use sum::{Sum, parse_sum};
pub use vendor::{Vendored, parse_vendored};

use crate::problem::Problem;
use line::{Line, lines};

/// A module at a version, or (in a replacement) a folder.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ModuleVersion {
    /// Module path (`golang.org/x/mod`), or that of a folder.
    pub path: String,
    /// `v1.2.3`; `None` for a folder, and for all versions.
    pub version: Option<String>,
}

/// A module and the least version that is needed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Require {
    pub module: ModuleVersion,
    /// Needed by dependencies only: `// indirect`.
    pub indirect: bool,
}

/// What is taken in the place of a module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replace {
    /// Without version: whatever the version.
    pub old: ModuleVersion,
    /// A folder if its path starts with `./`, `../` or is absolute.
    pub new: ModuleVersion,
}

/// Versions not to be used, from `low` to `high`; one version is both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Retract {
    /// First version, itself included.
    pub low: String,
    /// Last version, itself included.
    pub high: String,
}

/// A `go.mod` file, or a `go.work` file: that has no module but `uses`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ModFile {
    /// Path of the module.
    pub module: Option<String>,
    /// `1.25.3`
    pub go: Option<String>,
    /// `go1.27.3` or `default`.
    pub toolchain: Option<String>,
    pub requires: Vec<Require>,
    pub excludes: Vec<ModuleVersion>,
    pub replaces: Vec<Replace>,
    pub retracts: Vec<Retract>,
    /// `key=value`
    pub godebugs: Vec<String>,
    /// Import paths.
    pub tools: Vec<String>,
    /// Folders that patterns skip.
    pub ignores: Vec<String>,
    /// Folders of modules, of `go.work`.
    pub uses: Vec<String>,
}

/// Reads `go.mod` or `go.work`.
///
/// ```
/// let text = "module example.com/m\n\ngo 1.25\n\nrequire (\n\tgolang.org/x/sys v0.1.0 // indirect\n)\n";
/// let (module, problems) = go_syntax::module::parse(text);
/// assert!(problems.is_empty());
/// assert_eq!(module.module.as_deref(), Some("example.com/m"));
/// assert!(module.requires[0].indirect);
/// ```
pub fn parse(text: &str) -> (ModFile, Vec<Problem>) {
    let mut file = ModFile::default();
    let (lines, mut problems) = lines(text);
    for line in lines {
        if let Err(message) = file.add(&line) {
            problems.push(Problem::new(line.at, message));
        }
    }
    problems.sort_by_key(|problem| problem.at);
    (file, problems)
}

impl ModFile {
    fn add(&mut self, line: &Line) -> Result<(), String> {
        let words: Vec<&str> = line.words.iter().map(String::as_str).collect();
        let usage = |form: &str| Err(format!("usage: {} {form}", line.verb));
        match (line.verb.as_str(), words.as_slice()) {
            ("module", [path]) => set_once(&mut self.module, path),
            ("go", [version]) => set_once(&mut self.go, version),
            ("toolchain", [name]) => set_once(&mut self.toolchain, name),
            ("require", [path, version]) => {
                self.requires.push(Require {
                    module: module_version(path, Some(version)),
                    indirect: line.comment == "indirect" || line.comment.starts_with("indirect;"),
                });
                Ok(())
            }
            ("exclude", [path, version]) => {
                self.excludes.push(module_version(path, Some(version)));
                Ok(())
            }
            ("replace", words) => self.add_replace(words),
            ("retract", words) => self.add_retract(words),
            ("godebug", [setting]) if setting.contains('=') => {
                self.godebugs.push((*setting).to_owned());
                Ok(())
            }
            ("tool", [path]) => {
                self.tools.push((*path).to_owned());
                Ok(())
            }
            ("ignore", [path]) => {
                self.ignores.push((*path).to_owned());
                Ok(())
            }
            ("use", [path]) => {
                self.uses.push((*path).to_owned());
                Ok(())
            }
            ("module" | "tool" | "ignore" | "use", _) => usage("path"),
            ("go", _) => usage("1.23"),
            ("toolchain", _) => usage("go1.23.4"),
            ("require" | "exclude", _) => usage("module/path v1.2.3"),
            ("godebug", _) => usage("key=value"),
            (verb, _) => Err(format!("unknown directive: {verb}")),
        }
    }

    fn add_replace(&mut self, words: &[&str]) -> Result<(), String> {
        let (old, new) = match words {
            [old, "=>", new @ ..] => (module_version(old, None), new),
            [old, version, "=>", new @ ..] => (module_version(old, Some(version)), new),
            _ => (ModuleVersion::default(), &[][..]),
        };
        let new = match new {
            [path] => module_version(path, None),
            [path, version] => module_version(path, Some(version)),
            _ => {
                return Err(
                    "usage: replace module/path [v1.2.3] => other/module v1.4 or ../folder"
                        .to_owned(),
                );
            }
        };
        self.replaces.push(Replace { old, new });
        Ok(())
    }

    fn add_retract(&mut self, words: &[&str]) -> Result<(), String> {
        let (low, high) = match words {
            [version] => (version, version),
            ["[", low, ",", high, "]"] => (low, high),
            _ => return Err("usage: retract v1.2.3 or [v1.2.3, v1.4.5]".to_owned()),
        };
        self.retracts.push(Retract {
            low: (*low).to_owned(),
            high: (*high).to_owned(),
        });
        Ok(())
    }
}

fn set_once(place: &mut Option<String>, value: &str) -> Result<(), String> {
    if place.is_some() {
        return Err("repeated statement".to_owned());
    }
    *place = Some(value.to_owned());
    Ok(())
}

fn module_version(path: &str, version: Option<&str>) -> ModuleVersion {
    ModuleVersion {
        path: path.to_owned(),
        version: version.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directive_alone_and_in_a_block() {
        let text = r#"// Deprecated: no more.
module "example.com/m" // the module

go 1.25.3

toolchain go1.27.3

require golang.org/x/sys v0.1.0
require (
	a.b/c v1.0.0 // indirect
	a.b/d v1.0.1-0.20200101000000-abcdefabcdef // indirect; soon direct
)
exclude a.b/c v1.0.1
replace (
	a.b/c => ../c
	a.b/d v1.0.0 => `x.y/d` v1.2.0
)
retract [v1.0.0, v1.2.0] // broken
retract v1.3.0
godebug default=go1.21
tool golang.org/x/tools/cmd/stringer
ignore ./node_modules
"#;
        let (file, problems) = parse(text);
        assert_eq!(problems, []);
        assert_eq!(file.module.as_deref(), Some("example.com/m"));
        assert_eq!(
            (file.go.as_deref(), file.toolchain.as_deref()),
            (Some("1.25.3"), Some("go1.27.3"))
        );
        let requires: Vec<_> = file
            .requires
            .iter()
            .map(|r| (r.module.path.as_str(), r.indirect))
            .collect();
        assert_eq!(
            requires,
            [
                ("golang.org/x/sys", false),
                ("a.b/c", true),
                ("a.b/d", true)
            ]
        );
        assert_eq!(file.replaces[0].new, module_version("../c", None));
        assert_eq!(file.replaces[1].old.version.as_deref(), Some("v1.0.0"));
        assert_eq!(
            file.replaces[1].new,
            module_version("x.y/d", Some("v1.2.0"))
        );
        assert_eq!(file.retracts[0].high, "v1.2.0");
        assert_eq!(file.godebugs, ["default=go1.21"]);
        assert_eq!(file.tools, ["golang.org/x/tools/cmd/stringer"]);
        assert_eq!(file.ignores, ["./node_modules"]);
    }

    #[test]
    fn a_workspace() {
        let (file, problems) = parse("go 1.25\nuse .\nuse (\n\t./a\n\t../b // other\n)\n");
        assert_eq!(problems, []);
        assert_eq!(file.uses, [".", "./a", "../b"]);
    }

    #[test]
    fn wrong_lines_are_problems_and_the_others_count() {
        let text = "module m\nmodule n\nrequire x\nfoo bar\ngo 1.25\nrequire (\n\ta v1.0.0\n";
        let (file, problems) = parse(text);
        assert_eq!(file.module.as_deref(), Some("m"));
        assert_eq!(file.go.as_deref(), Some("1.25"));
        assert_eq!(file.requires.len(), 1);
        let messages: Vec<_> = problems
            .iter()
            .map(|p| (p.at, p.message.as_str()))
            .collect();
        let expected = [
            (9, "repeated statement"),
            (18, "usage: require module/path v1.2.3"),
            (28, "unknown directive: foo"),
            (44, "block is not closed"),
        ];
        assert_eq!(messages, expected);
    }

    #[test]
    fn any_text_is_read() {
        for text in [
            "",
            "(",
            ")",
            "module",
            "require (((",
            "a \"b",
            "`",
            "replace => => =>",
            "\r\n// x\r\n",
        ] {
            parse(text);
        }
    }
}
