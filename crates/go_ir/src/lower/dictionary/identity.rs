//! Which types are one object for gc.
//!
//! gc's type checker makes a new object each time it meets `*T` in source or has to make a pointer, and a dictionary has
//! words for each object. Types with names, type parameters, structs, interfaces and functions are as many objects here;
//! of the others it counts where they come from.

use base::FileId;
use go_syntax::{ExprId, ExprKind, SigId, UnaryOp as Prefix};
use go_types::{Builtin, ObjId, ObjKind, Selection, SelectionKind, Store, TypeId, TypeKind};
use rustc_hash::FxHashMap;

use super::Walk;

/// A type as an object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Identity {
    pub(crate) typ: TypeId,
    /// Of types that are objects of their own nothing.
    origin: Option<u32>,
}

impl Identity {
    /// A type that is an object of its own.
    pub(super) fn own(typ: TypeId) -> Self {
        Self { typ, origin: None }
    }
}

/// Where a type comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Origin {
    /// The expression is the type, or makes it.
    Expr(Option<FileId>, ExprId),
    /// The type of a variable, field, parameter or result.
    Object(ObjId),
    /// A component of a type: elements, keys, arguments.
    Part(Identity, usize),
}

/// Where types come from, as numbers, and the variables whose types are others' too.
#[derive(Debug, Default)]
pub(super) struct Origins {
    numbers: FxHashMap<Origin, u32>,
    variables: FxHashMap<ObjId, Identity>,
}

/// Parts of types, by number.
const ELEM: usize = 0;
const KEY: usize = 1;
/// Type arguments follow.
const ARGUMENTS: usize = 2;

impl Walk<'_, '_> {
    fn identity(&mut self, typ: TypeId, origin: Origin) -> Identity {
        let origin = is_shared(self.lowerer.store, typ).then(|| {
            let next = u32::try_from(self.origins.numbers.len()).unwrap_or(u32::MAX);
            *self.origins.numbers.entry(origin).or_insert(next)
        });
        Identity { typ, origin }
    }

    /// A type made by an expression.
    pub(super) fn made_by(&mut self, expr: ExprId, typ: TypeId) -> Identity {
        let origin = Origin::Expr(self.lowerer.file_id, expr);
        self.identity(typ, origin)
    }

    pub(super) fn of_variable(&mut self, obj: ObjId) -> Identity {
        if let Some(known) = self.origins.variables.get(&obj) {
            return *known;
        }
        let typ = self.lowerer.store.obj(obj).typ.unwrap_or(TypeId::INVALID);
        self.identity(typ, Origin::Object(obj))
    }

    /// The variable has the type of something else.
    pub(super) fn set_variable(&mut self, obj: ObjId, identity: Identity) {
        self.origins.variables.insert(obj, identity);
    }

    /// Names in one list share their type.
    pub(super) fn share(&mut self, objs: &[ObjId], fields: SigId, results: bool) {
        let ast = self.lowerer.ast();
        let signature = ast.signature(fields);
        let list = if results {
            signature.results
        } else {
            signature.params
        };
        let mut rest = objs.iter();
        for field in ast.list(list) {
            let field = ast.field(*field);
            let names = ast.list(field.names).len();
            let several = rest.clone().take(names.max(1));
            rest.nth(names.max(1) - 1);
            if names < 2 {
                continue;
            }
            for obj in several {
                let typ = self.lowerer.store.obj_type(*obj);
                let shared = self.made_by(field.ty, typ);
                self.set_variable(*obj, shared);
            }
        }
    }

    fn part(&mut self, of: Identity, typ: TypeId, number: usize) -> Identity {
        self.identity(typ, Origin::Part(of, number))
    }

    /// What a pointer, slice, array, map or channel is of.
    pub(super) fn elem(&mut self, of: Identity) -> Identity {
        match self.lowerer.core(of.typ) {
            TypeKind::Pointer(elem)
            | TypeKind::Slice(elem)
            | TypeKind::Array { elem, .. }
            | TypeKind::Chan { elem, .. }
            | TypeKind::Map { elem, .. } => self.part(of, elem, ELEM),
            _ => Identity::own(TypeId::INVALID),
        }
    }

    pub(super) fn key(&mut self, of: Identity) -> Option<Identity> {
        match self.lowerer.core(of.typ) {
            TypeKind::Map { key, .. } => Some(self.part(of, key, KEY)),
            _ => None,
        }
    }

