//! Records of what the checker found: expressions, selections, instances, objects, layouts, method sets.

use base::TextRange;
use go_load::CheckedPackage;
use go_syntax::{Ast, ExprId, ExprKind, Node, SpecKind};
use go_types::constant::{Value, quote_ascii};
use go_types::{
    Basic, Def, FileInfo, Info, Initializer, Mode, Name, ObjId, ObjKind, Object, Pos, Selection,
    SelectionKind, Signature, Sizes, Store, TypeFormat, TypeId, TypeKind, VarKind,
};
use sha2::{Digest as _, Sha256};

use super::writer::{Kind, Writer, hex};

/// The records of one file.
pub(super) fn file(writer: &mut Writer<'_>, store: &mut Store, info: &FileInfo, sizes: Sizes) {
    let Some(source) = writer.source() else {
        return;
    };
    let ast = &source.file.ast;
    let format = TypeFormat {
        unalias: writer.flags.unalias,
    };
    let mut records = Records {
        writer,
        store,
        info,
        ast,
        sizes,
        format,
    };
    if let Some(name) = source.file.package {
        records.ident(name);
    }
    for decl in &source.file.decls {
        ast.walk(*decl, |node| {
            if let Node::Expr(expr) = node {
                records.expr(expr);
            }
            records.implicit(node);
            true
        });
    }
}

/// The initializers of a package whose right side is in the open file.
pub(super) fn init_order(writer: &mut Writer<'_>, store: &Store, info: &Info, number: usize) {
    let Some(source) = writer.source() else {
        return;
    };
    for (index, initializer) in info.init_order.iter().enumerate() {
        let Initializer { file, lhs, rhs } = initializer;
        if *file != number {
            continue;
        }
        let range = source.file.ast.range(*rhs);
        let mut line = writer.start(Kind::Init, range);
        line.num("i", index)
            .strs("lhs", lhs.iter().map(|obj| store.name(*obj)));
        writer.put(Kind::Init, range, line);
    }
}

/// What is wrong with the open file.
pub(super) fn problems(
    writer: &mut Writer<'_>,
    store: &Store,
    package: &CheckedPackage,
    number: usize,
) {
    let Some(&file) = store.packages[package.pkg].files.get(number) else {
        return;
    };
    for problem in package
        .problems
        .iter()
        .filter(|problem| problem.pos.file == file)
    {
        let range = TextRange::empty(problem.pos.offset);
        let mut line = writer.start(Kind::Error, range);
        line.str("msg", &format!("{} ({:?})", problem.message, problem.code));
        writer.put(Kind::Error, range, line);
    }
}

struct Records<'r, 'w> {
    writer: &'r mut Writer<'w>,
    store: &'r mut Store,
    info: &'r FileInfo,
    ast: &'r Ast,
    sizes: Sizes,
    format: TypeFormat,
}

impl Records<'_, '_> {
    fn text(&self, typ: TypeId) -> String {
        self.store.type_text(typ, self.format)
    }

    fn expr(&mut self, expr: ExprId) {
        let (range, kind) = (self.ast.range(expr), self.ast.expr(expr).kind);
        if let Some(found) = self.info.type_of(expr) {
            let value = found
                .value
                .map(|value| const_text(self.store, found.typ, value));
            let mut line = self.writer.start(Kind::Expr, range);
            line.str("g", &self.writer.line_col(self.ast.expr(expr).pos))
                .str("n", kind.name())
                .str("m", mode_text(found.mode, found.typ, value.is_some()))
                .str("t", &self.text(found.typ));
            if let Some(value) = value {
                line.str("v", &value);
            }
            self.writer.put(Kind::Expr, range, line);
            if matches!(kind, ExprKind::StructType(_)) && self.store.is_concrete(found.typ) {
                self.layout(range, found.typ);
            }
        }
        match kind {
            ExprKind::Ident(_) => self.ident(expr),
            ExprKind::Selector { .. } => {
                if let Some(selection) = self.info.selection(expr) {
                    self.selection(range, selection);
                }
            }
            _ => {}
        }
    }

