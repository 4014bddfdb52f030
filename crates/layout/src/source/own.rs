//! Reasons that a struct's own text and its package give.

use base::TextRange;
use go_syntax::{ExprId, File};
use go_types::{Struct, TypeFormat};

use super::{Finder, SourceFile, StructNo, place};
use crate::obstacle::{Reason, is_marker};

/// Words in comments that mention order, alignment or padding.
const WORDS: [&str; 48] = [
    "must be first",
    "must be the first",
    "needs to be first",
    "be at the beginning",
    "be at the start",
    "first field",
    "first word",
    "must be last",
    "must be the last",
    "last field",
    "keep in sync",
    "field order",
    "order of fields",
    "order of the fields",
    "order of these fields",
    "order matters",
    "reorder",
    "64-bit align",
    "64 bit align",
    "8-byte align",
    "8 byte align",
    "must be aligned",
    "aligned to",
    "cache line",
    "cacheline",
    "false sharing",
    "memory layout",
    "struct layout",
    "binary layout",
    "same layout",
    "layout must",
    "layout of",
    "offset 0",
    "offset zero",
    "zero offset",
    "at offset",
    "fixed offset",
    "must come first",
    "must stay first",
    "must remain first",
    "should be first",
    "should come first",
    "keep first",
    "first in the struct",
    "top of the struct",
    "on-disk",
    "wire format",
    "memory-mapped",
];

impl Finder<'_> {
    /// `name`: the declared one.
    pub(super) fn look_at_own(&mut self, number: StructNo, name: Option<ExprId>, strukt: Struct) {
        let one = &self.structs[number];
        let package = &self.packages[one.package];
        let (file, expr) = (package.files[one.file], one.strukt);
        for reason in &package.reasons {
            self.add(number, reason, None);
        }
        if file.rewritten {
            self.add(number, &Reason::Cgo, None);
        } else if is_generated(file.file) {
            self.add(number, &Reason::Generated, None);
        }
        self.look_at_fields(number, strukt);
        self.look_at_comments(number, &file, name.unwrap_or(expr), expr);
        if let Some(name) = name
            && !package.importers_known
            && self.is_open_to_literals(name, &file, strukt)
        {
            self.add(number, &Reason::Exported, None);
        }
        let order: Vec<usize> = (0..strukt.fields.len()).collect();
        if crate::splice::reorder(file.file, expr, &order).is_none() {
            self.add(number, &Reason::Text, None);
        }
        if crate::splice::has_groups(file.file, expr) {
            self.add(number, &Reason::Groups, None);
        }
    }

    fn look_at_fields(&mut self, number: StructNo, strukt: Struct) {
        let fields = self.store.objs(strukt.fields).to_vec();
        for field in fields {
            let typ = self.store.obj_type(field);
            let typ = self.store.type_text(typ, TypeFormat { unalias: true });
            let name = self.store.name(field).to_owned();
            if typ == "structs.HostLayout" {
                self.add(number, &Reason::HostLayout, None);
            }
            if is_marker(&name, &typ) {
                self.add(number, &Reason::Marker(name), None);
            }
        }
        let tags = self.store.names_of(strukt.tags);
        let texts = tags.iter().map(|tag| self.store.names.text(*tag));
        let tag = texts.filter(|tag| !tag.is_empty()).map(tag_key).next();
        if let Some(key) = tag {
            self.add(number, &Reason::Tagged(key), None);
        }
    }

    fn look_at_comments(
        &mut self,
        number: StructNo,
        file: &SourceFile<'_>,
        name: ExprId,
        strukt: ExprId,
    ) {
        let ast = &file.file.ast;
        let (start, end) = (ast.range(name).start, ast.range(strukt).end);
        let of_file = (file.file.comments.iter())
            .map(|comment| comment.range)
            .take_while(|comment| comment.start < file.file.package_pos)
            .filter(|comment| is_keep(file.file.text(*comment)));
        let of_struct = comments_of(file.file, TextRange::new(start, end));
        for comment in of_file.chain(of_struct.iter().copied()) {
            if is_keep(file.file.text(comment)) {
                let place = place(file, comment.start);
                self.add(number, &Reason::Keep, Some(&place));
            }
        }
        for comment in of_struct {
            let text = file.file.text(comment);
            let text = text.to_lowercase();
            if let Some(words) = WORDS.iter().find(|words| text.contains(**words)) {
                let place = place(file, comment.start);
                self.add(number, &Reason::Comment(words), Some(&place));
            }
        }
    }

    /// Whether other packages can write literals of it without keys: all fields are exported, and it can be named.
    fn is_open_to_literals(&self, name: ExprId, file: &SourceFile<'_>, strukt: Struct) -> bool {
        let Some(go_types::Def::Object(obj)) = file.info.and_then(|info| info.def(name)) else {
            return false;
        };
        let exported = |name| self.store.names.is_exported(name);
        let object = self.store.obj(obj);
        let scope = object.pkg.map(|pkg| self.store.packages[pkg].scope);
        exported(object.name)
            && object.parent == scope
            && (self.store.objs(strukt.fields).iter())
                .all(|field| exported(self.store.obj(*field).name))
    }
}

