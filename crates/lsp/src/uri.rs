//! Addresses of files.

use std::path::{Path, PathBuf};

use lsp_types::Uri;

/// The path of a `file:` address; `None` for others.
pub(crate) fn path_of(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    // What stands between two and three slashes is a machine: only this one has files.
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    if !rest.starts_with('/') {
        return None;
    }
    let text = decoded(rest)?;
    // `/C:/folder`
    let bytes = text.as_bytes();
    let has_drive = bytes.len() > 2 && bytes[2] == b':' && bytes[1].is_ascii_alphabetic();
    Some(PathBuf::from(if has_drive { &text[1..] } else { &text }))
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

/// The address of a file.
pub(crate) fn uri_of(path: &Path) -> Uri {
    let text = path.to_string_lossy();
    let mut uri = "file://".to_owned();
    if !text.starts_with('/') {
        uri.push('/');
    }
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' | b':' => {
                uri.push(char::from(byte));
            }
            b'\\' => uri.push('/'),
            _ => uri += &format!("%{byte:02X}"),
        }
    }
    Uri::from(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_addresses_are_inverse() {
        for path in ["/m/a.go", "/m/with space/ä%20.go", "/m/[x]#?.go"] {
            let uri = uri_of(Path::new(path));
            assert_eq!(
                path_of(uri.as_ref()).as_deref(),
                Some(Path::new(path)),
                "{uri}"
            );
        }
        for (uri, path) in [
            ("file:///m/a%2Fb.go", Some("/m/a/b.go")),
            ("file://localhost/m/a.go", Some("/m/a.go")),
            ("file:///c%3A/m/a.go", Some("c:/m/a.go")),
            ("file:///m/%zz.go", None),
            ("file:///m/%ff.go", None),
            ("file:///m/%f", None),
            ("file://host/m/a.go", None),
            ("untitled:Untitled-1", None),
            ("", None),
        ] {
            assert_eq!(path_of(uri), path.map(PathBuf::from), "{uri}");
        }
    }
}
