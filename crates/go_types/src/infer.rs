//! Type arguments that a call leaves out, found from what it gives.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::subst::SubstMap;
use crate::unify::{Mode, Unifier};
use crate::{Checker, ObjList, Pos, Store, Term, Terms, TypeId, TypeKind};

/// An argument of a call, as far as inference looks at it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InferArg {
    /// `None` if the argument is invalid. An argument of invalid type (`T{}` of an unknown `T`) is not.
    pub typ: Option<TypeId>,
    /// Start of the argument.
    pub pos: Pos,
    /// The untyped `nil`, which says nothing about a type.
    pub is_nil: bool,
}

/// Why type arguments could not be inferred.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InferError {
    /// Where the call or the argument at fault starts.
    pub pos: Pos,
    /// Without position, as go/types words it.
    pub message: String,
}

/// Inferred types that mention one another settle within as many rounds as there are parameters.
const MAX_ROUNDS: usize = 1_000;

impl Checker<'_> {
    /// The type arguments for the parameters: those given, the rest inferred from the arguments, which
    /// stand for `params` one by one, and from constraints. With an argument that is invalid there is
    /// an error without message.
    pub fn infer(
        &mut self,
        pos: Pos,
        tparams: &[TypeId],
        targs: &[Option<TypeId>],
        params: ObjList,
        args: &[InferArg],
    ) -> Result<Vec<TypeId>, InferError> {
        let mut targs = targs.to_vec();
        targs.resize(tparams.len(), None);
        if let Some(all) = targs.iter().copied().collect() {
            return Ok(all);
        }
        if let Some(arg) = args.iter().find(|arg| arg.typ.is_none()) {
            return Err(failure(arg.pos, String::new()));
        }
        let params = self
            .store
            .subst_vars(params, &known(tparams, &targs), self.context);
        let by_methods = self.store.packages[self.pkg].go_version >= 21;
        let mut unifier = Unifier::new(tparams, &targs, by_methods);
        let untyped = self.unify_arguments(&mut unifier, tparams, params, args)?;
        self.unify_constraints(&mut unifier, pos, tparams)?;
        self.default_untyped(&mut unifier, params, args, &untyped)?;
        self.finish_inference(pos, tparams, &targs, unifier.inferred(tparams))
    }

    /// Indices and types of untyped arguments for parameters whose type is a mere type parameter.
    fn unify_arguments(
        &mut self,
        unifier: &mut Unifier,
        tparams: &[TypeId],
        params: ObjList,
        args: &[InferArg],
    ) -> Result<Vec<(usize, TypeId)>, InferError> {
        let mut untyped = Vec::new();
        for (index, arg) in args.iter().enumerate().take(params.len()) {
            let param = self.store.obj_type(self.store.objs(params)[index]);
            let Some(typ) = arg.typ else { continue };
            if !self.store.is_parameterized(tparams, param)
                && !self.store.is_parameterized(tparams, typ)
            {
                continue;
            }
            if self.store.is_typed(typ) {
                if !unifier.unify(self, param, typ, Mode::ASSIGN) {
                    let message = format!(
                        "type {} does not match {}",
                        self.store.type_string(typ),
                        self.store.type_string(param)
                    );
                    return Err(failure(arg.pos, message));
                }
            } else if matches!(self.store.kind(param), TypeKind::TypeParam(_)) && !arg.is_nil {
                untyped.push((index, typ));
            }
        }
        Ok(untyped)
    }

    /// Uses what constraints say about types and methods until nothing more is found.
    fn unify_constraints(
        &mut self,
        unifier: &mut Unifier,
        pos: Pos,
        tparams: &[TypeId],
    ) -> Result<(), InferError> {
        loop {
            let unknowns = unifier.unknowns();
            for tparam in tparams {
                let known = unifier.at(*tparam);
                if let Some((core, single)) = self.store.core_term(*tparam) {
                    match known {
                        Some(typ) if !unifier.unify(self, typ, core.typ, Mode::INEXACT) => {
                            return Err(self.unsatisfied(pos, *tparam, typ));
                        }
                        None if single && !core.tilde => unifier.set(*tparam, core.typ),
                        _ => {}
                    }
                }
                if let Some(typ) = known
                    && !self.store.is_parameterized(tparams, typ)
                {
                    let constraint = self.store.under(*tparam);
                    let mut same = |check: &mut Self, x, y| unifier.unify(check, x, y, Mode::EXACT);
                    if self
                        .has_all_methods(typ, constraint, true, &mut same)
                        .is_err()
                    {
                        return Err(self.unsatisfied(pos, *tparam, typ));
                    }
                }
            }
            if unifier.unknowns() == unknowns {
                return Ok(());
            }
        }
    }

    fn unsatisfied(&self, pos: Pos, tparam: TypeId, typ: TypeId) -> InferError {
        let message = format!(
            "{} (type {}) does not satisfy its constraint",
            self.store.type_string(tparam),
            self.store.type_string(typ)
        );
        failure(pos, message)
    }

    /// Parameters that only untyped constants tell of get the default type of the largest kind.
    fn default_untyped(
        &mut self,
        unifier: &mut Unifier,
        params: ObjList,
        args: &[InferArg],
        untyped: &[(usize, TypeId)],
    ) -> Result<(), InferError> {
        let mut largest: Vec<(TypeId, TypeId)> = Vec::new();
        for &(index, typ) in untyped {
            let tparam = self.store.obj_type(self.store.objs(params)[index]);
            if unifier.at(tparam).is_some() {
                continue;
            }
            match largest.iter_mut().find(|(other, _)| *other == tparam) {
                None => largest.push((tparam, typ)),
                Some((_, max)) => match self.store.max_type(*max, typ) {
                    Some(larger) => *max = larger,
                    None => return Err(failure(args[index].pos, "mismatched types".to_owned())),
                },
            }
        }
        for (tparam, typ) in largest {
            unifier.set(tparam, self.store.default_type(typ));
        }
        Ok(())
    }

    /// Inferred types may mention other parameters: substitutes until none does.
    fn finish_inference(
        &mut self,
        pos: Pos,
        tparams: &[TypeId],
        targs: &[Option<TypeId>],
        inferred: Vec<Option<TypeId>>,
    ) -> Result<Vec<TypeId>, InferError> {
        let mut inferred = inferred;
        self.store.kill_cycles(tparams, &mut inferred);
        let mut dirty: Vec<usize> = (0..inferred.len())
            .filter(|index| inferred[*index].is_some() && targs[*index].is_none())
            .collect();
        for _ in 0..MAX_ROUNDS {
            if dirty.is_empty() {
                break;
            }
            let map = known(tparams, &inferred);
            dirty.retain(|index| {
                let Some(old) = inferred[*index] else {
                    return false;
                };
                let new = self.store.subst(old, &map, self.context);
                if new == old {
                    return false;
                }
                // The parameters of a generic function argument are gone once they are known.
                if let TypeKind::Signature(id) = self.store.kind(new)
                    && !self.store.is_parameterized(tparams, new)
                {
                    self.store.sig_mut(id).tparams = crate::List::EMPTY;
                }
                inferred[*index] = Some(new);
                true
            });
        }
        let mut result = Vec::with_capacity(inferred.len());
        for (tparam, typ) in tparams.iter().zip(inferred) {
            match typ {
                Some(typ) if !self.store.is_parameterized(tparams, typ) => result.push(typ),
                _ => {
                    let name = self.store.type_string(*tparam);
                    let name = name.trim_start_matches('$');
                    return Err(failure(pos, format!("cannot infer {name}")));
                }
            }
        }
        Ok(result)
    }

    /// New type parameters in place of these, and the type with them: a generic function may be called
    /// inside itself, or twice in one argument list.
    pub fn rename_tparams(&mut self, tparams: &[TypeId], typ: TypeId) -> (Vec<TypeId>, TypeId) {
        let fresh: Vec<TypeId> = (tparams.iter())
            .map(|tparam| self.store.fresh_type_param(*tparam))
            .collect();
        let map = SubstMap::new(tparams, &fresh);
        for (old, new) in tparams.iter().zip(&fresh) {
            let bound = self.store.bound(*old);
            let bound = bound.map(|bound| self.store.subst(bound, &map, self.context));
            if let TypeKind::TypeParam(id) = self.store.kind(*new) {
                self.store.type_param_mut(id).bound = bound;
            }
        }
        let typ = self.store.subst(typ, &map, self.context);
        (fresh, typ)
    }
}

