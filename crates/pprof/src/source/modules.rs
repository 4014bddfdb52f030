//! As much of `go.mod` and `go.work` as is needed to find files.

use std::path::Path;

use base::System;

use crate::path;

/// The modules the user works on, with what replaces others.
#[derive(Default, Debug)]
pub(super) struct Modules {
    pub(super) list: Vec<Module>,
    replaced: Vec<Replaced>,
}

#[derive(PartialEq, Eq, Debug)]
pub(super) struct Module {
    /// The import path.
    pub(super) path: String,
    /// The folder.
    pub(super) root: String,
}

#[derive(Debug)]
struct Replaced {
    module: String,
    /// Empty: all versions.
    version: String,
    by: Replacement,
}

#[derive(PartialEq, Eq, Debug)]
pub(super) enum Replacement {
    Folder(String),
    Module { path: String, version: String },
}

impl Modules {
    /// What the nearest `go.mod` and `go.work` at or above each folder say.
    pub(super) fn find(system: &dyn System, folders: &[String]) -> Self {
        let mut modules = Self::default();
        for folder in folders {
            if let Some((root, text)) = nearest(system, folder, "go.mod") {
                modules.add(&root, &text);
            }
            if let Some((root, text)) = nearest(system, folder, "go.work") {
                modules.add(&root, &text);
                for line in directives(&text) {
                    let ["use", used] = line[..] else { continue };
                    let used = under(&root, used);
                    let file = path::join(&[&used, "go.mod"]);
                    if let Ok(text) = system.read_to_string(Path::new(&file)) {
                        modules.add(&used, &text);
                    }
                }
            }
        }
        modules
    }

    /// What stands in for a version of a module.
    pub(super) fn replacement(&self, module: &str, version: &str) -> Option<&Replacement> {
        let applies = |it: &&Replaced| {
            it.module == module && (it.version.is_empty() || it.version == version)
        };
        self.replaced.iter().find(applies).map(|it| &it.by)
    }

    fn add(&mut self, root: &str, text: &str) {
        for line in directives(text) {
            match line[..] {
                ["module", path] => {
                    let module = Module {
                        path: path.to_owned(),
                        root: root.to_owned(),
                    };
                    if !self.list.contains(&module) {
                        self.list.push(module);
                    }
                }
                ["replace", module, "=>", ref by @ ..] => self.replace(root, module, "", by),
                ["replace", module, version, "=>", ref by @ ..] => {
                    self.replace(root, module, version, by);
                }
                _ => {}
            }
        }
    }

    fn replace(&mut self, root: &str, module: &str, version: &str, by: &[&str]) {
        let by = match by {
            [folder] => Replacement::Folder(under(root, folder)),
            [path, version] => Replacement::Module {
                path: (*path).to_owned(),
                version: (*version).to_owned(),
            },
            _ => return,
        };
        self.replaced.push(Replaced {
            module: module.to_owned(),
            version: version.to_owned(),
            by,
        });
    }
}

/// The file of that name in a folder or the nearest one above, with the folder it is in.
fn nearest(system: &dyn System, folder: &str, name: &str) -> Option<(String, String)> {
    let mut folder = folder.to_owned();
    loop {
        let file = path::join(&[&folder, name]);
        if let Ok(text) = system.read_to_string(Path::new(&file)) {
            return Some((folder, text));
        }
        let parent = path::dir(&folder);
        if parent == folder {
            return None;
        }
        folder = parent;
    }
}

fn under(root: &str, folder: &str) -> String {
    if folder.starts_with('/') {
        folder.to_owned()
    } else {
        path::join(&[root, folder])
    }
}

/// The words of each directive, with its verb first also within parentheses.
fn directives(text: &str) -> Vec<Vec<&str>> {
    let mut lines = Vec::new();
    let mut verb = None;
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or(line);
        let words = line.split_whitespace();
        let words: Vec<&str> = words.map(|it| it.trim_matches(['"', '`'])).collect();
        match (verb, &words[..]) {
            (_, []) => {}
            (Some(_), [")"]) => verb = None,
            (None, [name, "("]) => verb = Some(*name),
            (Some(verb), words) => lines.push([&[verb], words].concat()),
            (None, words) => lines.push(words.to_vec()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use base::testing::MemorySystem;

    use super::*;

    #[test]
    fn a_workspace_has_all_its_modules() {
        let system = MemorySystem::default()
            .with_file(
                "/w/go.work",
                "go 1.24\nuse (\n\t./a // first\n\t\"./b\"\n)\n",
            )
            .with_file("/w/a/go.mod", "module a.org/a\nreplace b.org/c => ../c\n")
            .with_file("/w/b/go.mod", "module b.org/b");
        let modules = Modules::find(&system, &["/w/b/sub".to_owned()]);
        let list = modules
            .list
            .iter()
            .map(|it| format!("{} {}", it.path, it.root));
        assert_eq!(list.collect::<Vec<_>>(), ["b.org/b /w/b", "a.org/a /w/a"]);
        let folder = Replacement::Folder("/w/c".to_owned());
        assert_eq!(modules.replacement("b.org/c", "v1.0.0"), Some(&folder));
        assert_eq!(modules.replacement("b.org/d", "v1.0.0"), None);
    }
}
