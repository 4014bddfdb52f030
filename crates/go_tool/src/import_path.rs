//! The elements of import paths.

/// The last element of an import path, or the one before a major version (`example.com/yaml/v3`).
pub fn last_element(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((rest, last)) if is_major_version(last) => rest.rsplit('/').next().unwrap_or(rest),
        Some((_, last)) => last,
        None => path,
    }
}

/// Whether an element is a module's major version: `v2` and above, without a zero in front.
pub fn is_major_version(element: &str) -> bool {
    element.strip_prefix('v').is_some_and(|digits| {
        !digits.is_empty()
            && !digits.starts_with('0')
            && digits != "1"
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binaries_are_named_as_the_go_command_names_them() {
        let cases = [
            ("sort", "sort"),
            ("encoding/json", "json"),
            ("encoding/json/v2", "json"),
            ("example.com/v2", "example.com"),
            ("v2", "v2"),
            ("example.com/api/v1", "v1"),
            ("example.com/v0x", "v0x"),
        ];
        for (package, expected) in cases {
            assert_eq!(last_element(package), expected, "{package}");
        }
    }
}