fn failure(pos: Pos, message: String) -> InferError {
    InferError { pos, message }
}

/// The map of those parameters that have an argument.
fn known(tparams: &[TypeId], targs: &[Option<TypeId>]) -> SubstMap {
    let pairs = tparams.iter().zip(targs);
    let (from, to): (Vec<TypeId>, Vec<TypeId>) = pairs
        .filter_map(|(tparam, targ)| Some((*tparam, (*targ)?)))
        .unzip();
    SubstMap::new(&from, &to)
}

impl Store {
    /// Whether the type mentions one of the parameters.
    pub fn is_parameterized(&mut self, tparams: &[TypeId], typ: TypeId) -> bool {
        self.mentions(tparams, typ, &mut FxHashMap::default())
    }

    fn mentions(
        &mut self,
        tparams: &[TypeId],
        typ: TypeId,
        seen: &mut FxHashMap<TypeId, bool>,
    ) -> bool {
        match self.kind(typ) {
            TypeKind::Basic(_) => return false,
            TypeKind::TypeParam(_) => return tparams.contains(&typ),
            TypeKind::Alias(_) => {
                let actual = self.unalias(typ);
                return self.mentions(tparams, actual, seen);
            }
            TypeKind::Named(id) if self.named(id).instance.is_none() => return false,
            _ => {}
        }
        if let Some(known) = seen.get(&typ) {
            return *known;
        }
        seen.insert(typ, false);
        let found = match self.kind(typ) {
            TypeKind::Pointer(elem)
            | TypeKind::Slice(elem)
            | TypeKind::Array { elem, .. }
            | TypeKind::Chan { elem, .. } => self.mentions(tparams, elem, seen),
            TypeKind::Map { key, elem } => {
                self.mentions(tparams, key, seen) || self.mentions(tparams, elem, seen)
            }
            TypeKind::Struct(strukt) => self.any_mentions(tparams, strukt.fields, seen),
            TypeKind::Tuple(vars) => self.any_mentions(tparams, vars, seen),
            TypeKind::Signature(id) => {
                let signature = self.sig(id);
                self.any_mentions(tparams, signature.params, seen)
                    || self.any_mentions(tparams, signature.results, seen)
            }
            TypeKind::Interface(id) => {
                let set = self.type_set(id);
                self.any_mentions(tparams, set.methods, seen)
                    || self.all_terms_mention(tparams, set.terms, seen)
            }
            TypeKind::Named(id) => {
                let instance = self.named(id).instance;
                instance.is_some_and(|instance| {
                    (0..instance.targs.len()).any(|index| {
                        self.mentions(tparams, self.types(instance.targs)[index], seen)
                    })
                })
            }
            _ => false,
        };
        seen.insert(typ, found);
        found
    }

