//! One line of the shell: a report, what to leave out of it, and where it goes.

use crate::command::{self, Command};
use crate::config::{self, Config};
use crate::number::quoted;

/// Where a report goes besides what its options say.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub enum Sink {
    /// As the options say.
    #[default]
    Plain,
    /// To the end of a file.
    Append(String),
    /// To a program, by the system's shell.
    Pipe(String),
}

/// A report to make.
#[derive(Debug)]
pub struct Request {
    pub(crate) command: &'static Command,
    pub(crate) param: Option<String>,
    pub(crate) config: Config,
    pub(crate) sink: Sink,
}

/// Reads `command[N] [param] [N] [focus…] [-ignore…] [-cum] [> file | >> file | | program]`.
/// `config` holds the options that the line does not set. The error is in pprof's words.
pub fn parse_line(line: &str, config: &Config) -> Result<Request, String> {
    if line.trim_end().ends_with(" |") {
        return Err("unexpected end of line after |".to_owned());
    }
    let (line, sink) = split_pipe(line);
    let mut tokens: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    if tokens.is_empty() {
        return Err(format!("unrecognized command: {}", quoted("")));
    }
    let command = find_command(&mut tokens)?;
    let mut args = tokens.into_iter().skip(1);
    let param = if command.has_param {
        let missing = || format!("command {} requires an argument", command.name);
        Some(args.next().ok_or_else(missing)?)
    } else {
        None
    };
    let mut request = Request {
        command,
        param,
        config: config.clone(),
        sink,
    };
    let (mut focus, mut ignore) = (String::new(), String::new());
    while let Some(arg) = args.next() {
        if let Ok(count) = arg.parse::<i32>() {
            request.config.nodecount = count.into();
        } else if let Some(file) = arg.strip_prefix('>') {
            let appends = file.starts_with('>');
            let file = file.strip_prefix('>').unwrap_or(file);
            let file = if file.is_empty() {
                args.next().ok_or("unexpected end of line after >")?
            } else {
                file.to_owned()
            };
            if appends {
                request.sink = Sink::Append(file);
            } else {
                request.config.output = file;
            }
        } else if let Some(pattern) = arg.strip_prefix('-') {
            if matches!(pattern, "cum" | "-cum") {
                "cum".clone_into(&mut request.config.sort);
            } else {
                join_patterns(&mut ignore, pattern);
            }
        } else {
            join_patterns(&mut focus, &arg);
        }
    }
    let config = &mut request.config;
    let (focus_option, ignore_option) = if command.name == "tags" {
        (&mut config.tagfocus, &mut config.tagignore)
    } else {
        (&mut config.focus, &mut config.ignore)
    };
    if !focus.is_empty() {
        *focus_option = focus;
    }
    if !ignore.is_empty() {
        *ignore_option = ignore;
    }
    let count = command.overrides.shell_node_count;
    if config.nodecount == -1 && count != command.overrides.node_count {
        config.nodecount = i64::try_from(count).unwrap_or(0);
    }
    Ok(request)
}

/// The report before a lone `|`, and what comes behind it.
fn split_pipe(line: &str) -> (&str, Sink) {
    match line.split_once(" | ") {
        Some((report, program)) if !program.trim().is_empty() => {
            (report, Sink::Pipe(program.trim().to_owned()))
        }
        _ => (line, Sink::Plain),
    }
}

/// The command that the first token names; digits at its end become the next token.
fn find_command(tokens: &mut Vec<String>) -> Result<&'static Command, String> {
    let mut name = tokens[0].clone();
    if let Some(command) = command::find(&name) {
        return Ok(command);
    }
    let word = name
        .trim_end_matches(|c: char| c.is_ascii_digit())
        .to_owned();
    if word.len() < name.len() && !word.is_empty() {
        tokens.insert(1, name[word.len()..].to_owned());
        name.clone_from(&word);
        if let Some(command) = command::find(&word) {
            return Ok(command);
        }
    }
    if config::help(&name).is_some() {
        let value = tokens.get(1).map_or("<val>", String::as_str);
        return Err(format!("did you mean: {name}={value}"));
    }
    Err(format!("unrecognized command: {}", quoted(&name)))
}

fn join_patterns(all: &mut String, pattern: &str) {
    if !all.is_empty() && !pattern.is_empty() {
        all.push('|');
    }
    all.push_str(pattern);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The request in short: what differs from the defaults.
    fn parsed(line: &str) -> Result<String, String> {
        let request = parse_line(line, &Config::default())?;
        let mut words = vec![request.command.name.to_owned()];
        words.extend(request.param);
        for field in config::FIELDS {
            let value = field.get(&request.config);
            if value != field.get(&Config::default()) {
                words.push(format!("{}={value}", field.name));
            }
        }
        if request.sink != Sink::Plain {
            words.push(format!("{:?}", request.sink));
        }
        Ok(words.join(" "))
    }

    #[test]
    fn lines_set_options_for_one_report() {
        let cases = [
            ("top", "top nodecount=10"),
            ("tree", "tree"),
            ("top3", "top nodecount=3"),
            (
                "top 3 a b -c -d -cum",
                "top sort=cum nodecount=3 focus=a|b ignore=c|d",
            ),
            ("tags a -b", "tags tagfocus=a tagignore=b"),
            ("list f -x > out.txt", "list f output=out.txt ignore=x"),
            ("tree >o", "tree output=o"),
            ("tree >>log", "tree Append(\"log\")"),
            ("tree | head -3", "tree Pipe(\"head -3\")"),
            ("tree a|b", "tree focus=a|b"),
        ];
        for (line, expected) in cases {
            assert_eq!(parsed(line).as_deref(), Ok(expected), "{line}");
        }
    }

    #[test]
    fn what_is_no_report_is_said() {
        let cases = [
            ("peek", "command peek requires an argument"),
            ("foo", "unrecognized command: \"foo\""),
            ("foo3", "unrecognized command: \"foo\""),
            ("nodecount 3", "did you mean: nodecount=3"),
            ("nodecount", "did you mean: nodecount=<val>"),
            ("top >", "unexpected end of line after >"),
            ("top |", "unexpected end of line after |"),
            ("", "unrecognized command: \"\""),
        ];
        for (line, expected) in cases {
            assert_eq!(parsed(line).err().as_deref(), Some(expected), "{line}");
        }
    }
}
