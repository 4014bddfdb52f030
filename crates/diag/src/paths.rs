//! Paths as people read them.

use std::path::{Component, Path, PathBuf};

/// How paths are shown to people, who know some folders by name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PathNames {
    /// Paths are shown relative to it where that is shorter. Absolute.
    pub current_dir: Option<PathBuf>,
    pub named: Vec<NamedDir>,
}

/// A folder that people know by a name, such as `$GOROOT`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedDir {
    pub name: String,
    /// Absolute.
    pub dir: PathBuf,
}

impl PathNames {
    /// No names but the current folder's.
    pub fn relative_to(current_dir: &Path) -> Self {
        Self {
            current_dir: Some(current_dir.to_owned()),
            named: Vec::new(),
        }
    }

    /// `path` in its shortest form: as it is, relative to the current folder, or below one that has
    /// a name.
    pub fn show(&self, path: &Path) -> String {
        let named = self.named.iter().filter_map(|named| named.show(path));
        let plain = display_path(path, self.current_dir.as_deref());
        (std::iter::once(plain).chain(named))
            .min_by_key(String::len)
            .unwrap_or_default()
    }

    /// The path that a text written by [`Self::show`] stands for, if it starts with a name.
    pub fn find(&self, text: &str) -> Option<PathBuf> {
        self.named.iter().find_map(|named| {
            let below = text.strip_prefix(&named.name)?.strip_prefix('/')?;
            Some(named.dir.join(below))
        })
    }
}

impl NamedDir {
    fn show(&self, path: &Path) -> Option<String> {
        let below = path.strip_prefix(&self.dir).ok()?;
        let known = !self.dir.as_os_str().is_empty() && !below.as_os_str().is_empty();
        known.then(|| format!("{}/{}", self.name, base::visible(&below.to_string_lossy())))
    }
}

/// `path` as people read it: relative to `current_dir` where that is shorter, without characters that act on a terminal.
pub fn display_path(path: &Path, current_dir: Option<&Path>) -> String {
    let full = path.to_string_lossy().into_owned();
    let shorter = current_dir.and_then(|dir| relative(path, dir));
    let shorter = shorter.filter(|relative| relative.len() < full.len());
    base::visible(&shorter.unwrap_or(full)).into_owned()
}

/// From the folder `dir` to `path`, both absolute; `None` if they share no more than the root.
fn relative(path: &Path, dir: &Path) -> Option<String> {
    if !path.is_absolute() || !dir.is_absolute() {
        return None;
    }
    let path: Vec<Component<'_>> = path.components().collect();
    let dir: Vec<Component<'_>> = dir.components().collect();
    let common = (path.iter().zip(&dir))
        .take_while(|(path, dir)| path == dir)
        .count();
    if common < 2 {
        return None;
    }
    let ups = std::iter::repeat_n(Component::ParentDir, dir.len() - common);
    let relative: PathBuf = ups.chain(path[common..].iter().copied()).collect();
    if relative.as_os_str().is_empty() {
        return Some(".".to_owned());
    }
    Some(relative.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_where_that_is_shorter() {
        let cases = [
            ("/home/u/m/store/a.go", "/home/u/m", "store/a.go"),
            ("/home/u/m/a.go", "/home/u/m/store", "../a.go"),
            ("/home/u/m", "/home/u/m", "."),
            ("/usr/lib/go/a.go", "/home/u/m", "/usr/lib/go/a.go"),
            ("/m/a.go", "/m/x/y/z", "/m/a.go"),
            ("store/a.go", "/home/u/m", "store/a.go"),
            ("/home/u/m/\u{1b}[2J.go", "/home/u/m", "\\u{1b}[2J.go"),
        ];
        for (path, dir, shown) in cases {
            assert_eq!(display_path(Path::new(path), Some(Path::new(dir))), shown);
        }
        assert_eq!(display_path(Path::new("/m/a.go"), None), "/m/a.go");
    }

    #[test]
    fn folders_with_a_name_are_called_by_it_where_that_is_shorter() {
        let named = |name: &str, dir: &str| NamedDir {
            name: name.to_owned(),
            dir: dir.into(),
        };
        let names = PathNames {
            current_dir: Some("/home/u/m".into()),
            named: vec![
                named("$GOROOT", "/home/u/go/mod/toolchain@v1/go"),
                named("$GOMODCACHE", "/home/u/go/mod"),
                named("$NONE", ""),
            ],
        };
        let cases = [
            ("/home/u/m/a.go", "a.go"),
            (
                "/home/u/go/mod/toolchain@v1/go/src/a.go",
                "$GOROOT/src/a.go",
            ),
            (
                "/home/u/go/mod/example.org/x@v1/a.go",
                "../go/mod/example.org/x@v1/a.go",
            ),
            ("/home/u/go/mod", "../go/mod"),
            ("/usr/a.go", "/usr/a.go"),
        ];
        for (path, shown) in cases {
            assert_eq!(names.show(Path::new(path)), shown);
        }
        let far = PathNames {
            current_dir: Some("/home/v/a/b".into()),
            ..names
        };
        let path = Path::new("/home/u/go/mod/example.org/x@v1/a.go");
        assert_eq!(far.show(path), "$GOMODCACHE/example.org/x@v1/a.go");
        assert_eq!(
            far.find("$GOMODCACHE/example.org/x@v1/a.go"),
            Some(path.into())
        );
        assert_eq!(far.find("$GOMODCACHES/a.go"), None);
        assert_eq!(far.find("a.go"), None);
    }
}
