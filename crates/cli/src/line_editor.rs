//! Lines typed at a terminal: editing, history between runs, completion.

use std::io::{self, Write};
use std::path::PathBuf;

use base::System;
use pprof::{Completer, Completion, LineSource};
use rustyline::completion::{FilenameCompleter, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};

/// The pprof shell at a terminal.
pub(crate) struct LineEditor {
    editor: Editor<Words, FileHistory>,
    /// Where the history is kept; `None` without a cache folder.
    history: Option<PathBuf>,
}

impl LineEditor {
    /// `None` without a terminal to edit on.
    pub(crate) fn new(system: &dyn System) -> Option<Self> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .auto_add_history(true)
            .build();
        let mut editor = Editor::with_config(config).ok()?;
        editor.set_helper(Some(Words::default()));
        let folder = system.cache_dir();
        let folder = folder.filter(|folder| system.create_dir_all(folder).is_ok());
        let history = folder.map(|folder| folder.join("pprof_history"));
        if let Some(history) = &history {
            // The first run has none yet.
            editor.load_history(history).ok();
        }
        Some(Self { editor, history })
    }
}

impl LineSource for LineEditor {
    fn read_line(&mut self, prompt: &str, out: &mut dyn Write) -> io::Result<Option<String>> {
        out.flush()?;
        match self.editor.readline(prompt) {
            Ok(line) => Ok(Some(line)),
            // An interrupted line is forgotten, as shells do.
            Err(ReadlineError::Interrupted) => Ok(Some(String::new())),
            Err(ReadlineError::Eof) => Ok(None),
            Err(ReadlineError::Io(error)) => Err(error),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    fn set_completer(&mut self, completer: Completer) {
        let files = FilenameCompleter::new();
        self.editor.set_helper(Some(Words { completer, files }));
    }
}

impl Drop for LineEditor {
    fn drop(&mut self) {
        if let Some(history) = &self.history {
            self.editor.save_history(history).ok();
        }
    }
}

/// What can be completed.
struct Words {
    completer: Completer,
    files: FilenameCompleter,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            completer: Completer::default(),
            files: FilenameCompleter::new(),
        }
    }
}

impl rustyline::completion::Completer for Words {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        match self.completer.complete(&line[..position]) {
            Completion::File(start) => {
                let path = &line[start..position];
                let (at, files) = self.files.complete_path(path, path.len())?;
                Ok((start + at, files))
            }
            Completion::Words(start, words) => {
                let pairs = words.into_iter().map(|word| Pair {
                    display: word.shown,
                    replacement: word.typed,
                });
                Ok((start, pairs.collect()))
            }
        }
    }
}

impl Hinter for Words {
    type Hint = String;
}
impl Highlighter for Words {}
impl Validator for Words {}
impl Helper for Words {}
