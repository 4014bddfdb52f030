//! The program's source, where it can be found.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base::System;

/// Files that were looked at, by the name the dump gives them.
pub(super) struct Sources<'a> {
    system: &'a dyn System,
    root: PathBuf,
    /// Path of the module in `root`; a dump with trimmed paths names files below it.
    module: Option<String>,
    files: RefCell<BTreeMap<String, Option<String>>>,
}

/// A larger file is not source.
const MAX_FILE: u64 = 8 << 20;

impl<'a> Sources<'a> {
    pub(super) fn new(system: &'a dyn System, root: Option<&Path>) -> Self {
        let root = root.unwrap_or(Path::new(".")).to_owned();
        let module = system.read_to_string(&root.join("go.mod")).ok();
        let module = module.and_then(|text| {
            let line = text
                .lines()
                .find_map(|line| line.trim().strip_prefix("module "))?;
            Some(line.trim().trim_matches('"').to_owned())
        });
        Self {
            system,
            root,
            module,
            files: RefCell::default(),
        }
    }

    /// Line `number`, from 1, of the file; `None` if it is not at hand.
    pub(super) fn line(&self, file: &str, number: u32) -> Option<String> {
        let mut files = self.files.borrow_mut();
        let text = files.entry(file.to_owned()).or_insert_with(|| {
            self.find(file)
                .and_then(|path| self.system.read_to_string(&path).ok())
        });
        let idx = (number as usize).checked_sub(1)?;
        text.as_deref()?.lines().nth(idx).map(str::to_owned)
    }

    fn find(&self, file: &str) -> Option<PathBuf> {
        // Only Go source: a dump names any file it likes.
        if Path::new(file)
            .extension()
            .is_none_or(|extension| extension != "go")
        {
            return None;
        }
        let below = self
            .module
            .as_deref()
            .and_then(|module| file.strip_prefix(module));
        let below = below.and_then(|rest| rest.strip_prefix('/'));
        let path = match below {
            Some(rest) => self.root.join(rest),
            None if Path::new(file).is_absolute() => PathBuf::from(file),
            None => return None,
        };
        let metadata = self.system.metadata(&path).ok()?;
        (metadata.is_file && metadata.len <= MAX_FILE).then_some(path)
    }
}
