//! Declarations.

use super::Printer;
use super::stmt::LONGEST_DECL_HEAD;
use super::table::align;
use crate::ast::{DeclId, DeclKind, ExprId, GenKind, List, SpecId, SpecKind};

impl Printer<'_> {
    pub(super) fn decl(&mut self, id: DeclId) {
        match self.ast.decl(id).kind {
            DeclKind::Bad => {
                let text = self.file.text(self.ast.decl(id).range);
                self.out.push_str(text);
            }
            DeclKind::Func(func) => {
                let head = self.out.len();
                self.put("func ");
                if func.recv_range.is_some() {
                    self.put("(");
                    self.comma_list(self.ast.list(func.recv), Self::field);
                    self.put(") ");
                }
                self.name(func.name);
                if let Some(signature) = self.ast.func_type(func.ty) {
                    self.signature(signature);
                }
                if let Some(body) = func.body {
                    self.func_body(body, head, LONGEST_DECL_HEAD);
                }
            }
            DeclKind::Gen {
                keyword,
                specs,
                group,
            } => {
                self.put(match keyword {
                    GenKind::Import => "import ",
                    GenKind::Const => "const ",
                    GenKind::Type => "type ",
                    GenKind::Var => "var ",
                });
                let specs = self.ast.list(specs);
                match specs {
                    [spec] if !group => self.spec(*spec),
                    [] => self.put("()"),
                    _ => self.group(keyword, specs),
                }
            }
        }
    }

    fn group(&mut self, keyword: GenKind, specs: &[SpecId]) {
        self.put("(");
        self.indent += 1;
        let with_type = self.rows_with_type(specs);
        let rows: Vec<Vec<String>> = (specs.iter().zip(with_type))
            .map(|(spec, with_type)| match keyword {
                GenKind::Import => vec![self.rendered(|p| p.spec(*spec))],
                _ if specs.len() == 1 => vec![self.rendered(|p| p.spec(*spec))],
                _ => self.spec_cells(*spec, with_type),
            })
            .collect();
        for (line, spec) in align(&rows).iter().zip(specs) {
            // gofmt sorts imports between blank lines.
            if keyword == GenKind::Import && self.is_behind_blank_line(*spec) {
                self.out.push('\n');
            }
            self.newline();
            self.out.push_str(line);
        }
        self.indent -= 1;
        self.newline();
        self.put(")");
    }

    /// Whether the spec begins a line, and another line of the group and then a blank one stand above, comments aside.
    fn is_behind_blank_line(&self, spec: SpecId) -> bool {
        let before = &self.file.src[..self.ast.spec(spec).range.start as usize];
        let mut lines = before.rsplit('\n').map(str::trim);
        let is_first = lines.next() == Some("");
        let above = lines.find(|line| !line.starts_with("//"));
        is_first
            && above == Some("")
            && lines
                .find(|line| !line.is_empty())
                .is_some_and(|line| !line.ends_with('('))
    }

    /// A spec without types leaves room for them if another of its run has one: a run is specs with
    /// values, one after the other.
    fn rows_with_type(&self, specs: &[SpecId]) -> Vec<bool> {
        let parts = |id: &SpecId| match self.ast.spec(*id).kind {
            SpecKind::Const { ty, values, .. } | SpecKind::Var { ty, values, .. } => {
                (ty.is_some(), !values.is_empty())
            }
            _ => (false, false),
        };
        let mut keep = vec![false; specs.len()];
        let mut start = 0;
        while start < specs.len() {
            let run = specs[start..]
                .iter()
                .take_while(|spec| parts(spec).1)
                .count();
            let has_type = specs[start..start + run].iter().any(|spec| parts(spec).0);
            keep[start..start + run].fill(has_type);
            start += run.max(1);
        }
        keep
    }

    fn spec_cells(&mut self, id: SpecId, with_type: bool) -> Vec<String> {
        match self.ast.spec(id).kind {
            SpecKind::Const {
                names, ty, values, ..
            }
            | SpecKind::Var { names, ty, values } => {
                let names = self.ast.list(names);
                let mut cells = vec![self.rendered(|p| p.names(names))];
                if let Some(ty) = ty {
                    cells.push(self.rendered(|p| p.expr(ty)));
                } else if with_type {
                    cells.push(String::new());
                }
                if !values.is_empty() {
                    cells.push(self.rendered(|p| p.values(values)));
                }
                cells
            }
            SpecKind::Type {
                name,
                type_params,
                alias,
                ty,
                ..
            } => {
                let head = self.rendered(|p| {
                    p.name(name);
                    p.type_params(type_params, true);
                });
                let alias = if alias { "= " } else { "" };
                vec![
                    head,
                    self.rendered(|p| p.out.push_str(alias)) + &self.rendered(|p| p.expr(ty)),
                ]
            }
            SpecKind::Import { .. } => vec![self.rendered(|p| p.spec(id))],
        }
    }

    /// `= a, b`
    fn values(&mut self, values: List<ExprId>) {
        self.put("= ");
        self.comma_list(self.ast.list(values), Self::expr);
    }

    pub(super) fn spec(&mut self, id: SpecId) {
        if let SpecKind::Import { name, path } = self.ast.spec(id).kind {
            if let Some(name) = name {
                self.name(name);
                self.put(" ");
            }
            return self.expr(path);
        }
        let cells = self.spec_cells(id, false);
        self.out.push_str(&cells.join(" "));
    }
}
