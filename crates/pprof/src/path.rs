//! File paths as text, by the rules of Go's `path/filepath` on Unix.

/// The shortest equal path: no empty, `.` or avoidable `..` elements. Empty becomes `.`.
pub(crate) fn clean(path: &str) -> String {
    if is_clean(path) {
        return path.to_owned();
    }
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
                    parts.pop();
                }
                _ if rooted => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// Whether [`clean`] would change nothing; cheap, and may say no when it would not.
pub(crate) fn is_clean(path: &str) -> bool {
    let relative = path.strip_prefix('/').unwrap_or(path);
    !relative.is_empty() && relative.split('/').all(|it| !matches!(it, "" | "." | ".."))
}

/// The last element; `.` for an empty path and `/` for one of slashes alone.
pub(crate) fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return "/";
    }
    trimmed.rsplit('/').next().unwrap_or(trimmed)
}

/// All but the last element, cleaned.
pub(crate) fn dir(path: &str) -> String {
    clean(&path[..path.rfind('/').map_or(0, |slash| slash + 1)])
}

/// The elements joined with slashes, empty ones left out, and cleaned; empty if all are.
pub(crate) fn join(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|it| !it.is_empty()).collect();
    if parts.is_empty() {
        String::new()
    } else {
        clean(&parts.join("/"))
    }
}

/// The elements of a search path; none if it is empty.
pub(crate) fn split_list(list: &str) -> impl Iterator<Item = &str> {
    let some = (!list.is_empty()).then(|| list.split(':'));
    some.into_iter().flatten()
}

/// A recorded source path without the prefix that cannot be meant here.
///
/// The prefix is one of `trim_path`; without any, whatever goes up to the base name of an element
/// of `source_path` that occurs in the path. `/proc/self/cwd` is never meant.
pub(crate) fn trim<'a>(path: &'a str, trim_path: &str, source_path: &str) -> &'a str {
    if trim_path.is_empty() {
        for folder in split_list(source_path) {
            let wanted = format!("/{}/", base(folder));
            if let Some(found) = path.find(&wanted) {
                return &path[found + wanted.len()..];
            }
        }
    }
    let always = ["/proc/self/cwd/./", "/proc/self/cwd/"];
    for prefix in split_list(trim_path).chain(always) {
        let rest = path.strip_prefix(prefix);
        let rest = if prefix.ends_with('/') {
            rest
        } else {
            rest.and_then(|it| it.strip_prefix('/'))
        };
        if let Some(rest) = rest {
            return rest;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_clean_as_in_go() {
        let cases = [
            ("", "."),
            ("a//b/./c/..", "a/b"),
            ("/../a", "/a"),
            ("../../a", "../../a"),
            ("/", "/"),
            ("a/..", "."),
            ("/a/b/", "/a/b"),
        ];
        for (path, expected) in cases {
            assert_eq!(clean(path), expected, "{path}");
            assert_eq!(clean(expected), expected);
        }
        assert_eq!((base("/a/b/"), base(""), base("//")), ("b", ".", "/"));
        assert_eq!((dir("/a/b"), dir("a")), ("/a".to_owned(), ".".to_owned()));
    }

    #[test]
    fn prefixes_are_trimmed_or_guessed() {
        let cases = [
            (
                "/some/remote/my-project/foo/bar.c",
                "",
                "/my/local/my-project",
                "foo/bar.c",
            ),
            ("/a/b/c.go", "/a:/b", "/x/b", "b/c.go"),
            ("/a/b/c.go", "/a/", "", "b/c.go"),
            ("/proc/self/cwd/./x.c", "", "", "x.c"),
            ("/ab/c.go", "/a", "", "/ab/c.go"),
        ];
        for (path, trim_path, source_path, expected) in cases {
            assert_eq!(trim(path, trim_path, source_path), expected, "{path}");
        }
    }
}