/// The key a tag starts with, or the tag.
fn tag_key(tag: &str) -> String {
    tag.split(':').next().unwrap_or(tag).trim().to_owned()
}

/// Comments in a range, on the line where it ends, and in the lines directly above it and above the declaration that has
/// the range.
fn comments_of(file: &File, range: TextRange) -> Vec<TextRange> {
    let mut found = comments_around(file, range);
    let decls = file.decls.iter().map(|decl| file.ast.range(*decl));
    if let Some(decl) = decls.into_iter().find(|decl| decl.covers(range))
        && decl.start < range.start
        && file.text(TextRange::new(decl.start, range.start)).trim() != "type"
    {
        // Of the declaration only the head: other types of its group have comments of their own.
        let line = file.lines.line_col(decl.start).line;
        let head = file
            .lines
            .line_range(line)
            .unwrap_or(TextRange::empty(decl.start));
        for comment in comments_around(file, head) {
            if is_keep(file.text(comment)) && !found.contains(&comment) {
                found.push(comment);
            }
        }
    }
    found
}

/// Comments in a range, on the line where it ends, and in the lines directly above it.
fn comments_around(file: &File, range: TextRange) -> Vec<TextRange> {
    let line_of = |offset| file.lines.line_col(offset).line;
    let last_line = file.lines.line_range(line_of(range.end));
    let lines = TextRange::new(range.start, last_line.map_or(range.end, |line| line.end));
    let inside = file.comments_in(lines).iter();
    let mut found: Vec<TextRange> = inside.map(|comment| comment.range).collect();
    let mut next_line = line_of(range.start);
    for comment in (file.comments_in(TextRange::new(0, range.start)).iter()).rev() {
        let line = file.lines.line_range(line_of(comment.range.start));
        let before = line.map(|line| TextRange::new(line.start, comment.range.start));
        let behind_code = before.is_some_and(|before| !file.text(before).trim().is_empty());
        if behind_code || line_of(comment.range.end) + 1 != next_line {
            break;
        }
        next_line = line_of(comment.range.start);
        found.push(comment.range);
    }
    found
}

/// Says that the struct is to be left alone, to us or to a tool of the kind.
fn is_keep(comment: &str) -> bool {
    let Some(text) = comment.strip_prefix("//") else {
        return false;
    };
    let text = text.trim_start();
    let names_rule = |list: &str| {
        let list = list.split("//").next().unwrap_or_default();
        (list.split([',', ' ', '\t'])).any(|name| {
            let name = name.to_ascii_lowercase();
            matches!(
                name.as_str(),
                "gp501" | "goperf" | "fieldalignment" | "govet" | "all"
            )
        })
    };
    // golangci-lint's comment, which without a list is about all linters.
    let is_nolint = text
        .strip_prefix("nolint")
        .is_some_and(|rest| match rest.strip_prefix(':') {
            Some(list) => names_rule(list),
            None => rest.is_empty() || rest.starts_with(char::is_whitespace),
        });
    text.starts_with("goperf:keep")
        || text.starts_with("betteralign:ignore")
        || (text.strip_prefix("goperf:ignore ")).is_some_and(names_rule)
        || is_nolint
}

/// Has the line that says so, in front of everything else.
fn is_generated(file: &File) -> bool {
    let header = (file.comments.iter()).take_while(|it| it.range.start < file.package_pos);
    header.into_iter().any(|comment| {
        let text = file.text(comment.range);
        text.starts_with("// Code generated ") && text.ends_with(" DO NOT EDIT.")
    })
}