    fn selection(&mut self, range: TextRange, selection: &Selection) {
        let Selection {
            kind, recv, obj, ..
        } = *selection;
        let typ = self.store.obj_type(obj);
        let (kind, typ) = match kind {
            SelectionKind::Field => ("field", typ),
            SelectionKind::Method => ("method", typ),
            SelectionKind::MethodExpr => ("expr", self.method_expression(recv, typ)),
        };
        let mut line = self.writer.start(Kind::Sel, range);
        line.str("kind", kind)
            .str("recv", &self.text(recv))
            .str("obj", &self.store.object_string(obj))
            .nums("index", selection.index.iter())
            .bool("ind", selection.indirect)
            .str("t", &self.text(typ));
        self.writer.put(Kind::Sel, range, line);
    }

    /// The function a method is when the receiver is its first parameter.
    fn method_expression(&mut self, recv: TypeId, method: TypeId) -> TypeId {
        let Some(signature) = self.store.as_signature(method) else {
            return method;
        };
        let object = Object::var(VarKind::Param, Pos::none(), None, Name::EMPTY).with_type(recv);
        let mut params = vec![self.store.new_obj(object)];
        params.extend(self.store.objs(signature.params));
        let params = self.store.obj_list(&params);
        self.store.signature(Signature {
            params,
            ..signature
        })
    }

    fn ident(&mut self, ident: ExprId) {
        let range = self.ast.range(ident);
        let name = self.ast.name(ident);
        if let Some(obj) = self.info.def(ident) {
            let obj = match obj {
                Def::Object(obj) => Some(obj),
                Def::None => None,
            };
            self.def(range, name.as_str(), obj);
        }
        if let Some(obj) = self.info.use_of(ident) {
            let mut line = self.writer.start(Kind::Use, range);
            line.str("n", name.as_str())
                .str("obj", &self.store.object_string(obj));
            self.writer.put(Kind::Use, range, line);
        }
        if let Some(instance) = self.info.instance(ident) {
            let targs = self.store.types(instance.targs).to_vec();
            let targs: Vec<String> = targs.into_iter().map(|targ| self.text(targ)).collect();
            let mut line = self.writer.start(Kind::Inst, range);
            line.str("n", name.as_str())
                .strs("targs", targs.iter().map(String::as_str))
                .str("t", &self.text(instance.typ));
            self.writer.put(Kind::Inst, range, line);
            if self.store.as_named(instance.typ).is_some() && self.store.is_concrete(instance.typ) {
                self.layout(range, instance.typ);
            }
        }
    }

    fn def(&mut self, range: TextRange, name: &str, obj: Option<ObjId>) {
        let mut line = self.writer.start(Kind::Def, range);
        line.str("n", name);
        let Some(obj) = obj else {
            line.str("obj", "-");
            self.writer.put(Kind::Def, range, line);
            return;
        };
        line.str("obj", &self.store.object_string(obj));
        let object = *self.store.obj(obj);
        if !matches!(object.kind, ObjKind::PkgName { .. }) {
            line.str("t", &self.object_type(obj));
        }
        if let ObjKind::Const { value } = object.kind {
            let typ = self.store.obj_type(obj);
            let value = value.map(|value| const_text(self.store, typ, value));
            line.str("v", value.as_deref().unwrap_or("?"));
        }
        self.writer.put(Kind::Def, range, line);
        if object.is_type_name()
            && let Some(typ) = object.typ
            && let TypeKind::Named(id) = self.store.kind(typ)
            && self.store.named(id).obj == obj
        {
            self.type_name(range, typ);
        }
    }

    /// Labels have no type in go/types' sense: it is invalid.
    fn object_type(&self, obj: ObjId) -> String {
        match self.store.obj(obj).typ {
            Some(typ) => self.text(typ),
            None => "invalid".to_owned(),
        }
    }

