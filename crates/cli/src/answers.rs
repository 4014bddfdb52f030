//! Answers of earlier runs: a command whose inputs have not changed since prints what it printed.
//!
//! Which inputs those are is not written down anywhere: a [`Witness`] notes what a run looks at.

use std::ffi::OsString;
use std::io::{self, Write};

use base::system::{Seen, Witness};
use base::{Cache, Cancellation, Key, System};
use serde::{Deserialize, Serialize};

use crate::args::leak::LeakCommand;
use crate::args::{Cli, Command};
use crate::{ExitStatus, Output};

/// The cache's folder: changes with what is kept.
const KIND: &str = "answers-1";
/// Longer answers are made anew: they are files that nobody asks for twice.
const MAX_BYTES: usize = 4 << 20;

/// Beginnings of the names of variables that the go command and what it starts look at.
const VARIABLES: &[&str] = &[
    "GO",
    "CGO_",
    "CC",
    "CXX",
    "FC",
    "AR",
    "PKG_CONFIG",
    "PATH",
    "HOME",
    "XDG_",
    "GIT",
    "LANG",
    "LC_",
];

/// An answer, and what it was made from.
#[derive(Serialize, Deserialize)]
struct Answer {
    out: String,
    err: String,
    status: u8,
    seen: Seen,
}

/// Whether the same command line has the same answer as long as files and environment are the same, and the user does
/// not want to see how it comes about.
pub(crate) fn can_repeat(cli: &Cli) -> bool {
    let is_pure = match &cli.command {
        Command::Check(args) => {
            !args.packages.no_cache && !args.pages.is_wanted() && !args.wants_fixes()
        }
        Command::Escape(args) => !args.packages.no_cache,
        Command::Inline(args) => !args.packages.no_cache,
        Command::Layout(args) => !args.no_cache,
        Command::Leak(args) => match &args.command {
            LeakCommand::Check(args) => !args.packages.no_cache,
            _ => false,
        },
        _ => false,
    };
    is_pure && cli.global.verbose == 0
}

/// The answer of an earlier run with these arguments, if it still holds; else that of `work`.
pub(crate) fn answer(
    args: &[OsString],
    system: &dyn System,
    cancel: &Cancellation,
    output: &mut Output,
    work: impl FnOnce(&dyn System, &mut Output) -> anyhow::Result<ExitStatus>,
) -> anyhow::Result<ExitStatus> {
    let cache = Cache::open(system, KIND);
    let Some(key) = key(args, system, output) else {
        return work(system, output);
    };
    if let Some((answer, status)) = kept(&cache, system, &key) {
        output.out.write_all(answer.out.as_bytes())?;
        output.err.write_all(answer.err.as_bytes()).ok();
        return Ok(status);
    }
    let witness = Witness::new(system);
    let mut out = Copied::new(output.out);
    let mut err = Copied::new(output.err);
    let status = work(
        &witness,
        &mut Output {
            out: &mut out,
            err: &mut err,
            ..*output
        },
    )?;
    let is_whole = known(status.code()).is_some() && !cancel.is_cancelled();
    match (witness.seen(), out.text(), err.text()) {
        (Ok(seen), Some(out), Some(err)) if is_whole => {
            let answer = Answer {
                out,
                err,
                status: status.code(),
                seen,
            };
            keep(&cache, system, &key, &answer);
        }
        (Err(obstacle), ..) => tracing::debug!("the answer is not kept: {obstacle}"),
        _ => {}
    }
    Ok(status)
}

/// What makes a question: the program, its arguments, where it is asked, and by whom.
fn key(args: &[OsString], system: &dyn System, output: &Output) -> Option<Key> {
    let program = system.program()?;
    let stamp = system.stamp(&program).ok()??;
    let mut hasher = blake3::Hasher::new();
    let mut field = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    field(KIND.as_bytes());
    field(format!("{} {stamp:?}", program.display()).as_bytes());
    field(system.current_dir().ok()?.to_str()?.as_bytes());
    let size = output.out_is_terminal.then(output.size);
    field(format!("{} {} {size:?}", output.color, output.out_is_terminal).as_bytes());
    let mut variables = system.environment();
    variables.retain(|(name, _)| VARIABLES.iter().any(|prefix| name.starts_with(prefix)));
    variables.sort();
    for (name, value) in variables {
        field(name.as_bytes());
        field(value.as_bytes());
    }
    field(b"");
    // The first is how the program was called.
    for arg in args.get(1..)? {
        field(arg.to_str()?.as_bytes());
    }
    Some(*hasher.finalize().as_bytes())
}

fn kept(cache: &Cache, system: &dyn System, key: &Key) -> Option<(Answer, ExitStatus)> {
    let answer: Answer = serde_json::from_slice(&cache.get(system, key)?).ok()?;
    let status = known(answer.status)?;
    answer.seen.holds(system).then_some((answer, status))
}

/// An answer that cannot be kept is made again.
fn keep(cache: &Cache, system: &dyn System, key: &Key, answer: &Answer) {
    if let Ok(bytes) = serde_json::to_vec(answer) {
        cache.put(system, key, &bytes).ok();
        cache.prune(system);
    }
}

/// The status of a run that could do its work.
fn known(code: u8) -> Option<ExitStatus> {
    let statuses = [
        ExitStatus::Success,
        ExitStatus::Findings,
        ExitStatus::BrokenCode,
    ];
    statuses.into_iter().find(|status| status.code() == code)
}

/// Passes on what is written, and keeps a copy of it.
struct Copied<'a> {
    inner: &'a mut dyn Write,
    /// `None`: too long, or it could not be written.
    copy: Option<Vec<u8>>,
}

impl<'a> Copied<'a> {
    fn new(inner: &'a mut dyn Write) -> Self {
        Self {
            inner,
            copy: Some(Vec::new()),
        }
    }

    fn text(self) -> Option<String> {
        String::from_utf8(self.copy?).ok()
    }
}

impl Write for Copied<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes);
        match (&mut self.copy, &written) {
            (Some(copy), Ok(n)) if copy.len() + n <= MAX_BYTES => copy.extend(&bytes[..*n]),
            _ => self.copy = None,
        }
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
