//! `goperf benchstat`: benchstat's command line, text and CSV, byte for byte, and what it lacks: other
//! formats, sorting, only what changed, exit codes.

use std::io::{self, Write};
use std::path::Path;

use bench::benchfmt::{Dialect, InputFile, ReadError, Reader, Record, input_files};
use bench::table::{Grouping, SortBy, TableBuilder, TableOptions, Tables, keep_changed, sort_rows};
use bench::{bytes, render};

use crate::args::drop_in::DropInArgs;
use crate::commands::Context;
use crate::go_flags::{self, FlagError, FlagKind, FlagSpec, Parsed};
use crate::{ExitStatus, Output};

const USAGE: &str = "\
Usage: goperf benchstat [flags] inputs...

Summarizes Go benchmark results and compares them with those of the first input.
An input is a file in the format of go test -bench, label=file, or - for standard input.

  -table projection    a table for each distinct value (default .config)
  -row projection      a row for each distinct value (default .fullname)
  -col projection      a column for each distinct value (default .file)
  -ignore keys         do not tell results apart by these keys
  -filter query        only results that match (default *)
  -alpha level         a change is significant if p <= level (default 0.05)
  -confidence level    of the intervals (default 0.95)
  -format format       text, csv, json, markdown or html (default text)
  -sort order          rows by name, delta or p; -name, -delta, -p the other way round
  -changed             only rows with a significant change
";

const fn flag(name: &'static str, kind: FlagKind) -> FlagSpec {
    FlagSpec { name, kind }
}

pub(super) const FLAGS: &[FlagSpec] = &[
    flag("table", FlagKind::String),
    flag("row", FlagKind::String),
    flag("col", FlagKind::String),
    flag("ignore", FlagKind::String),
    flag("filter", FlagKind::String),
    flag("alpha", FlagKind::Float),
    flag("confidence", FlagKind::Float),
    flag("format", FlagKind::String),
    flag("sort", FlagKind::String),
    flag("changed", FlagKind::Bool),
];

/// The peer always exits with 0; we exit with 1 if there is no answer and 2 for a bad command line.
pub(crate) fn run(
    args: &DropInArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let args: Vec<String> = args
        .args
        .iter()
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    let parsed = match go_flags::parse(FLAGS, &args) {
        Ok(parsed) => parsed,
        Err(error) => return usage(Some(&error), output),
    };
    if parsed.rest.is_empty() {
        return usage(None, output);
    }
    match tables(&parsed, context, output.err) {
        Ok((tables, format)) => {
            print(&tables, format, output)?;
            Ok(ExitStatus::Success)
        }
        Err(Failure::Message(message)) => {
            write_text(output.err, &format!("benchstat: {message}\n"))?;
            Ok(ExitStatus::Findings)
        }
        Err(Failure::Output(error)) => Err(error.into()),
    }
}

fn usage(error: Option<&FlagError>, output: &mut Output) -> anyhow::Result<ExitStatus> {
    if let Some(error) = error.filter(|error| **error != FlagError::Help) {
        writeln!(output.err, "{error}")?;
    }
    output.err.write_all(USAGE.as_bytes())?;
    Ok(if error == Some(&FlagError::Help) {
        ExitStatus::Success
    } else {
        ExitStatus::Error
    })
}

/// The reason why there are no tables.
enum Failure {
    Message(String),
    /// Standard error is gone.
    Output(io::Error),
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Message(message)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Csv,
    Json,
    Markdown,
    Html,
}

impl Format {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "text" => Self::Text,
            "csv" => Self::Csv,
            "json" => Self::Json,
            "markdown" => Self::Markdown,
            "html" => Self::Html,
            _ => return None,
        })
    }
}

/// Checks flags in the peer's order, reads, computes.
fn tables(
    parsed: &Parsed,
    context: &Context,
    err: &mut dyn Write,
) -> Result<(Tables, Format), Failure> {
    let given = |name, default| parsed.value(name).unwrap_or(default);
    let grouping = Grouping::new(
        given("filter", "*"),
        given("table", ".config"),
        given("row", ".fullname"),
        given("col", ".file"),
        given("ignore", ""),
    )
    .map_err(|error| error.to_string())?;
    let options = TableOptions {
        alpha: level(parsed, "alpha", TableOptions::default().alpha)?,
        confidence: level(parsed, "confidence", TableOptions::default().confidence)?,
    };
    // The peer's message, as it stands there: ours has more formats than it lists.
    let format = Format::parse(given("format", "text"))
        .ok_or_else(|| "-format must be text or csv".to_owned())?;
    let sort = match parsed.value("sort") {
        None => None,
        Some(order) => Some(SortBy::parse(order).ok_or_else(|| {
            "-sort must be name, delta or p, with a minus for the other way round".to_owned()
        })?),
    };
    // The peer stops at a long line; formats it does not have need not.
    let limits = match format {
        Format::Text | Format::Csv => Dialect::REFERENCE,
        Format::Json | Format::Markdown | Format::Html => Dialect::NATIVE,
    };
    let mut reader = Reader::new(limits);
    let mut builder = TableBuilder::new(grouping);
    for file in input_files(&parsed.rest) {
        read(&file, &mut reader, &mut builder, context, err)?;
    }
    let mut tables = builder.finish(&options, reader.metadata());
    if parsed.is_set("changed") {
        keep_changed(&mut tables);
    }
    if let Some(by) = sort {
        sort_rows(&mut tables, by);
    }
    Ok((tables, format))
}

fn level(parsed: &Parsed, name: &str, default: f64) -> Result<f64, String> {
    let given = parsed
        .value(name)
        .map(|text| bench::number::parse_float(text.as_bytes()));
    match given {
        None => Ok(default),
        Some(Ok(level)) if level.is_nan() || (0.0..=1.0).contains(&level) => Ok(level),
        Some(_) => Err(format!("-{name} must be in range [0, 1]")),
    }
}

fn read(
    file: &InputFile,
    reader: &mut Reader,
    builder: &mut TableBuilder,
    context: &Context,
    err: &mut dyn Write,
) -> Result<(), Failure> {
    let mut input = if file.path == "-" {
        context.system.stdin()
    } else {
        (context.system.open(Path::new(&file.path)))
            .map_err(|error| format!("open {}: {}", file.path, base::io_reason(&error)))?
    };
    let mut written = Ok(());
    let end = reader.read(
        &mut input,
        &file.path,
        &file.label,
        &mut |record| match record {
            Record::Result(line) => builder.add(line),
            Record::Problem(problem) => {
                let line = format!("{problem}\n");
                written =
                    std::mem::replace(&mut written, Ok(())).and_then(|()| write_text(err, &line));
            }
        },
    );
    written.map_err(Failure::Output)?;
    end.map_err(|error| {
        Failure::Message(match error {
            ReadError::Io { file, line, source } => {
                format!("{file}:{line}: read {file}: {}", base::io_reason(&source))
            }
            long @ ReadError::LongLine { .. } => long.to_string(),
        })
    })
}

fn print(tables: &Tables, format: Format, output: &mut Output) -> io::Result<()> {
    let text = match format {
        Format::Text => render::text(tables),
        Format::Json => render::json(tables),
        Format::Markdown => render::markdown(tables),
        Format::Html => render::html(tables),
        Format::Csv => {
            let (text, warnings) = render::csv(tables);
            write_text(output.err, &warnings)?;
            text
        }
    };
    write_text(output.out, &text)
}

fn write_text(out: &mut dyn Write, text: &str) -> io::Result<()> {
    out.write_all(&bytes::encode(text))
}
