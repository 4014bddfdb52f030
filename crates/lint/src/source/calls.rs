//! What a call calls.

use go_syntax::{ExprId, ExprKind};
use go_types::{Builtin, Mode, ObjKind, SelectionKind, TypeId};

use super::Source;

/// What a call calls.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Callee {
    Builtin(Builtin),
    /// The call converts to this type.
    Conversion(TypeId),
    Func {
        /// Import path.
        path: String,
        name: &'static str,
    },
    Method {
        /// Import path of the type that the method is declared for, and the type's name; of an interface without a
        /// name both are empty.
        path: String,
        typ: String,
        name: &'static str,
        /// The operand that the method is selected from.
        x: ExprId,
        /// It is a method of an interface.
        is_interface: bool,
    },
    /// A function value.
    Value,
}

impl Callee {
    pub(crate) fn is_func(&self, of: &str, named: &str) -> bool {
        matches!(self, Self::Func { path, name } if path == of && *name == named)
    }

    pub(crate) fn is_method(&self, of: &str, typ_name: &str, named: &str) -> bool {
        matches!(self, Self::Method { path, typ, name, .. } if path == of && typ == typ_name && *name == named)
    }
}

impl<'a> Source<'a> {
    /// The function and arguments of a call, with whether the last one is spread.
    pub(crate) fn call(&self, call: ExprId) -> Option<(ExprId, &'a [ExprId], bool)> {
        match self.inner(call) {
            ExprKind::Call { fun, args, spread } => Some((fun, self.file.ast.list(args), spread)),
            _ => None,
        }
    }

    /// What a call calls; `None` if the expression is not a call, or not typed.
    pub(crate) fn callee(&self, call: ExprId) -> Option<Callee> {
        let (fun, ..) = self.call(call)?;
        let mut fun = self.file.ast.unparen(fun);
        match self.info().type_of(fun)?.mode {
            Mode::Type => return Some(Callee::Conversion(self.type_of(fun)?)),
            Mode::Builtin => {
                return Some(self.builtin_of(fun).map_or(Callee::Value, Callee::Builtin));
            }
            _ => {}
        }
        if let ExprKind::Index { x, .. } = self.expr(fun) {
            fun = self.file.ast.unparen(x);
        }
        let named = match self.expr(fun) {
            ExprKind::Selector { x, sel } => match self.info().selection(fun) {
                Some(selection) if selection.kind == SelectionKind::Method => {
                    return Some(self.method(x, sel, selection.obj, selection.recv));
                }
                Some(_) => return Some(Callee::Value),
                None => sel,
            },
            ExprKind::Ident(_) => fun,
            _ => return Some(Callee::Value),
        };
        let Some(obj) = self.info().use_of(named) else {
            return Some(Callee::Value);
        };
        self.with_store(|store| {
            let object = *store.obj(obj);
            Some(match object.kind {
                ObjKind::Func { .. } => Callee::Func {
                    path: object.pkg.map_or(String::new(), |pkg| {
                        store.names.text(store.packages[pkg].path).to_owned()
                    }),
                    name: self.file.ast.name(named).as_str(),
                },
                _ => Callee::Value,
            })
        })
    }

    fn builtin_of(&self, fun: ExprId) -> Option<Builtin> {
        let named = match self.expr(fun) {
            ExprKind::Selector { sel, .. } => sel,
            _ => fun,
        };
        let obj = self.info().use_of(named)?;
        self.with_store(|store| match store.obj(obj).kind {
            ObjKind::Builtin(builtin) => Some(builtin),
            _ => None,
        })
    }

    fn method(&self, x: ExprId, sel: ExprId, obj: go_types::ObjId, recv: TypeId) -> Callee {
        let declared = self.with_store(|store| {
            let signature = store.as_signature(store.obj(obj).typ?)?;
            Some(store.obj_type(signature.recv?))
        });
        let is_interface = self.with_store(|store| {
            let of = declared.unwrap_or(recv);
            store.is_interface(of)
        });
        let (path, typ) = self.type_name(declared.unwrap_or(recv)).unwrap_or_default();
        Callee::Method {
            path,
            typ,
            name: self.file.ast.name(sel).as_str(),
            x,
            is_interface,
        }
    }

    /// The arguments of a call of a function, and whether the last one is spread.
    pub(crate) fn args_of(
        &self,
        call: ExprId,
        path: &str,
        name: &str,
    ) -> Option<(&'a [ExprId], bool)> {
        let (_, args, spread) = self.call(call)?;
        self.callee(call)?
            .is_func(path, name)
            .then_some((args, spread))
    }

    /// The arguments of a call of a predeclared function.
    pub(crate) fn builtin_args(
        &self,
        call: ExprId,
        builtin: Builtin,
    ) -> Option<(&'a [ExprId], bool)> {
        let (_, args, spread) = self.call(call)?;
        (self.callee(call)? == Callee::Builtin(builtin)).then_some((args, spread))
    }

    /// The operand of a conversion, and the type it converts to.
    pub(crate) fn conversion(&self, call: ExprId) -> Option<(ExprId, TypeId)> {
        let (_, args, _) = self.call(call)?;
        match self.callee(call)? {
            Callee::Conversion(typ) => Some((*args.first()?, typ)),
            _ => None,
        }
    }

    /// The name by which a call names its function; empty for other functions.
    pub(crate) fn called_name(&self, call: ExprId) -> &'static str {
        let Some((fun, ..)) = self.call(call) else {
            return "";
        };
        let mut fun = self.file.ast.unparen(fun);
        if let ExprKind::Index { x, .. } = self.expr(fun) {
            fun = self.file.ast.unparen(x);
        }
        match self.expr(fun) {
            ExprKind::Selector { sel, .. } => self.file.ast.name(sel).as_str(),
            _ => self.file.ast.name(fun).as_str(),
        }
    }
}
