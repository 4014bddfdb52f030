//! The flags of a test binary, by the rules of the testing package.
//!
//! Source: testing/match.go `splitRegexp`, testing/benchmark.go `durationOrCountFlag`, testing/testing.go
//! `parseCpuList`, go1.27.3.

use std::borrow::Cow;

use base::{go_duration, go_regexp};

/// A flag's value that the testing package would refuse.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("invalid value `{value}` for `--{flag}`: {message}")]
pub struct FlagError {
    flag: &'static str,
    value: String,
    message: String,
}

fn refuse(flag: &'static str, value: &str, message: impl Into<String>) -> FlagError {
    FlagError {
        flag,
        value: value.to_owned(),
        message: message.into(),
    }
}

/// `-bench`: an expression for each level of name, separated by `/`; alternatives by `|`.
pub(super) fn check_bench(bench: &str) -> Result<(), FlagError> {
    for expression in alternatives(bench).into_iter().flatten() {
        go_regexp::compile(expression)
            .map_err(|error| refuse("bench", bench, error.to_string()))?;
    }
    Ok(())
}

/// `-benchtime`: a positive duration, or a number of iterations followed by `x`.
pub(super) fn check_benchtime(benchtime: &str) -> Result<(), FlagError> {
    let refused = |message: &str| Err(refuse("benchtime", benchtime, message));
    if let Some(count) = benchtime.strip_suffix('x') {
        return match count.strip_prefix('+').unwrap_or(count).parse::<i64>() {
            Ok(1..) => Ok(()),
            _ => refused("invalid count"),
        };
    }
    match go_duration(benchtime) {
        Some(duration) if !duration.is_zero() => Ok(()),
        _ => refused("invalid duration; write 2s for a time, 100x for a number of iterations"),
    }
}

/// `-cpu`: positive numbers, separated by commas.
pub(super) fn check_cpu(cpu: &str) -> Result<(), FlagError> {
    let values = cpu.split(',').map(str::trim).filter(|own| !own.is_empty());
    for value in values {
        if !value.parse::<u32>().is_ok_and(|processors| processors > 0) {
            return Err(refuse("cpu", value, "not a positive number"));
        }
    }
    Ok(())
}

/// The levels of each alternative of a `-bench` expression. A `/` or `|` within brackets or
/// parentheses belongs to the expression of its level.
pub(super) fn alternatives(bench: &str) -> Vec<Vec<&str>> {
    let mut all = vec![Vec::new()];
    let (mut brackets, mut parentheses) = (0u32, 0i32);
    let mut start = 0;
    let mut bytes = bench.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'[' => brackets += 1,
            b']' => brackets = brackets.saturating_sub(1),
            b'(' if brackets == 0 => parentheses += 1,
            b')' if brackets == 0 => parentheses -= 1,
            b'\\' => {
                bytes.next();
            }
            b'/' | b'|' if brackets == 0 && parentheses == 0 => {
                if let Some(last) = all.last_mut() {
                    last.push(&bench[start..at]);
                }
                if byte == b'|' {
                    all.push(Vec::new());
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    if let Some(last) = all.last_mut() {
        last.push(&bench[start..]);
    }
    all
}

/// The expression for top-level names alone, which is all that `-test.list` takes.
pub(super) fn top_level(bench: &str) -> Cow<'_, str> {
    match &alternatives(bench)[..] {
        [levels] => Cow::Borrowed(levels[0]),
        many => {
            let first: Vec<&str> = many.iter().map(|levels| levels[0]).collect();
            Cow::Owned(first.join("|"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::RunOptions;

    #[test]
    fn an_expression_is_split_into_levels_outside_brackets() {
        assert_eq!(alternatives("A/b"), [["A", "b"]]);
        assert_eq!(
            alternatives("A/(b/c|d)|E[/|]"),
            [vec!["A", "(b/c|d)"], vec!["E[/|]"]]
        );
        assert_eq!(alternatives(r"A\/b"), [[r"A\/b"]]);
        assert_eq!(top_level("A/b|^C$/d"), "A|^C$");
        assert_eq!(top_level("A/b"), "A");
    }

    fn refusal(bench: &str, benchtime: &str, cpu: &str) -> String {
        let options = RunOptions {
            bench: bench.to_owned(),
            benchtime: Some(benchtime.to_owned()),
            cpu: Some(cpu.to_owned()),
            ..RunOptions::default()
        };
        (options.check()).map_or_else(|error| error.to_string(), |()| "taken".to_owned())
    }

    #[test]
    fn flags_are_taken_and_refused_as_by_the_testing_package() {
        for (bench, benchtime, cpu) in [
            (".", "1s", "1,2"),
            ("A/(b|c)|D", "100x", " 1, "),
            ("", "1h30m", ""),
            ("[(]", "1.5s", "8"),
        ] {
            assert_eq!(refusal(bench, benchtime, cpu), "taken");
        }
        insta::assert_snapshot!(refusal("A/(", "1s", "1"), @"invalid value `A/(` for `--bench`: error parsing regexp: missing closing ): `(`");
        insta::assert_snapshot!(refusal(".", "10", "1"), @"invalid value `10` for `--benchtime`: invalid duration; write 2s for a time, 100x for a number of iterations");
        insta::assert_snapshot!(refusal(".", "0x", "1"), @"invalid value `0x` for `--benchtime`: invalid count");
        insta::assert_snapshot!(refusal(".", "1s", "2,0"), @"invalid value `0` for `--cpu`: not a positive number");
        for benchtime in ["", "-1s", "0s", "1y", "x", "-5x", "1.5x"] {
            assert_ne!(refusal(".", benchtime, "1"), "taken", "{benchtime}");
        }
    }
}
