//! Source files by the paths that profiles record.
//!
//! Files are first looked up as pprof does: at the recorded path, or below `source_path`. Otherwise
//! they are looked up where Go keeps sources, and used only with evidence that they are the files
//! that the profile was taken of.

mod evidence;
mod go;
mod modules;

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use base::System;

use self::evidence::Evidence;
pub(crate) use self::evidence::declares;
use self::go::GoPlaces;
use crate::path;
use crate::report::Machine;
use crate::symbols::io_reason;
use crate::view::View;

/// Finds and keeps source files.
pub(crate) struct SourceReader<'a> {
    system: &'a dyn System,
    /// Folders to search, with all their parents.
    search_path: String,
    trim_path: String,
    go: GoPlaces<'a>,
    files: BTreeMap<String, Result<Rc<Vec<String>>, String>>,
}

impl<'a> SourceReader<'a> {
    pub(crate) fn new(view: &View, machine: Machine<'a>) -> Self {
        let (system, settings) = (machine.system, &view.settings);
        let source_path = &settings.source_path;
        let current = system.current_dir().unwrap_or_default();
        let current = current.to_string_lossy();
        let search_path = if source_path.is_empty() {
            current.clone().into_owned()
        } else {
            source_path.clone()
        };
        let absolute = |folder: &str| {
            if folder.starts_with('/') {
                folder.to_owned()
            } else {
                path::join(&[&current, folder])
            }
        };
        let folders = path::split_list(&search_path).map(absolute).collect();
        let evidence = Evidence::new(&view.profile, settings, machine);
        Self {
            system,
            go: GoPlaces::new(system, folders, evidence),
            search_path,
            trim_path: settings.trim_path.clone(),
            files: BTreeMap::new(),
        }
    }

    /// The lines of a file, or the reason why there are none in pprof's words.
    pub(crate) fn lines(&mut self, path: &str) -> Result<Rc<Vec<String>>, String> {
        if let Some(known) = self.files.get(path) {
            return known.clone();
        }
        let read = self.read(path);
        let read = read
            .or_else(|reason| self.go.read(path).ok_or(reason))
            .map(|content| {
                let text = String::from_utf8_lossy(&content);
                Rc::new(text.lines().map(str::to_owned).collect())
            });
        self.files.insert(path.to_owned(), read.clone());
        read
    }

    /// A line, counted from 1.
    pub(crate) fn line(&mut self, path: &str, number: i64) -> Option<String> {
        let lines = self.lines(path).ok()?;
        lines
            .get(usize::try_from(number).ok()?.checked_sub(1)?)
            .cloned()
    }

    fn read(&self, recorded: &str) -> Result<Vec<u8>, String> {
        let path = path::trim(recorded, &self.trim_path, &self.search_path);
        if path.starts_with('/') {
            return self
                .system
                .read_source(Path::new(path))
                .map_err(|error| format!("open {path}: {}", io_reason(&error)));
        }
        for folder in path::split_list(&self.search_path) {
            let mut folder = folder.to_owned();
            loop {
                let candidate = path::join(&[&folder, path]);
                if let Ok(content) = self.system.read_source(Path::new(&candidate)) {
                    return Ok(content);
                }
                let parent = path::dir(&folder);
                if parent == folder {
                    break;
                }
                folder = parent;
            }
        }
        Err(format!(
            "could not find file {path} on path {}",
            self.search_path
        ))
    }
}
