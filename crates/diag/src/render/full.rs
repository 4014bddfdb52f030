//! The terminal picture: source line, carets, evidence, help. The one place that knows
//! `annotate-snippets`. It counts columns in characters, the other text formats in bytes as Go does;
//! the two differ only behind characters outside ASCII.

use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::{Context, evidence};
use crate::diagnostic::{Annotation, Diagnostic, NoteKind, Severity};
use crate::sources::SourceFile;

/// Annotations of one file that are further apart get a snippet each.
const MAX_GAP: u32 = 60;

pub(super) fn render(ctx: &Context<'_>) -> String {
    let renderer = if ctx.options.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    }
    .term_width(ctx.options.width);
    let mut text = String::new();
    for diagnostic in ctx.report.diagnostics {
        text.push_str(&renderer.render(&[group(ctx, diagnostic)]));
        text.push_str("\n\n");
    }
    text
}

fn group<'a>(ctx: &Context<'_>, diagnostic: &'a Diagnostic) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
        Severity::Hint => Level::HELP.with_name("hint"),
    };
    let title = (level.primary_title(diagnostic.message.as_str())).id(diagnostic.rule.id);
    let mut elements = Vec::new();
    for cluster in clusters(ctx, diagnostic) {
        cluster.draw(ctx, &mut elements);
    }
    if let Some(text) = evidence(diagnostic) {
        elements.push(Level::NOTE.with_name("evidence").message(text).into());
    }
    for note in &diagnostic.notes {
        let level = match note.kind {
            NoteKind::Note => Level::NOTE,
            NoteKind::Help => Level::HELP,
        };
        elements.push(level.message(note.text.as_str()).into());
    }
    title.elements(elements)
}

/// Annotations that are drawn as one snippet.
struct Cluster<'a> {
    path: &'a Path,
    /// `None` if there is no text, or none at this place.
    file: Option<Rc<SourceFile>>,
    /// First and last line drawn.
    lines: (u32, u32),
    marks: Vec<Mark<'a>>,
}

struct Mark<'a> {
    annotation: &'a Annotation,
    kind: AnnotationKind,
    /// In bytes from the start of the annotation's line.
    columns: (usize, usize),
}

/// The primary annotation's cluster first, the others in the order of their annotations.
fn clusters<'a>(ctx: &Context<'_>, diagnostic: &'a Diagnostic) -> Vec<Cluster<'a>> {
    let mut clusters: Vec<Cluster<'a>> = Vec::new();
    let secondary = (diagnostic.secondary.iter()).map(|it| (it, AnnotationKind::Context));
    for (annotation, kind) in
        std::iter::once((&diagnostic.primary, AnnotationKind::Primary)).chain(secondary)
    {
        let file = ctx.sources.file(&annotation.path);
        let columns =
            (file.as_ref()).and_then(|file| file.columns(annotation.start, annotation.end));
        let mark = Mark {
            annotation,
            kind,
            columns: columns.unwrap_or_default(),
        };
        let file = columns.and(file);
        let line = annotation.start.line;
        let near = (clusters.iter_mut()).find(|cluster| {
            file.is_some() && cluster.file.is_some() && cluster.takes(&annotation.path, line)
        });
        if let Some(cluster) = near {
            cluster.lines = (cluster.lines.0.min(line), cluster.lines.1.max(line));
            cluster.marks.push(mark);
        } else {
            clusters.push(Cluster {
                path: &annotation.path,
                file,
                lines: (line, line),
                marks: vec![mark],
            });
        }
    }
    clusters
}

impl<'a> Cluster<'a> {
    fn takes(&self, path: &Path, line: u32) -> bool {
        let (first, last) = self.lines;
        self.path == path
            && first.saturating_sub(MAX_GAP) <= line
            && line <= last.saturating_add(MAX_GAP)
    }

    fn draw(self, ctx: &Context<'_>, elements: &mut Vec<Element<'a>>) {
        match self.snippet(ctx) {
            Some(snippet) => elements.push(snippet),
            None => {
                for mark in self.marks {
                    mark.draw_without_source(ctx, elements);
                }
            }
        }
    }

    fn snippet(&self, ctx: &Context<'_>) -> Option<Element<'a>> {
        let file = self.file.as_deref()?;
        let (first, last) = self.lines;
        let text = file.lines(first, last)?;
        let start = file.line_start(first)?;
        let mut snippet = Snippet::source(text.to_owned())
            .line_start(first as usize)
            .path(ctx.path(self.path));
        for mark in &self.marks {
            let line = (file.line_start(mark.annotation.start.line)? - start) as usize;
            let span: Range<usize> = line + mark.columns.0..line + mark.columns.1;
            let label = mark.annotation.message.as_str();
            let annotation = mark.kind.span(span);
            snippet = snippet.annotation(if label.is_empty() {
                annotation
            } else {
                annotation.label(label)
            });
        }
        Some(snippet.into())
    }
}

impl<'a> Mark<'a> {
    fn draw_without_source(&self, ctx: &Context<'_>, elements: &mut Vec<Element<'a>>) {
        let annotation = self.annotation;
        let label = annotation.message.as_str();
        if self.kind != AnnotationKind::Primary {
            let place = ctx.place(annotation);
            elements.push(Level::NOTE.message(format!("{place}: {label}")).into());
            return;
        }
        let mut origin = Origin::path(ctx.path(&annotation.path));
        if annotation.start.line > 0 {
            origin = origin.line(annotation.start.line as usize);
            if annotation.start.col > 0 {
                origin = origin.char_column(annotation.start.col as usize);
            }
        }
        elements.push(origin.into());
        if !label.is_empty() {
            elements.push(Level::NOTE.message(label).into());
        }
    }
}
