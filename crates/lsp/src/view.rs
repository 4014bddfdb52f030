//! A file with everything known about it, at one version of its text.
//!
//! Facts of two ages meet here: those of the text as it is typed, and what the compiler and the profiles said when it
//! was last asked, whose lines are looked up in the text of now. What stood on a line that was changed since is left
//! out, except where it is said that it may be old.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base::LineCol;
use diag::{Annotation, Diagnostic, Edit};
use lint::Weights;
use project::inlining::Verdict;
use project::source_facts::{SourceFacts, SourceFunction};
use project::sources::{AnnotatedFile, AnnotatedFunction, MeasuredLine};
use project::structs::StructReportEntry;

use crate::jobs::Compiled;
use crate::line_map::LineMap;
use crate::settings::Settings;
use crate::text::{Encoding, Text};

/// Verdicts that were known of functions at some time, by file and name.
pub(crate) type KeptVerdicts = BTreeMap<(PathBuf, String), Verdict>;

/// A file as requests see it.
pub(crate) struct FileView<'a> {
    pub(crate) path: &'a Path,
    pub(crate) text: &'a Text,
    pub(crate) encoding: Encoding,
    pub(crate) settings: &'a Settings,
    /// From the text as it was opened to that of now.
    pub(crate) opened: LineMap,
    pub(crate) typed: Option<&'a SourceFacts>,
    pub(crate) compiled: Option<CompiledView<'a>>,
    pub(crate) kept: &'a KeptVerdicts,
}

/// What the compiler and profiles said of the file.
pub(crate) struct CompiledView<'a> {
    pub(crate) file: &'a AnnotatedFile,
    pub(crate) compiled: &'a Compiled,
    /// From the text of then to that of now.
    pub(crate) map: LineMap,
}

/// How much is known about a verdict.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    /// The model of the inliner, on the text of now.
    Model,
    /// The compiler, on the same text of the function.
    Compiler,
    /// Of an older text of the function.
    Older,
}

impl<'a> FileView<'a> {
    /// The functions of the file, as it is typed; where that is not known, as the compiler saw it.
    pub(crate) fn functions(&self) -> Vec<SourceFunction> {
        if let Some(typed) = self.typed {
            let own = typed.functions.iter().filter(|it| it.path == self.path);
            return own.cloned().collect();
        }
        let Some(compiled) = &self.compiled else {
            return Vec::new();
        };
        let functions = compiled.file.functions.iter().filter_map(|function| {
            let first = compiled.map.new_line(function.lines.0)?;
            Some(SourceFunction {
                path: self.path.to_owned(),
                name: function.name.clone(),
                lines: (first, first + function.lines.1 - function.lines.0),
                signature_line: first,
            })
        });
        functions.collect()
    }

    /// The verdict on a function, from the surest source that has one.
    pub(crate) fn verdict(&self, function: &SourceFunction) -> Option<(Verdict, Source)> {
        let typed = self.typed.and_then(|typed| {
            typed.verdicts.iter().find(|it| {
                it.path == self.path
                    && it.name == function.name
                    && (function.lines.0..=function.signature_line).contains(&it.line)
            })
        });
        if let Some(typed) = typed {
            return Some((typed.verdict.clone(), Source::Model));
        }
        let compiled = self.compiled_function(function);
        if let Some((compiled, is_same)) = compiled
            && let Some(verdict) = &compiled.verdict
        {
            let source = if is_same {
                Source::Compiler
            } else {
                Source::Older
            };
            return Some((verdict.clone(), source));
        }
        let key = (self.path.to_owned(), function.name.clone());
        let kept = self.kept.get(&key)?;
        Some((kept.clone(), Source::Older))
    }

    /// The function as the compiler saw it, and whether its text is still the same.
    pub(crate) fn compiled_function(
        &self,
        function: &SourceFunction,
    ) -> Option<(&'a AnnotatedFunction, bool)> {
        let compiled = self.compiled.as_ref()?;
        let of_name = |it: &&AnnotatedFunction| it.name == function.name;
        let mut all = compiled.file.functions.iter().filter(of_name);
        let found = all
            .clone()
            .find(|it| compiled.map.new_line(it.lines.0) == Some(function.lines.0));
        // `init` and `_` may be there several times.
        let found = found.or_else(|| all.next())?;
        let block = compiled.map.new_block(found.lines.0, found.lines.1);
        let length = function.lines.1 - function.lines.0;
        let is_same = block == Some(function.lines.0) && found.lines.1 - found.lines.0 == length;
        Some((found, is_same))
    }