    fn any_mentions(
        &mut self,
        tparams: &[TypeId],
        objs: ObjList,
        seen: &mut FxHashMap<TypeId, bool>,
    ) -> bool {
        (0..objs.len()).any(|index| {
            let typ = self.obj_type(self.objs(objs)[index]);
            self.mentions(tparams, typ, seen)
        })
    }

    fn all_terms_mention(
        &mut self,
        tparams: &[TypeId],
        terms: Terms,
        seen: &mut FxHashMap<TypeId, bool>,
    ) -> bool {
        let Terms::Union(terms) = terms else {
            return false;
        };
        let terms = self.terms(terms).to_vec();
        !terms.is_empty()
            && terms
                .iter()
                .all(|term| self.mentions(tparams, term.typ, seen))
    }

    /// The type that all types of a parameter's type set have in common, and whether there is only
    /// one.
    fn core_term(&mut self, tparam: TypeId) -> Option<(Term, bool)> {
        let terms = self.terms_of(tparam);
        match terms.as_slice() {
            [] => None,
            [single] => Some((*single, true)),
            _ => {
                let tilde = terms.iter().any(|term| term.tilde);
                let typ = self.common_under(tparam)?;
                Some((Term { tilde, typ }, false))
            }
        }
    }

    /// Parameters whose inferred types lead back to themselves become unknown.
    fn kill_cycles(&self, tparams: &[TypeId], inferred: &mut [Option<TypeId>]) {
        let mut seen = FxHashSet::default();
        for tparam in tparams {
            self.find_cycle(tparams, inferred, *tparam, &mut seen);
        }
    }

