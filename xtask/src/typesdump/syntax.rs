//! Records that need no types: packages, files, statements.

use base::TextRange;
use go_load::Loaded;
use go_syntax::{DeclKind, GoVersion, Node, StmtKind};
use go_tool::PackageId;

use super::line::Line;
use super::writer::{Kind, Writer};

pub(super) fn package(writer: &mut Writer<'_>, loaded: &Loaded, id: PackageId, n_errors: usize) {
    let listed = &loaded.listing.packages[id];
    let sources = &loaded.packages[id];
    let mut line = Line::of(Kind::Pkg);
    line.str("pkg", &listed.import_path)
        .str("name", &listed.name)
        .str("lang", &sources.lang.to_string())
        .str("arch", &loaded.goarch)
        .strs("files", sources.files.iter().map(|file| file.name.as_str()))
        .strs("imports", listed.imports.iter().map(String::as_str));
    if let Some(error) = &listed.error_text {
        line.str("listerror", error);
    }
    let n_problems: usize = sources.files.iter().map(|file| file.problems.len()).sum();
    line.num("errors", n_problems + n_errors);
    writer.put_first(Kind::Pkg, line);
}

pub(super) fn file(writer: &mut Writer<'_>, package_version: GoVersion) {
    let Some(source) = writer.source() else {
        return;
    };
    let lang = package_version.of_file(source.file.directives.go_version);
    let mut line = Line::of(Kind::File);
    line.str("f", &source.name)
        .str("lang", &lang.to_string())
        .num("bytes", source.file.src.len());
    writer.put_first(Kind::File, line);
}

pub(super) fn stmts(writer: &mut Writer<'_>) {
    if !writer.wants(Kind::Stmt) {
        return;
    }
    let Some(source) = writer.source() else {
        return;
    };
    let ast = &source.file.ast;
    for decl in &source.file.decls {
        ast.walk(*decl, |node| {
            let (name, range, pos) = match node {
                Node::Decl(id) => match ast.decl(id).kind {
                    DeclKind::Func(_) => ("FuncDecl", ast.decl(id).range, ast.decl(id).pos),
                    _ => return true,
                },
                Node::Spec(id) => {
                    let spec = ast.spec(id);
                    (spec.kind.name(), spec.range, spec.range.start)
                }
                Node::Stmt(id) => {
                    let stmt = ast.stmt(id);
                    match stmt.kind {
                        StmtKind::Bad | StmtKind::Empty => return true,
                        StmtKind::Range { x, range_pos, .. } => {
                            let range = TextRange::new(range_pos, ast.range(x).end);
                            put(writer, "RangeClause", range, range_pos);
                        }
                        _ => {}
                    }
                    (stmt.kind.name(), stmt.range, stmt.pos)
                }
                Node::Expr(_) | Node::Field(_) => return true,
            };
            put(writer, name, range, pos);
            true
        });
    }
}

fn put(writer: &mut Writer<'_>, name: &str, range: TextRange, pos: u32) {
    let mut line = writer.start(Kind::Stmt, range);
    line.str("g", &writer.line_col(pos)).str("n", name);
    writer.put(Kind::Stmt, range, line);
}
