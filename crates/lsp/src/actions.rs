//! Code actions: fixes with their edits, reordered structs, comments that silence a finding, explanations.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use diag::{Fix, Safety};
use lint::fixes;
use lsp_types::{
    CodeAction, CodeActionKind, Command, Diagnostic, Position, Range, TextEdit, Uri, WorkspaceEdit,
};
use serde_json::json;

use crate::diagnostics::{diagnostic, touch};
use crate::line_map::{LineMap, hunks};
use crate::text::{Encoding, Text};
use crate::uri::uri_of;
use crate::view::FileView;

/// The kind of the action that makes all safe fixes of a file.
pub(crate) const FIX_ALL: &str = "source.fixAll.goperf";

/// Finds the text of a file that a fix changes.
pub(crate) type Texts<'t> = dyn Fn(&Path) -> Option<Text> + 't;

/// The actions for a range; with `only`, those of these kinds and of kinds below them.
pub(crate) fn actions(
    view: &FileView<'_>,
    range: Range,
    only: Option<&[CodeActionKind]>,
    texts: &Texts<'_>,
) -> Vec<CodeAction> {
    let is_wanted = |kind: &str| {
        only.is_none_or(|only| {
            only.iter().any(|it| {
                let wanted = serde_json::to_value(it).unwrap_or_default();
                let wanted = wanted.as_str().unwrap_or_default();
                let rest = kind.strip_prefix(wanted);
                wanted.is_empty() || rest.is_some_and(|it| it.is_empty() || it.starts_with('.'))
            })
        })
    };
    let mut actions = Vec::new();
    let findings = view.findings();
    let here = findings
        .iter()
        .filter(|finding| touch(view.text.range_of(&finding.primary, view.encoding), range));
    if is_wanted("quickfix") {
        for finding in here {
            let diagnostic = diagnostic(view, finding);
            let fix = finding.fix.as_ref();
            actions.extend(fix.and_then(|fix| quick_fix(view, fix, &diagnostic, texts)));
            actions.push(ignore(view, finding, diagnostic));
        }
    }
    if is_wanted("refactor.rewrite") {
        actions.extend(reorders(view, range));
    }
    // What changes a whole file is offered where it was asked for, or for the file.
    if is_wanted(FIX_ALL) && (only.is_some() || range == view.text.range(view.encoding)) {
        let safe: Vec<&Fix> = (findings.iter())
            .filter_map(|it| it.fix.as_ref())
            .filter(|fix| fix.safety == Safety::Safe)
            .collect();
        let chosen: Vec<&Fix> = (fixes::compatible(&safe).into_iter())
            .map(|at| safe[at])
            .collect();
        if let Some(edit) = edit_of(&chosen, view.encoding, texts) {
            actions.push(CodeAction {
                title: format!("Make all safe fixes of goperf ({})", chosen.len()),
                kind: Some(CodeActionKind::from(FIX_ALL.to_owned())),
                edit: Some(edit),
                ..empty()
            });
        }
    }
    if is_wanted("quickfix") && only.is_none() {
        actions.extend(why(view, range));
    }
    actions
}

fn empty() -> CodeAction {
    CodeAction {
        title: String::new(),
        kind: None,
        diagnostics: None,
        is_preferred: None,
        disabled: None,
        edit: None,
        command: None,
        data: None,
        tags: None,
    }
}

