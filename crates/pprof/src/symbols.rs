//! Binaries that profiles mention, each opened once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use base::System;
pub(crate) use base::io_reason;
use objfile::Binary;

/// Opened binaries by path.
#[derive(Default)]
pub struct ObjectFiles {
    opened: RefCell<BTreeMap<String, Result<Rc<Binary>, String>>>,
}

impl ObjectFiles {
    /// The binary at a path, or the reason in the words of `go tool pprof`.
    pub(crate) fn open(&self, system: &dyn System, path: &str) -> Result<Rc<Binary>, String> {
        if let Some(known) = self.opened.borrow().get(path) {
            return known.clone();
        }
        let opened = read(system, path);
        self.opened
            .borrow_mut()
            .insert(path.to_owned(), opened.clone());
        opened
    }
}

fn read(system: &dyn System, path: &str) -> Result<Rc<Binary>, String> {
    let file = std::path::Path::new(path);
    if system.is_dir(file) {
        return Err(format!("open {path}: unrecognized object file"));
    }
    let bytes = system
        .read(file)
        .map_err(|error| format!("open {path}: {}", io_reason(&error)))?;
    let binary = Binary::open(bytes);
    binary
        .map(Rc::new)
        .map_err(|_| format!("open {path}: unrecognized object file"))
}
