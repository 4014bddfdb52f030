//! A struct's source with its fields in another order: lines are moved with their comments and aligned anew, as gofmt
//! aligns them.

use base::TextRange;
use go_syntax::{ExprId, ExprKind, Field, File, align_columns};

/// Text that takes the place of a range.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Splice {
    /// In the file.
    pub range: TextRange,
    /// New text of the range.
    pub text: String,
}

/// Puts the fields of a struct type into `order`: positions as [`Arrangement`](crate::Arrangement) has them, one for
/// each name. `None` if the source cannot be cut into fields (several on a line, comments inside of one), or if the
/// order is none of its fields.
///
/// Comments above a field and behind it go with it, a comment behind the last field stays there. Groups of fields that
/// blank lines kept apart are kept apart, and lines end as they did.
pub fn reorder(file: &File, strukt: ExprId, order: &[usize]) -> Option<Splice> {
    let body = Body::read(file, strukt)?;
    let order = body.declared_together(order)?;
    let text = body.print(&order);
    Some(Splice {
        range: body.range,
        text: match line_end(file, strukt)? {
            LineEnd::Lf => text,
            LineEnd::CrLf => text.replace('\r', "").replace('\n', "\r\n"),
        },
    })
}

/// How lines of a file end.
#[derive(PartialEq, Eq)]
enum LineEnd {
    Lf,
    CrLf,
}

/// How those end that a struct type stands on; `None` if not alike.
fn line_end(file: &File, strukt: ExprId) -> Option<LineEnd> {
    let range = file.ast.range(strukt);
    let lines = line_of(file, range.start)..=line_of(file, range.end);
    let mut ends = lines.map(|line| {
        let text = line_text(file, line);
        match text.strip_suffix('\r') {
            Some(text) => (!text.contains('\r')).then_some(LineEnd::CrLf),
            None => (!text.contains('\r')).then_some(LineEnd::Lf),
        }
    });
    let first = ends.next()??;
    ends.all(|end| end.as_ref() == Some(&first))
        .then_some(first)
}

/// Whether blank lines part the fields of a struct type into groups.
pub(crate) fn has_groups(file: &File, strukt: ExprId) -> bool {
    Body::read(file, strukt).is_some_and(|body| {
        let group = |chunk: Option<&Chunk>| chunk.map(|chunk| chunk.group);
        group(body.chunks.first()) != group(body.chunks.last())
    })
}

/// What stands between the braces.
struct Body {
    /// Of the lines between those of the braces; of a struct on one line, between the braces.
    range: TextRange,
    chunks: Vec<Chunk>,
    /// Lines behind the last field, and whether a blank line is before them.
    tail: Vec<String>,
    tail_apart: bool,
    indent: String,
    /// The struct stands on one line; the indentation of its closing brace once it does not.
    one_line: Option<String>,
}

/// A field with all that moves with it.
struct Chunk {
    /// Fields not separated by blank lines have the same.
    group: usize,
    /// Lines above it: comments, with blank lines among them but not in front.
    lead: Vec<String>,
    /// As gofmt's columns.
    cells: Vec<String>,
    /// How many names it declares.
    n_names: usize,
}

