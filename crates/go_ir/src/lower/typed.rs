//! Questions about types that lowering asks again and again.

use go_syntax::{ExprId, ExprKind};
use go_types::{Basic, Mode, ObjId, ObjKind, TypeId, TypeKind, VarKind};

use super::{Lowered, Lowerer};

impl Lowerer<'_> {
    /// Type of an expression.
    pub(super) fn typ(&mut self, expr: ExprId) -> Lowered<TypeId> {
        let typ = self.declared_type(expr)?;
        Ok(self.subst(typ))
    }

    /// Type of an expression in terms of type parameters.
    pub(super) fn declared_type(&self, expr: ExprId) -> Lowered<TypeId> {
        let known = self.info().type_of(expr).map(|known| known.typ);
        if let Some(typ) = known {
            return Ok(typ);
        }
        // An identifier on the left of `:=` has no type of its own.
        match self.object(expr) {
            Some(obj) => self.store.obj(obj).typ.ok_or("an object without type"),
            None => Err("an expression without type"),
        }
    }

    /// Type of an object.
    pub(super) fn obj_type(&mut self, obj: ObjId) -> TypeId {
        let typ = self.store.obj_type(obj);
        self.subst(typ)
    }

    pub(super) fn mode(&self, expr: ExprId) -> Option<Mode> {
        self.info().type_of(expr).map(|known| known.mode)
    }

    pub(super) fn is_type(&self, expr: ExprId) -> bool {
        self.mode(expr) == Some(Mode::Type)
    }

    /// The object that an identifier or qualified identifier uses or defines.
    pub(super) fn object(&self, expr: ExprId) -> Option<ObjId> {
        let expr = self.ast().unparen(expr);
        let ident = match self.ast().expr(expr).kind {
            ExprKind::Ident(_) => expr,
            ExprKind::Selector { sel, .. } if self.info().selection(expr).is_none() => sel,
            _ => return None,
        };
        match self.info().use_of(ident) {
            Some(obj) => Some(obj),
            None => match self.info().def(ident)? {
                go_types::Def::Object(obj) => Some(obj),
                go_types::Def::None => None,
            },
        }
    }

    /// What is instantiated, without type arguments that are written, and the identifier that the instance is noted at.
    pub(super) fn instantiated(&self, fun: ExprId) -> (ExprId, ExprId) {
        let ast = self.ast();
        let mut named = ast.unparen(fun);
        if let ExprKind::Index { x, .. } = ast.expr(named).kind {
            named = ast.unparen(x);
        }
        match ast.expr(named).kind {
            ExprKind::Selector { sel, .. } => (named, sel),
            _ => (named, named),
        }
    }

    pub(super) fn is_nil(&self, expr: ExprId) -> bool {
        let object = self.object(expr);
        object.is_some_and(|obj| self.store.obj(obj).kind == ObjKind::Nil)
    }

    pub(super) fn is_package_var(&self, obj: ObjId) -> bool {
        matches!(
            self.store.obj(obj).kind,
            ObjKind::Var {
                kind: VarKind::Package,
                ..
            }
        )
    }

    /// What the type is, without names and aliases; of a type parameter what all its types share.
    pub(super) fn core(&mut self, typ: TypeId) -> TypeKind {
        let under = self.store.common_under(typ).unwrap_or(typ);
        let under = self.store.under(under);
        self.store.kind(under)
    }

    pub(super) fn basic(&mut self, typ: TypeId) -> Option<Basic> {
        match self.store.under_kind(typ) {
            TypeKind::Basic(basic) => Some(basic.canonical()),
            _ => None,
        }
    }

    pub(super) fn is_interface(&mut self, typ: TypeId) -> bool {
        self.store.is_non_type_param_interface(typ)
    }

    pub(super) fn is_string(&mut self, typ: TypeId) -> bool {
        matches!(self.basic(typ), Some(Basic::String | Basic::UntypedString))
    }

    /// The element of a pointer type.
    pub(super) fn pointee(&mut self, typ: TypeId) -> Option<TypeId> {
        match self.store.under_kind(typ) {
            TypeKind::Pointer(elem) => Some(elem),
            _ => None,
        }
    }

    /// Whether the type or what it points to is an array, and whether it is a pointer.
    pub(super) fn is_array_pointer(&mut self, typ: TypeId) -> bool {
        let Some(elem) = self.pointee(typ) else {
            return false;
        };
        matches!(self.store.under_kind(elem), TypeKind::Array { .. })
    }

    /// The type's values, and the type parameters in it if there are any, are gone from here on.
    pub(super) fn default_type(&self, typ: TypeId) -> TypeId {
        self.store.default_type(typ)
    }

    /// Element types of a tuple; `None` for other types.
    pub(super) fn tuple(&self, typ: TypeId) -> Option<Vec<TypeId>> {
        match self.store.kind(typ) {
            TypeKind::Tuple(vars) => {
                let vars = self.store.objs(vars);
                Some(vars.iter().map(|var| self.store.obj_type(*var)).collect())
            }
            _ => None,
        }
    }
}
