//! Values of variables that the go command refuses; it has the words for it.

use std::path::PathBuf;

use super::environment::Environment;
use super::error::{NativeError, refused};

/// Variables of architectures that are checked for any target, and values they may have.
const CHOICES: [(&str, &[&str]); 6] = [
    ("GO111MODULE", &["on", "off", "auto"]),
    ("GOAMD64", &["v1", "v2", "v3", "v4"]),
    ("GOMIPS", FLOATS),
    ("GOMIPS64", FLOATS),
    ("GOPPC64", &["power8", "power9", "power10"]),
    ("GORISCV64", &["rva20u64", "rva22u64", "rva23u64"]),
];

const FLOATS: &[&str] = &["hardfloat", "softfloat"];

/// Variables with options behind commas: what may stand first, and the options.
const LISTS: [(&str, &[&str], &[&str]); 3] = [
    ("GOARM", &["5", "6", "7"], FLOATS),
    ("GOARM64", &[], &["lse", "crypto"]),
    ("GOWASM", &["satconv", "signext"], &["satconv", "signext"]),
];

/// Leaves to the go command what has a value that is not among those known.
pub(super) fn check(environment: &Environment<'_>) -> Result<(), NativeError> {
    for (name, values) in CHOICES {
        if let Some(value) = environment.get(name)
            && !values.contains(&value.as_str())
        {
            return Err(unknown(name, &value));
        }
    }
    for (name, first, options) in LISTS {
        let Some(value) = environment.get(name) else {
            continue;
        };
        let mut words = value.split(',');
        let head = words.next().unwrap_or_default();
        let is_known = first.contains(&head) || (first.is_empty() && is_arm64_version(head));
        if !is_known || !words.all(|word| options.contains(&word)) {
            return Err(unknown(name, &value));
        }
    }
    if let Some(path) = environment.gopath.iter().find(|path| !path.is_absolute()) {
        return Err(unknown("GOPATH", &path.display().to_string()));
    }
    check_experiments(environment)
}

fn unknown(name: &str, value: &str) -> NativeError {
    refused(format!("{name}={value} is not a known value"))
}

/// `v8.0` to `v8.9`, `v9.0` to `v9.5`.
fn is_arm64_version(word: &str) -> bool {
    let minor = |prefix: &str| word.strip_prefix(prefix)?.parse::<u8>().ok();
    let is_one_digit = word.len() == 4;
    is_one_digit && (minor("v8.").is_some() || minor("v9.").is_some_and(|minor| minor <= 5))
}

/// Each experiment has a file in GOROOT.
fn check_experiments(environment: &Environment<'_>) -> Result<(), NativeError> {
    let Some(value) = environment.get("GOEXPERIMENT") else {
        return Ok(());
    };
    let folder: PathBuf = environment.goroot.join("src/internal/goexperiment");
    for word in value
        .split(',')
        .filter(|word| !matches!(*word, "" | "none"))
    {
        let name = word.strip_prefix("no").unwrap_or(word);
        let file = folder.join(format!("exp_{name}_on.go"));
        if name != "regabi" && !environment.is_file(&file) {
            return Err(unknown("GOEXPERIMENT", word));
        }
    }
    Ok(())
}