impl Body {
    fn read(file: &File, strukt: ExprId) -> Option<Self> {
        let expr = file.ast.expr(strukt);
        let ExprKind::StructType(fields) = expr.kind else {
            return None;
        };
        let fields: Vec<&Field> = (file.ast.list(fields).iter())
            .map(|id| file.ast.field(*id))
            .collect();
        let (open, close) = braces(file, expr.range)?;
        let first = fields.first()?;
        line_end(file, strukt)?;
        let (open_line, close_line) = (line_of(file, open), line_of(file, close));
        if open_line == close_line {
            return Self::on_one_line(file, &fields, open, close);
        }
        let mut body = Self {
            range: TextRange::new(
                file.lines.line_range(open_line + 1)?.start,
                file.lines.line_range(close_line)?.start,
            ),
            chunks: Vec::new(),
            tail: Vec::new(),
            tail_apart: false,
            indent: blank_start(line_text(file, line_of(file, first.range.start))).to_owned(),
            one_line: None,
        };
        let mut next_line = open_line + 1;
        let mut group = 0;
        for field in fields {
            let line = line_of(file, field.range.start);
            let before = TextRange::new(file.lines.line_range(line)?.start, field.range.start);
            if line < next_line || !file.text(before).trim().is_empty() {
                return None;
            }
            let (lead, apart) = comment_lines(file, next_line, line);
            group += usize::from(apart && !body.chunks.is_empty());
            body.chunks.push(Chunk::read(file, field, group, lead)?);
            next_line = line_of(file, field.range.end) + 1;
        }
        (body.tail, body.tail_apart) = comment_lines(file, next_line, close_line);
        if body.tail.last().is_some_and(String::is_empty) {
            body.tail.pop();
        }
        let end = TextRange::new(body.range.end, close);
        (next_line <= close_line && file.text(end).trim().is_empty()).then_some(body)
    }

    fn on_one_line(file: &File, fields: &[&Field], open: u32, close: u32) -> Option<Self> {
        let indent = blank_start(line_text(file, line_of(file, open))).to_owned();
        let range = TextRange::new(open + 1, close);
        let has_comment = !file.comments_in(range).is_empty();
        let chunks = fields.iter().map(|field| {
            let cells = cells(file, field, "")?;
            Some(Chunk {
                group: 0,
                lead: Vec::new(),
                cells,
                n_names: field.names.len().max(1),
            })
        });
        let chunks = chunks.collect::<Option<Vec<_>>>()?;
        (!has_comment).then(|| Self {
            range,
            chunks,
            tail: Vec::new(),
            tail_apart: false,
            indent: format!("{indent}\t"),
            one_line: Some(indent),
        })
    }

    /// From positions of names to positions of fields.
    fn declared_together(&self, order: &[usize]) -> Option<Vec<usize>> {
        let mut first_of = Vec::new();
        let mut n_names = 0;
        for (field, chunk) in self.chunks.iter().enumerate() {
            first_of.push((n_names, field));
            n_names += chunk.n_names;
        }
        let field = |name: &usize| {
            let at = first_of.binary_search_by_key(name, |(first, _)| *first);
            at.ok().map(|at| first_of[at].1)
        };
        let fields: Vec<usize> = order.iter().filter_map(field).collect();
        let mut sorted = fields.clone();
        sorted.sort_unstable();
        let complete = order.len() == n_names && sorted.iter().copied().eq(0..self.chunks.len());
        complete.then_some(fields)
    }

    fn print(&self, order: &[usize]) -> String {
        let mut out = String::new();
        let mut rows: Vec<Vec<String>> = Vec::new();
        for (position, index) in order.iter().enumerate() {
            let chunk = &self.chunks[*index];
            let before = position.checked_sub(1).map(|position| order[position]);
            let apart = before.is_some_and(|before| {
                let detached = before + 1 != *index && chunk.lead.iter().any(String::is_empty);
                self.chunks[before].group != chunk.group || detached
            });
            if apart || !chunk.lead.is_empty() {
                self.flush(&mut rows, &mut out);
            }
            if apart {
                out.push('\n');
            }
            push_lines(&mut out, &chunk.lead);
            rows.push(chunk.cells.clone());
        }
        self.flush(&mut rows, &mut out);
        if self.tail_apart && !self.tail.is_empty() {
            out.push('\n');
        }
        push_lines(&mut out, &self.tail);
        match &self.one_line {
            Some(indent) => format!("\n{out}{indent}"),
            None => out,
        }
    }

    fn flush(&self, rows: &mut Vec<Vec<String>>, out: &mut String) {
        for line in align_columns(rows) {
            out.push_str(&self.indent);
            out.push_str(&line);
            out.push('\n');
        }
        rows.clear();
    }
}

