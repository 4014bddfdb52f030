//! Texts of errors: no error repeats its source, which callers print too, and one mistake has one text.

use std::ops::Range;

use super::Problem;

/// Phrases of error messages, and the one to use instead.
const PHRASES: &[(&str, &str)] = &[
    ("cannot read", "failed to read"),
    ("can't read", "failed to read"),
    ("could not read", "failed to read"),
    ("unable to", "failed to"),
    ("cannot run", "failed to run"),
    ("cannot write", "failed to write"),
    ("could not write", "failed to write"),
    ("no such folder", "no folder"),
    (" is no ", "is not a"),
];

/// Crates some of whose texts are their peer's.
const PEERS: &[&str] = &["crates/pprof/", "crates/objfile/", "crates/profile/"];

/// What messages of errors are made with.
const MAKERS: &[&str] = &["#[error(", "bail!(", "anyhow!(", "context("];

pub(super) fn check(path: &str, text: &str, problems: &mut Vec<Problem>) {
    let code = text.split("#[cfg(test)]").next().unwrap_or(text);
    for maker in MAKERS {
        for (at, _) in code.match_indices(maker) {
            let start = at + maker.len();
            let Some(arguments) = enclosed(code, start) else {
                continue;
            };
            let end = arguments.end;
            let arguments = &code[arguments];
            let place = || format!("{path}:{}", 1 + code[..at].matches('\n').count());
            let is_peers = PEERS.iter().any(|krate| path.starts_with(krate));
            for (phrase, better) in PHRASES.iter().filter(|_| !is_peers) {
                if literal(arguments).contains(phrase) {
                    let text = format!("`{}`: write `{better}`", phrase.trim());
                    problems.push(Problem::new(place(), text));
                }
            }
            if *maker == "#[error("
                && let Some(source) = repeated_source(arguments, &code[end..])
            {
                let text = format!("prints its own source, `{source}`, which callers print");
                problems.push(Problem::new(place(), text));
            }
        }
    }
}

/// From `start`, just behind an opening bracket, to the bracket that closes it.
fn enclosed(code: &str, start: usize) -> Option<Range<usize>> {
    let (mut depth, mut in_text, mut is_escaped) = (1, false, false);
    for (at, byte) in code.bytes().enumerate().skip(start) {
        if in_text {
            in_text = byte != b'"' || is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(start..at);
        }
    }
    None
}

/// The first text in double quotes.
fn literal(arguments: &str) -> &str {
    let Some((_, text)) = arguments.split_once('"') else {
        return "";
    };
    let mut is_escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    &text[..end.unwrap_or(text.len())]
}

/// The source that the text of an error shows: `arguments` are those of its attribute, `rest` starts behind them.
fn repeated_source(arguments: &str, rest: &str) -> Option<String> {
    let open = rest.find(['(', '{'])?;
    // `)]` ends the attribute; a variant without fields ends at a comma before any bracket.
    if rest[..open].contains(',') {
        return None;
    }
    let fields = &rest[enclosed(rest, open + 1)?];
    let is_tuple = rest.as_bytes()[open] == b'(';
    fields_of(fields).enumerate().find_map(|(index, field)| {
        let marked = field.contains("#[source]") || field.contains("#[from]");
        let declared = field.rsplit("//").next().unwrap_or(field);
        let name = if is_tuple {
            index.to_string()
        } else {
            (declared.split(':').next()?.split_whitespace().last()?).to_owned()
        };
        let is_source = marked || name == "source";
        let shown = literal(arguments).contains(&format!("{{{name}}}"))
            || literal(arguments).contains(&format!("{{{name}:"))
            || arguments.contains(&format!(".{name}"));
        (is_source && shown).then_some(name)
    })
}

/// Fields of a struct or variant, each with its attributes and comments.
fn fields_of(fields: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    fields.split(move |c: char| {
        match c {
            '(' | '<' | '[' => depth += 1,
            ')' | '>' | ']' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        check("crates/a/src/b.rs", text, &mut problems);
        let shown = problems.into_iter();
        shown
            .map(|it| format!("{} {}", it.place, it.text))
            .collect()
    }

    #[test]
    fn errors_that_print_their_source_are_found() {
        let bad = "
            #[error(\"failed to write {}: {source}\", path.display())]
            Write { path: PathBuf, source: io::Error },
            #[error(\"{0}\")]
            Io(#[from] io::Error),
            #[error(\"{kind}: {1}\")]
            Two(Map<A, B>, #[source] io::Error),
            #[error(\"{}\", .cause)]
            Named { #[source] cause: io::Error },";
        let names: Vec<String> = found(bad)
            .iter()
            .filter_map(|it| it.split('`').nth(1).map(str::to_owned))
            .collect();
        assert_eq!(names, ["source", "0", "1", "cause"]);
        let good = "
            #[error(\"{0}\")]
            Usage(String),
            #[error(\"interrupted\")]
            Cancelled(#[from] Cancelled),
            #[error(\"unit {0}\")]
            Unit,
            #[error(transparent)]
            Load(#[from] LoadError),
            #[error(\"{}:{line}: {text}\", path.display())]
            At { path: PathBuf, line: u32, text: String, source: io::Error },";
        assert_eq!(found(good), [""; 0]);
    }

    #[test]
    fn one_mistake_has_one_text() {
        let texts = "bail!(\"cannot read {x}\");\nerror.context(\"`a` is no number\")";
        let expected = [
            "crates/a/src/b.rs:1 `cannot read`: write `failed to read`",
            "crates/a/src/b.rs:2 `is no`: write `is not a`",
        ];
        assert_eq!(found(texts), expected);
        assert_eq!(found("println!(\"cannot read\")"), [""; 0]);
    }
}
