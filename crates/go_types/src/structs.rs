//! Struct types.

use go_syntax::{ExprId, ExprKind, FieldId, List};
use rustc_hash::FxHashMap;

use crate::constant::literal;
use crate::delayed::Action;
use crate::{Basic, Checker, Code, Name, NameList, ObjId, Object, TypeId, TypeKind};

/// Fields of a struct as they are collected.
#[derive(Default)]
struct Fields {
    objs: Vec<ObjId>,
    tags: Vec<Name>,
    by_name: FxHashMap<Name, ObjId>,
}

impl Checker<'_> {
    pub(crate) fn struct_type(&mut self, list: List<FieldId>) -> TypeId {
        let ast = self.ast();
        let mut fields = Fields::default();
        for &field in ast.list(list) {
            let field = *ast.field(field);
            let typ = self.var_type(field.ty);
            let tag = field.tag.map_or(Name::EMPTY, |tag| self.tag(tag));
            if !field.names.is_empty() {
                for &name in ast.list(field.names) {
                    self.add_field(&mut fields, name, typ, tag, false);
                }
                continue;
            }
            match self.embedded_ident(field.ty) {
                Some(name) => {
                    self.add_field(&mut fields, name, typ, tag, true);
                    self.later(Action::EmbeddedField {
                        expr: field.ty,
                        typ,
                    });
                }
                None => self.error_expr(
                    field.ty,
                    Code::InvalidSyntaxTree,
                    "embedded field type has no name",
                ),
            }
        }
        let objs = self.store.obj_list(&fields.objs);
        let has_tags = fields.tags.iter().any(|tag| *tag != Name::EMPTY);
        let tags = if has_tags {
            self.store.name_list(&fields.tags)
        } else {
            NameList::EMPTY
        };
        self.store.struct_type(objs, tags)
    }

    fn add_field(
        &mut self,
        fields: &mut Fields,
        ident: ExprId,
        typ: TypeId,
        tag: Name,
        embedded: bool,
    ) {
        let name = self.ident_name(ident);
        let pos = self.pos(self.range(ident).start);
        let obj = self
            .store
            .new_obj(Object::field(pos, Some(self.pkg), name, typ, embedded));
        if name != Name::BLANK && fields.by_name.insert(name, obj).is_some() {
            let message = format!("{} redeclared", self.store.names.text(name));
            self.error(pos, Code::DuplicateDecl, message);
            return;
        }
        fields.objs.push(obj);
        fields.tags.push(tag);
        self.record_def(ident, Some(obj));
    }

    fn tag(&mut self, literal: ExprId) -> Name {
        let text = self.file().expr_text(literal);
        let Some(bytes) = literal::unquote(text) else {
            self.error_expr(literal, Code::InvalidSyntaxTree, "incorrect tag syntax");
            return Name::EMPTY;
        };
        // Tags are compared and printed, nothing else; bytes that are no text are replaced.
        self.store.names.intern(&String::from_utf8_lossy(&bytes))
    }

    /// The identifier that names an embedded field of this type.
    fn embedded_ident(&self, expr: ExprId) -> Option<ExprId> {
        let ast = self.ast();
        match ast.expr(expr).kind {
            ExprKind::Ident(_) => Some(expr),
            ExprKind::Star(x) => match ast.expr(x).kind {
                ExprKind::Star(_) => None,
                _ => self.embedded_ident(x),
            },
            ExprKind::Selector { sel, .. } => Some(sel),
            ExprKind::Index { x, .. } => match ast.expr(x).kind {
                ExprKind::Index { .. } => None,
                _ => self.embedded_ident(x),
            },
            ExprKind::Paren(x) => self.embedded_ident(ast.unparen(x)),
            _ => None,
        }
    }

    pub(crate) fn check_embedded_field(&mut self, expr: ExprId, typ: TypeId) {
        let (base, is_pointer) = self.store.deref(typ);
        let why = match self.store.under_kind(base) {
            TypeKind::Basic(Basic::UnsafePointer) => "unsafe.Pointer",
            TypeKind::Pointer(_) => "a pointer",
            TypeKind::Interface(_) if self.store.is_type_param(base) => {
                self.error_expr(
                    expr,
                    Code::MisplacedTypeParam,
                    "embedded field type cannot be a (pointer to a) type parameter",
                );
                return;
            }
            TypeKind::Interface(_) if is_pointer => "a pointer to an interface",
            _ => return,
        };
        self.error_expr(
            expr,
            Code::InvalidPtrEmbed,
            format!("embedded field type cannot be {why}"),
        );
    }
}