    /// The lines that profiles have samples of, by their numbers now.
    pub(crate) fn hot_lines(&self) -> BTreeMap<u32, &'a MeasuredLine> {
        let Some(compiled) = &self.compiled else {
            return BTreeMap::new();
        };
        let lines = compiled.file.lines.iter();
        lines
            .filter_map(|line| Some((compiled.map.new_line(line.line)?, line)))
            .collect()
    }

    /// What all profiles measured.
    pub(crate) fn total(&self) -> Weights {
        let compiled = self.compiled.as_ref();
        compiled.map_or_else(Weights::default, |it| it.compiled.report.check.total)
    }

    /// Whether the line was changed since the file was opened.
    pub(crate) fn is_changed(&self, line: u32) -> bool {
        self.opened.old_line(line).is_none()
    }

    /// Findings in the file: of the text of now, with the evidence of profiles; and of the compiler's log on lines that
    /// are as they were.
    pub(crate) fn findings(&self) -> Vec<Diagnostic> {
        let mut findings: Vec<Diagnostic> = self.typed.map_or_else(Vec::new, |typed| {
            let own = typed.findings.iter();
            own.filter(|it| it.primary.path == self.path)
                .cloned()
                .collect()
        });
        for older in self.compiled.iter().flat_map(CompiledView::findings) {
            let Some(mut older) = older.filter(|it| it.primary.path == self.path) else {
                continue;
            };
            let same = findings.iter_mut().find(|it| {
                it.rule == older.rule && it.primary.start.line == older.primary.start.line
            });
            let is_typed = self.typed.is_some()
                && lint::rules::find(older.rule.id).is_some_and(|rule| {
                    rule.is_pattern() && !rule.needs_log() && !rule.needs_all_files()
                });
            match same {
                // The fix is that of the text of now.
                Some(now) => {
                    older.fix = now.fix.take();
                    older.primary = now.primary.clone();
                    *now = older;
                }
                // What is no longer found is gone.
                None if is_typed && older.evidence.is_empty() => {}
                None => findings.push(older),
            }
        }
        if !self.settings.unmeasured {
            findings.retain(|it| !it.evidence.is_empty() || project::is_wrong(it));
        }
        findings.sort_by(|a, b| {
            (a.primary.start, a.rule, &a.message).cmp(&(b.primary.start, b.rule, &b.message))
        });
        findings
    }

    /// Structs of the file that a better order of fields makes smaller, with the edit for the text of now.
    pub(crate) fn reorders(&self) -> Vec<(u32, &'a StructReportEntry, Edit)> {
        let Some(compiled) = &self.compiled else {
            return Vec::new();
        };
        let entries = compiled.compiled.structs.iter();
        entries
            .filter_map(|entry| {
                let place = entry.layout.place.as_ref()?;
                let edit = entry.edit.as_ref().filter(|it| it.path == self.path)?;
                let line = compiled.map.new_line(place.at.line)?;
                let edit = compiled.moved_edit(edit, self.text)?;
                Some((line, entry, edit))
            })
            .collect()
    }
}

impl CompiledView<'_> {
    /// The findings of then on the lines of now; `None` for those whose lines are gone.
    fn findings(&self) -> impl Iterator<Item = Option<Diagnostic>> + '_ {
        let findings = self.compiled.report.check.findings.iter();
        findings.map(|finding| {
            let mut moved = finding.clone();
            moved.primary = self.moved(&finding.primary)?;
            moved.secondary = (finding.secondary.iter())
                .filter_map(|it| self.moved(it))
                .collect();
            // Its edits are offsets into the text of then.
            moved.fix = None;
            Some(moved)
        })
    }

    /// A place of then as one of now; places in other files are as they were.
    fn moved(&self, place: &Annotation) -> Option<Annotation> {
        if place.path != self.file.path {
            return Some(place.clone());
        }
        let line = self.map.new_line(place.start.line)?;
        let end = match place.end {
            Some(end) => {
                let first = self.map.new_block(place.start.line, end.line)?;
                Some(LineCol {
                    line: first + end.line - place.start.line,
                    col: end.col,
                })
            }
            None => None,
        };
        Some(Annotation {
            start: LineCol {
                line,
                col: place.start.col,
            },
            end,
            ..place.clone()
        })
    }

    /// An edit of the text of then for that of now; `None` if its lines were changed.
    fn moved_edit(&self, edit: &Edit, now: &Text) -> Option<Edit> {
        let then = base::LineIndex::new(self.file.text.as_bytes());
        let start = then.line_col(edit.range.start);
        let end = then.line_col(edit.range.end);
        let first = self.map.new_block(start.line, end.line)?;
        let at = |at: LineCol| {
            now.lines.offset(LineCol {
                line: first + at.line - start.line,
                col: at.col,
            })
        };
        Some(Edit {
            range: base::TextRange::new(at(start)?, at(end)?),
            ..edit.clone()
        })
    }
}