impl Chunk {
    fn read(file: &File, field: &Field, group: usize, lead: Vec<String>) -> Option<Self> {
        let line = file.lines.line_range(line_of(file, field.range.end))?;
        let behind = TextRange::new(field.range.end, line.end);
        let comments = file.comments_in(behind);
        let comment = match comments.first() {
            Some(first) => TextRange::new(first.range.start, line.end),
            None => TextRange::empty(line.end),
        };
        let runs_on = comments.iter().any(|it| it.range.end > line.end);
        let between = file.text(TextRange::new(behind.start, comment.start));
        if runs_on || !matches!(between.trim(), "" | ";") {
            return None;
        }
        Some(Self {
            group,
            lead,
            cells: cells(file, field, file.text(comment).trim())?,
            n_names: field.names.len().max(1),
        })
    }
}

/// The columns of a field. What follows a type of several lines is not aligned.
fn cells(file: &File, field: &Field, comment: &str) -> Option<Vec<String>> {
    let typ = file.ast.range(field.ty);
    let inside = |range: TextRange| field.range.covers(range) && !typ.covers(range);
    let comments = file.comments_in(field.range);
    if comments.iter().any(|comment| inside(comment.range)) {
        return None;
    }
    let names: Vec<&str> = (file.ast.list(field.names).iter())
        .map(|name| file.expr_text(*name))
        .collect();
    let tag = field.tag.map(|tag| file.expr_text(tag)).unwrap_or_default();
    if tag.contains('\n') {
        return None;
    }
    let mut cells = Vec::new();
    if !names.is_empty() {
        cells.push(names.join(", "));
    }
    let first_line = line_of(file, typ.start);
    let inside = file.comments_in(typ);
    let typ = file.text(typ);
    if typ.contains('\n') {
        // gofmt lines it up with the comments of the fields above.
        if (inside.first()).is_some_and(|it| line_of(file, it.range.start) == first_line) {
            return None;
        }
        let parts = [typ, tag, comment];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        cells.push(parts.join(" "));
        return Some(cells);
    }
    cells.push(typ.to_owned());
    let is_embedded = names.is_empty();
    if !tag.is_empty() {
        if !is_embedded {
            cells.push(String::new());
        }
        cells.push(tag.to_owned());
    }
    if !comment.is_empty() {
        if is_embedded && tag.is_empty() {
            cells.push(String::new());
        }
        cells.push(comment.to_owned());
    }
    Some(cells)
}

/// The positions of `{` and `}` of a struct type.
fn braces(file: &File, range: TextRange) -> Option<(u32, u32)> {
    let text = file.text(range);
    let open = text.find('{')?;
    let is_plain = text[..open].trim() == "struct" && text.ends_with('}');
    is_plain.then_some((range.start + open as u32, range.end - 1))
}

fn line_of(file: &File, offset: u32) -> u32 {
    file.lines.line_col(offset).line
}

fn line_text(file: &File, line: u32) -> &str {
    (file.lines.line_range(line)).map_or("", |range| file.text(range))
}

fn blank_start(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// Lines from `first` up to `end`, which hold comments or nothing; and whether a blank line is in front of them or
/// they are all blank.
fn comment_lines(file: &File, first: u32, end: u32) -> (Vec<String>, bool) {
    let lines = (first..end).map(|line| line_text(file, line).trim_end());
    let mut kept: Vec<String> = Vec::new();
    let mut apart = false;
    for line in lines {
        let after_blank = kept.last().is_none_or(String::is_empty);
        if !line.is_empty() {
            kept.push(line.to_owned());
        } else if kept.is_empty() {
            apart = true;
        } else if !after_blank {
            kept.push(String::new());
        }
    }
    (kept, apart)
}

fn push_lines(out: &mut String, lines: &[String]) {
    for line in lines {
        out.push_str(line);
        out.push('\n');
    }
}