    fn type_name(&mut self, range: TextRange, typ: TypeId) {
        if self.store.is_concrete(typ) {
            self.layout(range, typ);
        }
        self.method_set(range, typ);
        if !self.store.is_interface(typ) {
            let pointer = self.store.pointer(typ);
            self.method_set(range, pointer);
        }
    }

    fn method_set(&mut self, range: TextRange, typ: TypeId) {
        if !self.writer.wants(Kind::Mset) {
            return;
        }
        let methods = self.store.method_set(typ);
        if methods.is_empty() {
            return;
        }
        let mut texts: Vec<String> = (methods.iter())
            .map(|method| {
                let path: Vec<String> = method.index.iter().map(u32::to_string).collect();
                let object = self.store.object_string(method.obj);
                format!(
                    "{} {} {object}",
                    self.store.name(method.obj),
                    path.join(".")
                )
            })
            .collect();
        texts.sort();
        let mut line = self.writer.start(Kind::Mset, range);
        line.str("t", &self.text(typ))
            .strs("methods", texts.iter().map(String::as_str));
        self.writer.put(Kind::Mset, range, line);
    }

    fn layout(&mut self, range: TextRange, typ: TypeId) {
        if !self.writer.wants(Kind::Layout) {
            return;
        }
        let Ok(layout) = self.sizes.layout(self.store, typ) else {
            return;
        };
        let mut line = self.writer.start(Kind::Layout, range);
        line.str("t", &self.text(typ))
            .num("size", layout.size)
            .num("align", layout.align)
            .num("ptrdata", layout.ptrdata)
            .bool("direct", layout.direct);
        if let Some(offsets) = &layout.offsets {
            line.nums("offsets", offsets.iter());
        }
        self.writer.put(Kind::Layout, range, line);
    }

    fn implicit(&mut self, node: Node) {
        let Some(obj) = self.info.implicit(node) else {
            return;
        };
        let (name, range) = match node {
            Node::Spec(id) if matches!(self.ast.spec(id).kind, SpecKind::Import { .. }) => {
                ("ImportSpec", self.ast.spec(id).range)
            }
            Node::Stmt(id) => ("CaseClause", self.ast.stmt(id).range),
            Node::Field(id) => ("Field", self.ast.field(id).range),
            _ => return,
        };
        let mut line = self.writer.start(Kind::Implicit, range);
        line.str("n", name)
            .str("obj", &self.store.object_string(obj));
        if !matches!(self.store.obj(obj).kind, ObjKind::PkgName { .. }) {
            line.str("t", &self.object_type(obj));
        }
        self.writer.put(Kind::Implicit, range, line);
    }
}

fn mode_text(mode: Mode, typ: TypeId, has_value: bool) -> &'static str {
    match mode {
        Mode::NoValue => "novalue",
        Mode::Type => "type",
        Mode::Builtin => "builtin",
        _ if typ == TypeId::UNTYPED_NIL => "nil",
        _ if has_value => "const",
        Mode::Var => "var",
        Mode::MapIndex => "mapindex",
        Mode::CommaOk | Mode::CommaErr => "commaok",
        _ => "value",
    }
}

/// Longer string constants are written as length and hash, in bytes.
const LONG_STRING: usize = 256;

/// A constant in the form its type decides.
fn const_text(store: &mut Store, typ: TypeId, value: go_types::ValueId) -> String {
    let basic = match store.under_kind(typ) {
        TypeKind::Basic(basic) => basic,
        _ => Basic::Invalid,
    };
    let value = store.value(value);
    match value {
        Value::Unknown => "?".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Str(text) => {
            let bytes = text.to_vec();
            if bytes.len() > LONG_STRING {
                return format!("#{}:{}", bytes.len(), hex(&Sha256::digest(&bytes)[..8]));
            }
            quote_ascii(&bytes)
        }
        _ if basic.is_float() => value.float_text(),
        _ if basic.is_complex() => value.to_complex().complex_text(),
        _ if basic.is_integer() => value.int_text(),
        _ => value.exact_text(),
    }
}