    /// Elements of what is indexed or ranged over, through a pointer to an array.
    pub(super) fn element(&mut self, of: Identity) -> Identity {
        let elem = self.elem(of);
        let pointer = matches!(self.lowerer.core(of.typ), TypeKind::Pointer(_));
        if pointer { self.elem(elem) } else { elem }
    }

    /// Type arguments of an instance of a generic type.
    pub(super) fn arguments(&mut self, typ: TypeId) -> Option<(ObjId, Vec<Identity>)> {
        let store = &*self.lowerer.store;
        let named = store.named(store.as_named(typ)?);
        let targs = store.types(named.instance?.targs).to_vec();
        let (obj, of) = (named.obj, Identity::own(typ));
        let targs = targs.into_iter().enumerate();
        let identities = targs.map(|(index, targ)| self.part(of, targ, ARGUMENTS + index));
        Some((obj, identities.collect()))
    }

    /// The type that an expression stands for.
    pub(super) fn of_type(&mut self, expr: ExprId) -> Identity {
        let expr = self.lowerer.ast().unparen(expr);
        let typ = self.lowerer.declared_type(expr);
        self.made_by(expr, typ.unwrap_or(TypeId::INVALID))
    }

    /// The type of a value.
    pub(super) fn of_value(&mut self, expr: ExprId) -> Identity {
        let ast = self.lowerer.ast();
        let expr = ast.unparen(self.lowerer.rest(expr));
        let typ = self.lowerer.declared_type(expr);
        let typ = typ.unwrap_or(TypeId::INVALID);
        if !is_shared(self.lowerer.store, typ)
            && !matches!(self.lowerer.store.kind(typ), TypeKind::Tuple(_))
        {
            return Identity::own(typ);
        }
        if let Some(obj) = self.lowerer.object(expr) {
            return match self.lowerer.store.obj(obj).kind {
                ObjKind::Var { .. } => self.of_variable(obj),
                _ => self.made_by(expr, typ),
            };
        }
        match ast.expr(expr).kind {
            ExprKind::Selector { .. } => match self.lowerer.info().selection(expr) {
                Some(Selection {
                    kind: SelectionKind::Field,
                    obj,
                    ..
                }) => self.of_variable(*obj),
                _ => self.made_by(expr, typ),
            },
            ExprKind::Index { x, .. } => {
                let of = self.of_value(x);
                self.element(of)
            }
            ExprKind::Slice { x, .. } => {
                let of = self.of_value(x);
                match self.lowerer.core(of.typ) {
                    TypeKind::Slice(_) => of,
                    _ => self.made_by(expr, typ),
                }
            }
            ExprKind::TypeAssert { ty: Some(ty), .. }
            | ExprKind::CompositeLit { ty: Some(ty), .. } => self.of_type(ty),
            ExprKind::Star(x)
            | ExprKind::Unary {
                op: Prefix::Arrow,
                x,
            } => {
                let of = self.of_value(x);
                self.elem(of)
            }
            ExprKind::CompositeLit { ty: None, .. } => {
                let known = self.literals.get(&(self.lowerer.file_id, expr)).copied();
                known.unwrap_or_else(|| self.made_by(expr, typ))
            }
            ExprKind::Call { fun, args, .. } => {
                let args = ast.list(args);
                self.of_call(expr, typ, fun, args)
            }
            _ => self.made_by(expr, typ),
        }
    }

    fn of_call(&mut self, expr: ExprId, typ: TypeId, fun: ExprId, args: &[ExprId]) -> Identity {
        if self.lowerer.is_type(fun) {
            return self.of_type(fun);
        }
        if let Some(builtin) = self.builtin(fun) {
            return match (builtin, args.first()) {
                (Builtin::Make, Some(typ)) => self.of_type(*typ),
                (Builtin::Append, Some(list)) if !self.lowerer.is_nil(*list) => {
                    self.of_value(*list)
                }
                _ => self.made_by(expr, typ),
            };
        }
        if let Some(argument) = self.argument_given_back(fun, args) {
            return argument;
        }
        match &self.results_of(fun)[..] {
            [one] => self.of_variable(*one),
            _ => Identity::own(typ),
        }
    }

    /// The type argument of an instance whose result is of a type parameter.
    fn argument_given_back(&mut self, fun: ExprId, args: &[ExprId]) -> Option<Identity> {
        let (named, ident) = self.lowerer.instantiated(fun);
        let obj = self.lowerer.object(named)?;
        let instance = self.lowerer.info().instance(ident)?;
        let store = &*self.lowerer.store;
        let signature = store.as_signature(store.obj_type(obj))?;
        let [result] = *store.objs(signature.results) else {
            return None;
        };
        let result = store.obj_type(result);
        let tparams = store.types(signature.tparams).iter();
        let index = tparams.into_iter().position(|tparam| *tparam == result)?;
        let targs = store.types(instance.targs).to_vec();
        self.passed = args.iter().map(|arg| self.of_value(*arg)).collect();
        self.function_arguments(fun, obj, &targs)
            .get(index)
            .copied()
    }

