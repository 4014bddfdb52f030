//! Which files to read, and under which names.

use std::collections::HashMap;

/// An input of the command line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputFile {
    /// `-` is standard input.
    pub path: String,
    /// The value of `.file`.
    pub label: String,
}

/// `label=path` splits at the first `=`. A path given more than once without label is numbered as
/// `path#0`, `path#1`, …; equal labels merge.
pub fn input_files(args: &[String]) -> Vec<InputFile> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for arg in args.iter().filter(|arg| !arg.contains('=')) {
        *counts.entry(arg).or_default() += 1;
    }
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let name = |arg| match str::split_once(arg, '=') {
        Some((label, path)) => InputFile {
            path: path.to_owned(),
            label: label.to_owned(),
        },
        None if counts.get(arg) == Some(&1) => InputFile {
            path: arg.to_owned(),
            label: arg.to_owned(),
        },
        None => {
            let number = seen.entry(arg).or_default();
            let label = format!("{arg}#{number}");
            *number += 1;
            InputFile {
                path: arg.to_owned(),
                label,
            }
        }
    };
    args.iter().map(String::as_str).map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unlabelled_repetitions_are_numbered() {
        let args = ["a", "x=a", "b", "a", "=c=d"].map(str::to_owned);
        let got: Vec<_> = (input_files(&args).into_iter())
            .map(|file| format!("{}<{}", file.label, file.path))
            .collect();
        assert_eq!(got, ["a#0<a", "x<a", "b<b", "a#1<a", "<c=d"]);
    }
}