    fn find_cycle(
        &self,
        tparams: &[TypeId],
        inferred: &mut [Option<TypeId>],
        typ: TypeId,
        seen: &mut FxHashSet<TypeId>,
    ) {
        let typ = self.unalias(typ);
        let index = tparams.iter().position(|tparam| *tparam == typ);
        if !seen.insert(typ) {
            if let Some(index) = index {
                inferred[index] = None;
            }
            return;
        }
        let mut parts: Vec<TypeId> = Vec::new();
        let types_of = |objs| self.objs(objs).iter().map(|obj| self.obj_type(*obj));
        match self.kind(typ) {
            TypeKind::Pointer(elem)
            | TypeKind::Slice(elem)
            | TypeKind::Array { elem, .. }
            | TypeKind::Chan { elem, .. } => parts.push(elem),
            TypeKind::Map { key, elem } => parts.extend([key, elem]),
            TypeKind::Struct(strukt) => parts.extend(types_of(strukt.fields)),
            TypeKind::Signature(id) => {
                let signature = self.sig(id);
                parts.extend(types_of(signature.params));
                parts.extend(types_of(signature.results));
            }
            TypeKind::Union(terms) => parts.extend(self.terms(terms).iter().map(|term| term.typ)),
            TypeKind::Interface(id) => {
                let interface = self.iface(id);
                parts.extend(types_of(interface.methods));
                parts.extend(self.types(interface.embeds));
            }
            TypeKind::Named(id) => {
                if let Some(instance) = self.named(id).instance {
                    parts.extend(self.types(instance.targs));
                }
            }
            TypeKind::TypeParam(_) => parts.extend(index.and_then(|index| inferred[index])),
            TypeKind::Basic(_) | TypeKind::Tuple(_) | TypeKind::Alias(_) => {}
        }
        for part in parts {
            self.find_cycle(tparams, inferred, part, seen);
        }
        seen.remove(&typ);
    }
}

#[cfg(test)]
mod tests {
    use base::{FileId, Idx};

    use super::*;
    use crate::testing::Maker;
    use crate::{ObjId, ObjKind, VarKind};

    fn tparam(maker: &mut Maker, name: &str, index: u32) -> TypeId {
        let obj = maker.obj(ObjKind::TypeName, name);
        let any = maker.store.universe.any;
        maker.store.new_type_param(obj, index, Some(any))
    }

    fn params(maker: &mut Maker, types: &[TypeId]) -> ObjList {
        let kind = ObjKind::Var {
            kind: VarKind::Param,
            embedded: false,
            origin: None,
        };
        let vars: Vec<ObjId> = (types.iter())
            .map(|typ| {
                let var = maker.obj(kind, "p");
                maker.store.objects[var].typ = Some(*typ);
                var
            })
            .collect();
        maker.store.obj_list(&vars)
    }

    /// The inferred types as text, or the message.
    fn infer(maker: &mut Maker, tparams: &[TypeId], par: &[TypeId], args: &[TypeId]) -> String {
        let pos = Pos::new(FileId::from_index(0), 0);
        let params = params(maker, par);
        let args: Vec<InferArg> = args
            .iter()
            .map(|typ| InferArg {
                typ: Some(*typ),
                pos,
                is_nil: false,
            })
            .collect();
        let mut checker = Checker::new(&mut maker.store, maker.pkg);
        match checker.infer(pos, tparams, &[], params, &args) {
            Ok(types) => {
                let texts: Vec<String> = types
                    .iter()
                    .map(|typ| checker.store.type_string(*typ))
                    .collect();
                texts.join(", ")
            }
            Err(error) => error.message,
        }
    }

    #[test]
    fn element_types_come_from_constraints() {
        let mut maker = Maker::default();
        let (s, e) = (tparam(&mut maker, "S", 0), tparam(&mut maker, "E", 1));
        let slice = maker.store.slice(e);
        let bound = maker.store.union(&[Term {
            tilde: true,
            typ: slice,
        }]);
        if let TypeKind::TypeParam(id) = maker.store.kind(s) {
            maker.store.type_param_mut(id).bound = Some(bound);
        }
        let strings = maker.store.slice(TypeId::STRING);
        let named = maker.named("Names", strings);
        assert_eq!(
            infer(&mut maker, &[s, e], &[s], &[named]),
            "example.org/p.Names@, string"
        );
        assert_eq!(
            infer(&mut maker, &[s, e], &[s], &[strings]),
            "[]string, string"
        );
        assert_eq!(
            infer(&mut maker, &[s, e], &[s], &[TypeId::INT]),
            "$S (type int) does not satisfy its constraint"
        );
        assert_eq!(infer(&mut maker, &[s, e], &[], &[]), "cannot infer S");
    }

    #[test]
    fn untyped_constants_give_the_largest_kind() {
        let mut maker = Maker::default();
        let t = tparam(&mut maker, "T", 0);
        let (int, float) = (TypeId::UNTYPED_INT, TypeId::UNTYPED_FLOAT);
        assert_eq!(infer(&mut maker, &[t], &[t, t], &[int, float]), "float64");
        assert_eq!(
            infer(&mut maker, &[t], &[t, t], &[int, TypeId::UNTYPED_RUNE]),
            "rune"
        );
        assert_eq!(
            infer(&mut maker, &[t], &[t, t], &[int, TypeId::STRING]),
            "string"
        );
        assert_eq!(
            infer(&mut maker, &[t], &[t, t], &[int, TypeId::UNTYPED_STRING]),
            "mismatched types"
        );
    }
}
