//! Names as people say them.

/// A type's name without the folders of the paths in it: `store.List[sql.Row]` of
/// `example.com/m/store.List[database/sql.Row]`. The package that declares it is called by its own name, which the
/// path does not always end in (`example.com/pebble/v2`).
pub fn short_name(name: &str, package: &str, package_name: &str) -> String {
    let own = (name.strip_prefix(package)).filter(|rest| rest.starts_with('.'));
    match own {
        Some(rest) if !package.is_empty() => format!("{package_name}{}", without_folders(rest)),
        _ => without_folders(name),
    }
}

fn without_folders(name: &str) -> String {
    // Of types of other syntax (`struct { … "a/b" }`) nothing is cut off.
    if name.contains(' ') {
        return name.to_owned();
    }
    let words = name.split_inclusive(['[', ']', ',', '*', '(', ')']);
    words
        .map(|word| word.rfind('/').map_or(word, |at| &word[at + 1..]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_left_out_and_packages_have_their_own_name() {
        let cases = [
            ("a.b/m/store.Order", "a.b/m/store", "store", "store.Order"),
            ("a.b/m/v2.Order", "a.b/m/v2", "m", "m.Order"),
            ("main.T", "main", "main", "main.T"),
            (
                "a.b/m/v2.List[a.b/c.T,*net/url.URL]",
                "a.b/m/v2",
                "m",
                "m.List[c.T,*url.URL]",
            ),
            ("a.b/c.T[[]a/b.U]", "", "", "c.T[[]b.U]"),
            ("struct@a.go:1:2", "m", "m", "struct@a.go:1:2"),
            ("a.b/m/vendor.T", "a.b/m/v", "v", "vendor.T"),
        ];
        for (name, package, package_name, short) in cases {
            assert_eq!(short_name(name, package, package_name), short);
        }
    }
}
