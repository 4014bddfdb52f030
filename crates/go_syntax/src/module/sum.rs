//! `go.sum`.

use crate::problem::Problem;

/// One line: the hash of a module's files, or of its `go.mod` alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sum {
    /// Module path.
    pub path: String,
    /// Without `/go.mod`.
    pub version: String,
    /// The hash is that of the `go.mod` file.
    pub only_go_mod: bool,
    /// `h1:…`
    pub hash: String,
}

/// Reads a `go.sum` file.
pub fn parse_sum(text: &str) -> (Vec<Sum>, Vec<Problem>) {
    let mut sums = Vec::new();
    let mut problems = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let words: Vec<&str> = line.split_whitespace().collect();
        match *words {
            [] => {}
            [path, version, hash] => sums.push(Sum {
                path: path.to_owned(),
                version: version
                    .strip_suffix("/go.mod")
                    .unwrap_or(version)
                    .to_owned(),
                only_go_mod: version.ends_with("/go.mod"),
                hash: hash.to_owned(),
            }),
            _ => problems.push(Problem::new(at, "expected module, version and hash")),
        }
        at += line.len() as u32;
    }
    (sums, problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_and_their_go_mod() {
        let (sums, problems) = parse_sum("a.b/c v1.0.0 h1:x=\na.b/c v1.0.0/go.mod h1:y=\n\nbad\n");
        assert_eq!((sums.len(), problems.len()), (2, 1));
        assert!(!sums[0].only_go_mod && sums[1].only_go_mod);
        assert_eq!(sums[1].version, "v1.0.0");
        assert_eq!(problems[0].at, 46);
    }
}
