//! The `key: value` lines in force.

/// A configuration entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigEntry {
    pub key: String,
    pub value: String,
    /// Read from the file, rather than set by us (`.file`).
    pub file: bool,
}

/// Entries in order of first appearance; deleting one moves the last into its place.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    entries: Vec<ConfigEntry>,
    generation: u64,
}

impl Configuration {
    pub fn entries(&self) -> &[ConfigEntry] {
        &self.entries
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.position(key).map(|at| self.entries[at].value.as_str())
    }

    /// Changes with every change of content, and only then.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// An empty value deletes the key.
    pub(super) fn set(&mut self, key: &str, value: &str, file: bool) {
        let position = self.position(key);
        match (position, value.is_empty()) {
            (None, true) => return,
            (Some(at), true) => {
                self.entries.swap_remove(at);
            }
            (Some(at), false) if self.entries[at].value == value => return,
            (Some(at), false) => {
                value.clone_into(&mut self.entries[at].value);
                self.entries[at].file = file;
            }
            (None, false) => self.entries.push(ConfigEntry {
                key: key.to_owned(),
                value: value.to_owned(),
                file,
            }),
        }
        self.generation += 1;
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.generation += 1;
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.key == key)
    }
}