fn quick_fix(
    view: &FileView<'_>,
    fix: &Fix,
    diagnostic: &Diagnostic,
    texts: &Texts<'_>,
) -> Option<CodeAction> {
    let edit = edit_of(&[fix], view.encoding, texts)?;
    let title = match fix.safety {
        Safety::Safe => sentence(&fix.title),
        Safety::Unsafe => format!(
            "{} (may change what the program does)",
            sentence(&fix.title)
        ),
    };
    Some(CodeAction {
        title,
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: Some(vec![diagnostic.clone()]),
        is_preferred: Some(fix.safety == Safety::Safe),
        edit: Some(edit),
        ..empty()
    })
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

/// A comment above the line that silences the finding.
fn ignore(view: &FileView<'_>, finding: &diag::Diagnostic, diagnostic: Diagnostic) -> CodeAction {
    let line = finding.primary.start.line.max(1);
    let text = view.text.line(line).unwrap_or_default();
    let indent: String = text.chars().take_while(|c| c.is_whitespace()).collect();
    let comment = format!("{indent}//goperf:ignore {} say why\n", finding.rule.id);
    let at = Position::new(line - 1, 0);
    CodeAction {
        title: format!("Ignore {} here", finding.rule.id),
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: Some(vec![diagnostic]),
        edit: Some(workspace_edit(
            uri_of(view.path),
            vec![TextEdit {
                range: Range::new(at, at),
                new_text: comment,
            }],
        )),
        ..empty()
    }
}

fn reorders(view: &FileView<'_>, range: Range) -> Vec<CodeAction> {
    let reorders = view
        .reorders()
        .into_iter()
        .filter_map(|(line, entry, edit)| {
            let start = Position::new(line - 1, 0);
            let end = view.text.position(edit.range.end as usize, view.encoding);
            if !touch(Range::new(start, end), range) {
                return None;
            }
            let advice = entry.advice.as_ref()?;
            let (size, better) = (entry.layout.size, advice.better.size);
            let saves = if better < size {
                format!("{size} B to {better} B")
            } else {
                "fewer bytes for the garbage collector".to_owned()
            };
            Some(CodeAction {
                title: format!("Reorder the fields of `{}`: {saves}", entry.short_name),
                kind: Some(CodeActionKind::RefactorRewrite),
                edit: Some(workspace_edit(
                    uri_of(view.path),
                    vec![text_edit(view.text, &edit, view.encoding)],
                )),
                ..empty()
            })
        });
    reorders.collect()
}

/// Explanations of values on the heap in the range.
fn why(view: &FileView<'_>, range: Range) -> Option<CodeAction> {
    let compiled = view.compiled.as_ref()?;
    let lines = range.start.line + 1..=range.end.line + 1;
    let value = compiled.file.heap.iter().find(|value| {
        let line = compiled.map.new_line(value.at.line);
        line.is_some_and(|line| lines.contains(&line))
    })?;
    let line = compiled.map.new_line(value.at.line)?;
    let title = format!("Why is `{}` on the heap?", value.subject);
    Some(CodeAction {
        title: title.clone(),
        kind: Some(CodeActionKind::Empty),
        command: Some(Command {
            title,
            tooltip: None,
            command: crate::commands::EXPLAIN.to_owned(),
            arguments: Some(vec![json!(uri_of(view.path)), json!(line)]),
        }),
        ..empty()
    })
}

fn text_edit(text: &Text, edit: &diag::Edit, encoding: Encoding) -> TextEdit {
    TextEdit {
        range: Range::new(
            text.position(edit.range.start as usize, encoding),
            text.position(edit.range.end as usize, encoding),
        ),
        new_text: edit.text.clone(),
    }
}

pub(crate) fn workspace_edit(uri: Uri, edits: Vec<TextEdit>) -> WorkspaceEdit {
    WorkspaceEdit {
        changes: Some(HashMap::from([(uri, edits)])),
        document_changes: None,
        change_annotations: None,
    }
}

/// The edit of a struct's fields, as the command makes it.
pub(crate) fn reorder_edit(view: &FileView<'_>, line: u32) -> Option<WorkspaceEdit> {
    let mut all = view.reorders().into_iter();
    let (_, _, edit) = all.find(|(at, _, _)| *at == line)?;
    let edit = text_edit(view.text, &edit, view.encoding);
    Some(workspace_edit(uri_of(view.path), vec![edit]))
}

/// The changes that fixes make, imports settled; `None` if there are none, or one cannot be made.
fn edit_of(fixes: &[&Fix], encoding: Encoding, texts: &Texts<'_>) -> Option<WorkspaceEdit> {
    let by_file: BTreeMap<PathBuf, fixes::FileEdits<'_>> = fixes::by_file(fixes);
    let mut changes = HashMap::new();
    for (path, edits) in by_file {
        let before = texts(&path)?;
        let after = fixes::apply(&before.src, &edits)?;
        changes.insert(uri_of(&path), differences(&before, &after, encoding));
    }
    (!changes.is_empty()).then_some(WorkspaceEdit {
        changes: Some(changes),
        document_changes: None,
        change_annotations: None,
    })
}

/// The lines in which two texts differ, as edits of the first.
pub(crate) fn differences(before: &Text, after: &str, encoding: Encoding) -> Vec<TextEdit> {
    // A client's position cannot stand between the two characters of such a line break.
    if before.src.contains('\r') {
        return vec![TextEdit {
            range: before.range(encoding),
            new_text: after.to_owned(),
        }];
    }
    let map = LineMap::between(&before.src, after);
    let new_lines: Vec<&str> = after.split('\n').collect();
    let n_old = before.lines.line_count() as usize;
    let start_of = |line: usize| Position::new(line as u32, 0);
    let edits = hunks(&map).into_iter().map(|(old, new)| {
        let lines = new_lines.get(new).unwrap_or_default();
        if old.end < n_old {
            return TextEdit {
                range: Range::new(start_of(old.start), start_of(old.end)),
                new_text: lines.iter().flat_map(|line| [line, "\n"]).collect(),
            };
        }
        // To the end of the text, with the line break before.
        let end = before.position(before.src.len(), encoding);
        let Some(previous) = old.start.checked_sub(1) else {
            return TextEdit {
                range: Range::new(start_of(0), end),
                new_text: lines.join("\n"),
            };
        };
        let previous = previous as u32 + 1;
        let col = before
            .line(previous)
            .map_or(1, |text| text.len() as u32 + 1);
        let start = base::LineCol {
            line: previous,
            col,
        };
        TextEdit {
            range: Range::new(before.at(start, encoding), end),
            new_text: lines.iter().flat_map(|line| ["\n", line]).collect(),
        }
    });
    edits.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_lead_from_one_text_to_the_other() {
        let texts = [
            "",
            "a",
            "a\n",
            "a\nb\n",
            "b\n",
            "a\nx\nb\n",
            "x\na\nb",
            "a\n\nb\n",
            "\n",
            "\n\n",
            "a\nb\nc\nd\ne\n",
            "c\nd\nx\ne",
            "ä\nb\r\nc\r\n",
        ];
        for before in texts {
            for after in texts {
                let text = Text::new(before);
                let edits = differences(&text, after, Encoding::Utf16);
                let mut edited = text.clone();
                for edit in edits.iter().rev() {
                    edited = edited.edited(edit.range, &edit.new_text, Encoding::Utf16);
                }
                assert_eq!(&*edited.src, after, "from {before:?} by {edits:?}");
            }
        }
    }
}