    /// The results of a function that is called.
    pub(super) fn results_of(&mut self, fun: ExprId) -> Vec<ObjId> {
        let fun = self.lowerer.ast().unparen(fun);
        let typ = self.lowerer.declared_type(fun).unwrap_or(TypeId::INVALID);
        match self.lowerer.core(typ) {
            TypeKind::Signature(id) => {
                let results = self.lowerer.store.sig(id).results;
                self.lowerer.store.objs(results).to_vec()
            }
            _ => Vec::new(),
        }
    }

    /// Types of the values of an expression that has several.
    pub(super) fn of_several(&mut self, expr: ExprId) -> Vec<Identity> {
        let ast = self.lowerer.ast();
        let expr = ast.unparen(expr);
        if let ExprKind::Call { fun, .. } = ast.expr(expr).kind {
            let results = self.results_of(fun);
            return results.iter().map(|obj| self.of_variable(*obj)).collect();
        }
        // A map's element, what is received or asserted, and whether it is there.
        let first = self.of_value(expr);
        vec![first, Identity::own(TypeId::BOOL)]
    }

    pub(super) fn builtin(&self, fun: ExprId) -> Option<Builtin> {
        let obj = self.lowerer.object(self.lowerer.ast().unparen(fun))?;
        match self.lowerer.store.obj(obj).kind {
            ObjKind::Builtin(builtin) => Some(builtin),
            _ => None,
        }
    }

    /// Type arguments of a function as objects: as written, else those of the arguments that they were inferred from.
    pub(super) fn function_arguments(
        &mut self,
        fun: ExprId,
        obj: ObjId,
        targs: &[TypeId],
    ) -> Vec<Identity> {
        let ast = self.lowerer.ast();
        let fun = ast.unparen(fun);
        let written: &[ExprId] = match ast.expr(fun).kind {
            ExprKind::Index { indices, .. } => ast.list(indices),
            _ => &[],
        };
        let signature = self
            .lowerer
            .store
            .as_signature(self.lowerer.store.obj_type(obj));
        let signature = signature.unwrap_or_default();
        let tparams = self.lowerer.store.types(signature.tparams).to_vec();
        let params = self.lowerer.store.objs(signature.params).to_vec();
        let passed = self.passed.clone();
        let mut found = Vec::new();
        for (index, targ) in targs.iter().enumerate() {
            if let Some(written) = written.get(index) {
                found.push(self.of_type(*written));
                continue;
            }
            let mut inferred = None;
            if let Some(tparam) = tparams.get(index) {
                for (param, arg) in params.iter().zip(&passed) {
                    let param = self.lowerer.store.obj_type(*param);
                    inferred = inferred.or_else(|| self.unify(param, *arg, *tparam));
                }
            }
            let inferred = inferred.filter(|found| self.lowerer.store.identical(found.typ, *targ));
            found.push(inferred.unwrap_or_else(|| {
                let own = Identity::own(*targ);
                self.part(own, *targ, index)
            }));
        }
        found
    }

    /// What stands in the argument's type where a type parameter stands in the parameter's.
    fn unify(&mut self, param: TypeId, arg: Identity, tparam: TypeId) -> Option<Identity> {
        if param == tparam {
            return Some(arg);
        }
        let elem = match self.lowerer.store.unaliased(param) {
            TypeKind::Pointer(elem)
            | TypeKind::Slice(elem)
            | TypeKind::Array { elem, .. }
            | TypeKind::Chan { elem, .. } => elem,
            TypeKind::Map { key, elem } => {
                if let Some(of) = self.key(arg)
                    && let Some(found) = self.unify(key, of, tparam)
                {
                    return Some(found);
                }
                elem
            }
            _ => return None,
        };
        let of = self.elem(arg);
        self.unify(elem, of, tparam)
    }
}

/// Whether one type here may be several objects.
fn is_shared(store: &Store, typ: TypeId) -> bool {
    matches!(
        store.kind(typ),
        TypeKind::Pointer(_)
            | TypeKind::Slice(_)
            | TypeKind::Array { .. }
            | TypeKind::Map { .. }
            | TypeKind::Chan { .. }
    )
}
