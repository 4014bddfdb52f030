//! The instructions of a source line as JSON, from the program that was profiled.

use base::Idx as _;
use pprof::report::{Machine, PageCode, SourcePage};
use pprof::{Config, ObjectFiles, View};
use profile::{MappingId, Profile};
use project::sources::{AnnotatedFile, AnnotatedFunction};
use serde_json::{Value, json};

use super::{UiSite, code};
use crate::message::{Request, Response};
use crate::pprof_pages::code_value;

/// Answers for a file, a line and a sample type.
pub(super) fn answer(site: &UiSite<'_>, request: &Request) -> Response {
    let Some(file) = code::find(site, request.parameter("file")) else {
        return Response::text(404, "no such file");
    };
    let Ok(line) = request.parameter("line").parse::<u32>() else {
        return Response::text(400, "no such line");
    };
    let sample_type = request.parameter("si");
    let found = find(site, file, line, sample_type);
    let (binary, code, problem) = match found {
        Ok((binary, code)) => (binary, code, None),
        Err(problem) => (String::new(), Value::Array(Vec::new()), Some(problem)),
    };
    let value = json!({ "binary": binary, "type": sample_type, "problem": problem, "code": code });
    Response::json(200, &value)
}

/// The program and its instructions that stand for a line; `Err` says in words why there are none.
fn find(
    site: &UiSite<'_>,
    file: &AnnotatedFile,
    line: u32,
    sample_type: &str,
) -> Result<(String, Value), String> {
    let function = (file.functions.iter()).find(|it| (it.lines.0..=it.lines.1).contains(&line));
    let function = function.ok_or("The line is in no function: it has no instructions.")?;
    let measured = site.work.report.measured.iter();
    let mut measured = measured
        .filter(|(_, profile)| profile.sample_index(sample_type).is_some())
        .peekable();
    if measured.peek().is_none() {
        return Err(
            "Nothing was measured: instructions are those of a program that was profiled."
                .to_owned(),
        );
    }
    let mut best: Option<(i64, String, Value)> = None;
    let mut missing = None;
    for (_, profile) in measured {
        let objects = ObjectFiles::default();
        let machine = Machine {
            system: site.work.system,
            objects: &objects,
        };
        let page = page(profile, (file, function), sample_type, machine);
        let Some(page) = page else {
            continue;
        };
        let lines = lines_of(&page, file, line);
        if lines.iter().any(|it| it.has_code && it.code.is_empty()) {
            missing = Some(program(profile));
        }
        let code: Vec<&PageCode> = lines.iter().flat_map(|it| &it.code).collect();
        if code.is_empty() {
            continue;
        }
        let weight = lines.iter().map(|it| it.cum.saturating_abs()).sum();
        if best.as_ref().is_none_or(|(known, ..)| weight > *known) {
            let code = code.into_iter().map(|it| code_value(it, &page.scale));
            best = Some((weight, program(profile), code.collect()));
        }
    }
    match (best, missing) {
        (Some((_, program, code)), _) => Ok((base_name(&program).to_owned(), code)),
        (None, Some(program)) => Err(format!(
            "{program} cannot be read: the program of the profile has to lie where it ran."
        )),
        (None, None) => Err(format!(
            "{} has no samples of {sample_type}: instructions are shown for functions that were measured.",
            function.name
        )),
    }
}

/// The functions of a profile that have the code of a source function: itself, its literals, and what it was inlined
/// into.
fn page(
    profile: &Profile,
    (file, function): (&AnnotatedFile, &AnnotatedFunction),
    sample_type: &str,
    machine: Machine<'_>,
) -> Option<SourcePage> {
    let parameters = [("si".to_owned(), sample_type.to_owned())];
    let config = Config::default().with_parameters(&parameters).ok()?;
    let expression = symbols(&file.import_path, &function.name);
    let mut remarks = Vec::new();
    let view = View::new(profile, "weblist", Some(&expression), &config, &mut remarks).ok()?;
    SourcePage::new(&view, machine).ok()
}

/// An expression for the symbols of a function, its instances and its literals.
fn symbols(import_path: &str, function: &str) -> String {
    let (folder, last) = import_path.rsplit_once('/').unwrap_or(("", import_path));
    // The linker writes dots of the last element as `%2e`; commands are `main`.
    let last = quoted(last).replace("\\.", "(\\.|%2e)");
    let slash = if folder.is_empty() { "" } else { "/" };
    let path = format!("({}{slash}{last}|main)", quoted(folder));
    format!("^{path}\\.{}(\\[.*\\])?([.-].*)?$", quoted(function))
}

/// Text as an expression that matches it and nothing else.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_punctuation() && !"/_-".contains(character) {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

fn lines_of<'p>(
    page: &'p SourcePage,
    file: &AnnotatedFile,
    line: u32,
) -> Vec<&'p pprof::report::PageLine> {
    let name = file.path.file_name().and_then(|it| it.to_str());
    let files = page.files.iter();
    files
        .filter(|it| Some(base_name(&it.path)) == name)
        .flat_map(|it| &it.functions)
        .flat_map(|it| &it.lines)
        .filter(|it| it.number == i64::from(line))
        .collect()
}

/// The path of the program that was measured.
fn program(profile: &Profile) -> String {
    if profile.mappings.is_empty() {
        return "The program".to_owned();
    }
    let main = &profile.mappings[MappingId::from_index(0)];
    profile.strings.text(main.file).into_owned()
}

fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_those_of_one_function() {
        let wanted = |path: &str, function: &str, symbol: &str| {
            let expression = pprof::GoRegexp::new(&symbols(path, function)).unwrap();
            expression.is_match_bytes(symbol.as_bytes())
        };
        assert!(wanted("a.b/c", "(*T).F", "a.b/c.(*T).F"));
        assert!(wanted("a.b/c", "(*T).F", "a.b/c.(*T).F.func1"));
        assert!(wanted("a.b/c", "(*T).F", "a.b/c.(*T).F-range1"));
        assert!(wanted("a.b/c", "F", "a.b/c.F[go.shape.int]"));
        assert!(wanted("a.b/c.v2", "F", "a.b/c%2ev2.F"));
        assert!(wanted("a.b/cmd", "run", "main.run"));
        assert!(!wanted("a.b/c", "F", "a.b/c.F2"));
        assert!(!wanted("a.b/c", "F", "aXb/c.F"));
        assert!(!wanted("a.b/c", "F", "a.b/c.(*T).F"));
    }
}
