//! The binaries profiles speak of, opened once each.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use base::System;
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

/// An I/O error in the words of Unix, which Go passes on.
pub(crate) fn io_reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "no such file or directory".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "is a directory".to_owned(),
        ErrorKind::NotADirectory => "not a directory".to_owned(),
        _ => {
            let text = error.to_string();
            let end = text.find(" (os error").unwrap_or(text.len());
            text[..end].to_lowercase()
        }
    }
}
