//! The shell: commands and assignments, a line each.
//!
//! Source: google/pprof `internal/driver/interactive.go`.

mod complete;
mod line;

use std::io::Write;

use profile::Profile;

pub use complete::{Candidate, Completer, Completion};
pub use line::{Request, Sink, parse_line};

use crate::config::{self, Config, FIELDS};
use crate::driver::make_report;
use crate::error::Error;
use crate::fetch::Loaded;
use crate::help::shell_help;
use crate::number::quoted;
use crate::render::header_lines;
use crate::run::Session;
use crate::view::{greeting, label_units, sample_index, sample_kinds};

/// Where the shell's lines come from.
pub trait LineSource {
    /// The next line, without its end; `None` at the end of input. Shows the prompt on `out` if it
    /// does not show it by itself.
    fn read_line(&mut self, prompt: &str, out: &mut dyn Write) -> std::io::Result<Option<String>>;

    /// What to complete lines with, from now on.
    fn set_completer(&mut self, _completer: Completer) {}
}

/// Lines from a pipe or a file.
pub struct PlainLines<R>(pub R);

impl<R: std::io::BufRead> LineSource for PlainLines<R> {
    fn read_line(&mut self, prompt: &str, out: &mut dyn Write) -> std::io::Result<Option<String>> {
        out.write_all(prompt.as_bytes())?;
        out.flush()?;
        let mut line = Vec::new();
        if self.0.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        Ok(Some(
            String::from_utf8_lossy(&line)
                .trim_end_matches('\n')
                .to_owned(),
        ))
    }
}

/// Runs the shell until its input ends.
pub(crate) fn repl(
    loaded: &Loaded,
    config: &Config,
    lines: &mut dyn LineSource,
    session: &mut Session<'_>,
) -> Result<(), Error> {
    let profile = &loaded.profile;
    let mut config = Config {
        compact_labels: true,
        ..config.clone()
    };
    lines.set_completer(Completer::new(profile));
    greet(profile, &config, session)?;
    while let Some(input) = lines.read_line("(pprof) ", session.out)? {
        for input in expand_shortcut(profile, input.trim()) {
            if let Some(result) = assign(profile, &mut config, &input) {
                if let Err(message) = result {
                    say(session.err, &message)?;
                }
                continue;
            }
            let mut tokens = input.split_whitespace();
            match tokens.next() {
                None => {}
                Some("o" | "options") => say(session.err, &options(profile, &config))?,
                Some("exit" | "quit" | "q") => return Ok(()),
                Some("help") => {
                    let word = tokens.collect::<Vec<_>>().join(" ");
                    let help = shell_help(&word);
                    say(
                        session.err,
                        &help.unwrap_or_else(|| format!("Unknown command: {word}")),
                    )?;
                }
                Some(_) => {
                    if let Err(error) = execute(loaded, &config, &input, session) {
                        say(session.err, &error.to_string())?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Writes a text with one line end behind it.
fn say(err: &mut dyn Write, text: &str) -> std::io::Result<()> {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    write!(err, "{text}{end}")
}

fn greet(profile: &Profile, config: &Config, session: &mut Session<'_>) -> Result<(), Error> {
    label_units(profile, session.err);
    if let Ok((header, scale)) = greeting(profile, config) {
        let labels = header_lines(&header, &scale, &session.time_zone);
        say(session.err, &labels.join("\n"))?;
        if scale.total == 0 && profile.sample_types.len() > 1 {
            writeln!(
                session.err,
                "No samples were found with the default sample value type.\n\
                 Try \"sample_index\" command to analyze different sample values."
            )?;
        }
    }
    writeln!(
        session.err,
        "Entering interactive mode (type \"help\" for commands, \"o\" for options)"
    )?;
    Ok(())
}

/// The lines that a word stands for: `:`, and the names of sample types.
fn expand_shortcut(profile: &Profile, input: &str) -> Vec<String> {
    let lines = |lines: &[&str]| lines.iter().map(|&it| it.to_owned()).collect();
    if input == ":" {
        return lines(&["focus=", "ignore=", "hide=", "tagfocus=", "tagignore="]);
    }
    for kind in sample_kinds(profile) {
        let choose = format!("sample_index={kind}");
        match input.strip_suffix(kind.as_str()) {
            Some("") => return lines(&[&choose]),
            Some("total_") => return lines(&["mean=0", &choose]),
            Some("mean_") => return lines(&["mean=1", &choose]),
            _ => {}
        }
    }
    vec![input.to_owned()]
}

/// Carries out `option=value`, or a bare option that needs none; `None` if it is not an assignment.
fn assign(profile: &Profile, config: &mut Config, input: &str) -> Option<Result<(), String>> {
    let (name, value) = match input.split_once('=') {
        Some((name, value)) => (name.trim(), Some(value)),
        None => (input.trim(), None),
    };
    let field = config::find(name)?;
    let Some(value) = value else {
        if !field.is_switch(name) {
            return Some(Err(format!("please specify a value, e.g. {name}=<val>")));
        }
        // A bare choice sets it, which it does not in pprof.
        let value = if name == field.name { "" } else { "true" };
        return Some(config::configure(config, name, value));
    };
    let value = value
        .rfind("//:")
        .map_or(value, |comment| &value[..comment])
        .trim();
    if name == "sample_index" {
        return Some(match sample_index(profile, value) {
            Ok(index) => match sample_kinds(profile).get(index) {
                Some(kind) => config::configure(config, name, kind),
                None => Err(format!("invalid sample_index {}", quoted(value))),
            },
            Err(error) => Err(error.to_string()),
        });
    }
    Some(config::configure(config, name, value))
}

/// All options with their values.
fn options(profile: &Profile, config: &Config) -> String {
    let mut lines = Vec::new();
    for field in FIELDS {
        let mut value = field.get(config);
        let mut comment = String::new();
        if !field.choices.is_empty() {
            let mut choices = field.choices.to_vec();
            choices.sort_unstable();
            comment = format!("[{}]", choices.join(" | "));
        } else if field.name == "sample_index" {
            let kinds = sample_kinds(profile);
            if value.is_empty() {
                value = kinds.last().cloned().unwrap_or_default();
            }
            comment = format!("[{}]", kinds.join(" | "));
        } else if field.name == "source_path" {
            continue;
        } else if field.name == "nodecount" && value == "-1" {
            "default".clone_into(&mut comment);
        } else if value.is_empty() {
            "\"\"".clone_into(&mut value);
        }
        if field.name == "granularity" && value.is_empty() {
            "(default)".clone_into(&mut value);
        }
        if !comment.is_empty() {
            comment = format!("//: {comment}");
        }
        lines.push(format!("  {:<25} = {value:<20} {comment}", field.name));
    }
    lines.sort();
    lines.join("\n")
}

fn execute(
    loaded: &Loaded,
    config: &Config,
    input: &str,
    session: &mut Session<'_>,
) -> Result<(), Error> {
    let request = parse_line(input, config).map_err(Error::Usage)?;
    let command = request.command;
    let (around, mut streams) = session.split();
    let answer = make_report(
        loaded,
        command,
        request.param.as_deref(),
        &request.config,
        around,
        streams.err,
    )?;
    streams.deliver(command, answer, &request.config.output, &request.sink, true)
}
