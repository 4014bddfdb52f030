//! The whole way: sources, then a report or the shell.

use std::io::Write;
use std::path::Path;

use base::system::{Command as Process, Input};
use base::{Cancellation, System};
use jiff::tz::TimeZone;

use crate::command::{self, Command, Destination};
use crate::command_line::Invocation;
use crate::driver::make_report;
use crate::error::Error;
use crate::fetch::{fetch, free_name, temp_folder};
use crate::repl::{LineSource, repl};
use crate::report::Surroundings;
use crate::symbols::{ObjectFiles, io_reason};

pub use crate::repl::Sink;

/// What a run talks to.
pub struct Session<'a> {
    pub system: &'a dyn System,
    /// Reports.
    pub out: &'a mut dyn Write,
    /// Everything else.
    pub err: &'a mut dyn Write,
    /// Someone watches `out`.
    pub out_is_terminal: bool,
    /// For the times in headers.
    pub time_zone: TimeZone,
    pub objects: ObjectFiles,
}

impl<'a> Session<'a> {
    pub fn new(
        system: &'a dyn System,
        out: &'a mut dyn Write,
        err: &'a mut dyn Write,
        out_is_terminal: bool,
    ) -> Self {
        let time_zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
        let objects = ObjectFiles::default();
        Self {
            system,
            out,
            err,
            out_is_terminal,
            time_zone,
            objects,
        }
    }

    /// Whether the file is a binary.
    pub fn is_binary(&self, path: &str) -> bool {
        self.objects.open(self.system, path).is_ok()
    }
}

/// Makes the report an invocation asks for; without one, runs the shell on `lines`.
pub fn run(
    invocation: &Invocation,
    lines: &mut dyn LineSource,
    session: &mut Session<'_>,
) -> Result<(), Error> {
    let profile = fetch(invocation, session.system, &session.objects, session.err)?;
    let Some((name, param)) = &invocation.command else {
        if !invocation.http.is_empty() {
            return Err(Error::Usage(
                "the web interface is not part of this build".to_owned(),
            ));
        }
        return repl(&profile, &invocation.config, lines, session);
    };
    let Some(command) = command::find(name) else {
        return Ok(());
    };
    let around = Surroundings {
        system: session.system,
        time_zone: &session.time_zone,
        objects: &session.objects,
    };
    let config = &invocation.config;
    let bytes = make_report(
        profile,
        command,
        param.as_deref(),
        config,
        around,
        session.err,
    )?;
    deliver(
        command,
        &bytes,
        &config.output,
        &Sink::Plain,
        false,
        session,
    )
}

/// Brings a report where it belongs. Files are named as pprof does.
pub(crate) fn deliver(
    command: &Command,
    bytes: &[u8],
    output: &str,
    sink: &Sink,
    in_shell: bool,
    session: &mut Session<'_>,
) -> Result<(), Error> {
    match sink {
        Sink::Append(file) => {
            writeln!(session.err, "Adding report to {file}")?;
            return write_file(file, bytes, session, true);
        }
        Sink::Pipe(program) => return pipe(program, bytes, session),
        Sink::Plain => {}
    }
    if !output.is_empty() {
        writeln!(session.err, "Generating report in {output}")?;
        return write_file(output, bytes, session, false);
    }
    match command.destination {
        Destination::Save(extension) if in_shell || session.out_is_terminal => {
            let suffix = format!(".{extension}");
            let file = free_name(session.system, Path::new(""), "profile", &suffix)?;
            let file = file.to_string_lossy().into_owned();
            writeln!(session.err, "Generating report in {file}")?;
            write_file(&file, bytes, session, false)
        }
        Destination::View(extension, programs) => view(extension, programs, bytes, session),
        Destination::Print | Destination::Save(_) => {
            session.out.write_all(bytes)?;
            Ok(session.out.flush()?)
        }
    }
}

fn write_file(file: &str, bytes: &[u8], session: &Session<'_>, append: bool) -> Result<(), Error> {
    let path = Path::new(file);
    let written = if append {
        session.system.append(path, bytes)
    } else {
        session.system.write(path, bytes)
    };
    written.map_err(|error| Error::Report(format!("open {file}: {}", io_reason(&error))))
}

fn pipe(program: &str, bytes: &[u8], session: &mut Session<'_>) -> Result<(), Error> {
    let mut process = Process::new("sh");
    process.args = vec!["-c".into(), program.into()];
    process.stdin = Input::Bytes(bytes.to_vec());
    let output = session.system.run(&process, &Cancellation::default())?;
    session.out.write_all(&output.stdout)?;
    session.err.write_all(&output.stderr)?;
    Ok(())
}

/// Opens a report with the first program that starts.
fn view(
    extension: &str,
    programs: &[&str],
    bytes: &[u8],
    session: &mut Session<'_>,
) -> Result<(), Error> {
    let folder = temp_folder(session.system);
    let file = free_name(session.system, &folder, "pprof", &format!(".{extension}"))?;
    session.system.write(&file, bytes)?;
    let mut last = Error::Report("no program to view the report with".to_owned());
    for program in viewers(programs, session.system) {
        let mut words = program.split_whitespace();
        let Some(name) = words.next() else {
            continue;
        };
        let mut process = Process::new(name);
        process.args = words.map(Into::into).collect();
        process.args.push(file.clone().into());
        match session.system.run(&process, &Cancellation::default()) {
            Ok(_) => {
                session.system.remove_file(&file).ok();
                return Ok(());
            }
            Err(error) => {
                let reason = io_reason(&error);
                last = Error::Report(format!("exec: \"{name}\": {reason}"));
            }
        }
    }
    session.system.remove_file(&file).ok();
    Err(last)
}

/// The programs, with the user's browsers for the one that stands for them.
fn viewers(programs: &[&str], system: &dyn System) -> Vec<String> {
    if programs != command::BROWSER {
        return programs.iter().map(|&it| it.to_owned()).collect();
    }
    let mut viewers: Vec<String> = system.env_var("BROWSER").into_iter().collect();
    if cfg!(target_os = "macos") {
        viewers.push("/usr/bin/open".to_owned());
    } else {
        let known = [
            "chrome",
            "google-chrome",
            "chromium",
            "firefox",
            "sensible-browser",
        ];
        viewers.extend(known.map(str::to_owned));
        if system.env_var("DISPLAY").is_some() {
            viewers.push("xdg-open".to_owned());
        }
    }
    viewers
}
