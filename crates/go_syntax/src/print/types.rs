//! Types, fields and signatures.

use super::Printer;
use super::table::align;
use crate::ast::{ChanDir, ExprId, ExprKind, FieldId, List, Signature};

/// A struct or interface with one member this short may stand on one line.
const SHORT: usize = 30;

impl Printer<'_> {
    pub(super) fn type_expr(&mut self, id: ExprId) {
        match self.ast.expr(id).kind {
            ExprKind::Ellipsis(elem) => {
                self.put("...");
                if let Some(elem) = elem {
                    self.expr(elem);
                }
            }
            ExprKind::ArrayType { len, elem } => {
                self.put("[");
                if let Some(len) = len {
                    self.expr(len);
                }
                self.put("]");
                self.expr(elem);
            }
            ExprKind::StructType(fields) => self.members("struct", fields),
            ExprKind::InterfaceType(elements) => self.members("interface", elements),
            ExprKind::FuncType(signature) => {
                self.put("func");
                self.signature(self.ast.signature(signature));
            }
            ExprKind::MapType { key, value } => {
                self.put("map[");
                self.expr(key);
                self.put("]");
                self.expr(value);
            }
            ExprKind::ChanType { dir, elem } => {
                self.put(match dir {
                    ChanDir::Both => "chan ",
                    ChanDir::Send => "chan<- ",
                    ChanDir::Recv => "<-chan ",
                });
                self.expr(elem);
            }
            _ => {}
        }
    }

    pub(super) fn signature(&mut self, signature: &Signature) {
        self.type_params(signature.type_params, false);
        self.put("(");
        self.comma_list(self.ast.list(signature.params), Self::field);
        self.put(")");
        let results = self.ast.list(signature.results);
        match results {
            [] => {}
            [result] if self.ast.field(*result).names.is_empty() => {
                self.out.push(' ');
                self.field(*result);
            }
            _ => {
                self.put(" (");
                self.comma_list(results, Self::field);
                self.put(")");
            }
        }
    }

    /// In a type declaration a lone parameter may need a comma, or it would be an array's length.
    pub(super) fn type_params(&mut self, params: List<FieldId>, in_type_decl: bool) {
        let params = self.ast.list(params);
        if params.is_empty() {
            return;
        }
        self.put("[");
        self.comma_list(params, Self::field);
        if let ([param], true) = (params, in_type_decl) {
            let param = self.ast.field(*param);
            if param.names.len() == 1 && self.combines_with_name(param.ty) {
                self.put(",");
            }
        }
        self.put("]");
    }

    /// Whether the parameter's name and this constraint would be read as one expression.
    fn combines_with_name(&self, ty: ExprId) -> bool {
        let mut ty = ty;
        loop {
            match self.ast.expr(ty).kind {
                ExprKind::Star(x) | ExprKind::Paren(x) => return !self.ast.is_type_element(x),
                ExprKind::Binary { x, y, .. } if !self.ast.is_type_element(y) => ty = x,
                _ => return false,
            }
        }
    }

    /// A parameter, a field or an element of an interface, on one line.
    pub(super) fn field(&mut self, id: FieldId) {
        let cells = self.field_cells(id);
        self.out.push_str(&cells.join(" "));
    }

    fn field_cells(&mut self, id: FieldId) -> Vec<String> {
        let field = *self.ast.field(id);
        let names = self.ast.list(field.names);
        let mut cells = Vec::new();
        if !names.is_empty() {
            cells.push(self.rendered(|p| p.names(names)));
        }
        cells.push(self.rendered(|p| p.expr(field.ty)));
        if let Some(tag) = field.tag {
            cells.push(self.file.expr_text(tag).to_owned());
        }
        cells
    }

    /// Name and signature of an interface's method, or an embedded element.
    fn element(&mut self, id: FieldId) {
        let field = *self.ast.field(id);
        match (self.ast.list(field.names), self.ast.func_type(field.ty)) {
            ([name], Some(signature)) => {
                self.name(*name);
                self.signature(signature);
            }
            _ => self.field(id),
        }
    }

    fn members(&mut self, keyword: &str, fields: List<FieldId>) {
        self.put(keyword);
        let fields = self.ast.list(fields);
        let is_struct = keyword == "struct";
        if fields.is_empty() {
            return self.put("{}");
        }
        self.indent += 1;
        let cells = |id: &FieldId| {
            if is_struct {
                self.field_cells(*id)
            } else {
                vec![self.rendered(|p| p.element(*id))]
            }
        };
        let rows: Vec<Vec<String>> = fields.iter().map(cells).collect();
        self.indent -= 1;
        let lines = align(&rows);
        if let ([only], [line]) = (fields, lines.as_slice())
            && self.is_short(*only, line, is_struct)
        {
            self.put("{ ");
            self.out.push_str(line);
            return self.put(" }");
        }
        self.put(" ");
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        self.block_of(&lines, |p, line| p.out.push_str(line));
    }

    /// Whether gofmt leaves a struct or interface with this member on one line.
    /// Source: go/printer/nodes.go `isOneLineFieldList`, go1.27.3.
    fn is_short(&self, member: FieldId, line: &str, in_struct: bool) -> bool {
        let field = self.ast.field(member);
        let len = match self.ast.list(field.names) {
            // Of a method the type counts, as if it were written out: `func(int) string`.
            [name] if !in_struct => {
                line.len() - self.ast.name(*name).as_str().len() + "func ".len()
            }
            [] | [_] => line.len(),
            _ => return false,
        };
        field.tag.is_none() && len.max(line.len()) <= SHORT && !line.contains('\n')
    }
}
