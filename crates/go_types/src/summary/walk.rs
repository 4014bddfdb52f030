//! What a summary has to hold: everything in reach of the exported objects, numbered.

use base::Idx;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Links;
use crate::{ObjId, ObjKind, ObjList, Object, PkgId, Store, TypeId, TypeKind};

/// Why a package has no summary. Its importers are to be checked against its source then.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoSummary {
    #[error("something in reach is of a package without summary")]
    Foreign,
    #[error("a type contains itself")]
    Cyclic,
    #[error("a constant is too large")]
    TooLarge,
}

/// Where a type is found from within the summary.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Spot {
    /// Its parts are being visited.
    Open,
    Foreign(u32),
    Declared(u32),
    Other(u32),
}

/// What a summary has to hold, numbered.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) types: FxHashMap<TypeId, Spot>,
    /// Index among the own objects, or among the foreign ones.
    pub(super) obj_spots: FxHashMap<ObjId, (bool, u32)>,
    pub(super) foreign_types: Vec<(PkgId, u32)>,
    pub(super) foreign_objs: Vec<(PkgId, u32)>,
    pub(super) declared: Vec<TypeId>,
    pub(super) others: Vec<TypeId>,
    pub(super) objs: Vec<ObjId>,
}

/// Goes through everything in reach of the exported objects.
pub(super) struct Walk<'a> {
    store: &'a mut Store,
    links: &'a Links,
    pkg: PkgId,
    /// Packages that may be mentioned.
    pub(super) reach: FxHashSet<PkgId>,
    pub(super) found: Found,
}

impl<'a> Walk<'a> {
    pub(super) fn new(store: &'a mut Store, links: &'a Links, pkg: PkgId) -> Self {
        let reach = links.within_reach(&store.packages[pkg].imports);
        Self {
            store,
            links,
            pkg,
            reach: reach.into_iter().collect(),
            found: Found::default(),
        }
    }

    /// Exported objects of the package scope, by name.
    pub(super) fn exported(&self) -> Vec<ObjId> {
        let store = &*self.store;
        let scope = &store.scopes[store.packages[self.pkg].scope];
        let exported = (scope.elems().iter()).filter(|(name, _)| store.names.is_exported(*name));
        let mut exported: Vec<ObjId> = exported.map(|(_, obj)| *obj).collect();
        exported.sort_by_key(|obj| store.name(*obj));
        exported
    }

    pub(super) fn reach_all(&mut self, roots: &[ObjId]) -> Result<(), NoSummary> {
        for root in roots {
            self.obj(*root)?;
        }
        let (mut next_obj, mut next_declared) = (0, 0);
        loop {
            if let Some(obj) = self.found.objs.get(next_obj) {
                next_obj += 1;
                self.inside_obj(*obj)?;
            } else if let Some(typ) = self.found.declared.get(next_declared) {
                next_declared += 1;
                self.inside_declared(*typ)?;
            } else {
                return Ok(());
            }
        }
    }

    fn inside_obj(&mut self, obj: ObjId) -> Result<(), NoSummary> {
        let object = *self.store.obj(obj);
        match object.typ {
            Some(typ) => self.typ(typ, object.is_func()),
            None => Ok(()),
        }
    }

    fn inside_declared(&mut self, typ: TypeId) -> Result<(), NoSummary> {
        match self.store.kind(typ) {
            TypeKind::Named(id) => {
                let named = self.store.named(id).clone();
                self.obj(named.obj)?;
                for index in 0..named.tparams.len() {
                    self.typ(self.store.types(named.tparams)[index], false)?;
                }
                for method in named.methods {
                    self.obj(method)?;
                }
                named.from_rhs.map_or(Ok(()), |rhs| self.typ(rhs, false))
            }
            TypeKind::TypeParam(id) => {
                // A bound that is not an interface is wrapped when first asked for: here at the latest.
                self.store.constraint_interface(id);
                let tparam = self.store.type_param(id);
                self.obj(tparam.obj)?;
                tparam.bound.map_or(Ok(()), |bound| self.typ(bound, false))
            }
            _ => Ok(()),
        }
    }

    fn is_universal(&self, typ: TypeId) -> bool {
        typ.index() < self.store.universe.n_types
    }

    /// Numbers an object.
    fn obj(&mut self, obj: ObjId) -> Result<(), NoSummary> {
        if obj.index() < self.store.universe.n_objs || self.found.obj_spots.contains_key(&obj) {
            return Ok(());
        }
        if let Some(owner) = self.links.obj_owner(obj)
            && self.reach.contains(&owner.0)
        {
            let index = self.found.foreign_objs.len() as u32;
            self.found.foreign_objs.push(owner);
            self.found.obj_spots.insert(obj, (false, index));
            return Ok(());
        }
        let object = *self.store.obj(obj);
        match origin(&object) {
            // Whose place the object has.
            Some(origin) => self.obj(origin)?,
            None if object.pkg != Some(self.pkg) => return Err(NoSummary::Foreign),
            None => {}
        }
        let index = self.found.objs.len() as u32;
        self.found.objs.push(obj);
        self.found.obj_spots.insert(obj, (true, index));
        Ok(())
    }

    /// Numbers a type after all types it mentions, declared ones and type parameters excepted. Only the type
    /// of a function may have type parameters.
    fn typ(&mut self, root: TypeId, may_be_generic: bool) -> Result<(), NoSummary> {
        let mut stack = vec![(root, false)];
        let mut may_be_generic = may_be_generic;
        while let Some((typ, done)) = stack.pop() {
            if done {
                let index = self.found.others.len() as u32;
                self.found.others.push(typ);
                self.found.types.insert(typ, Spot::Other(index));
                continue;
            }
            if let TypeKind::Signature(id) = self.store.kind(typ)
                && !self.store.sig(id).tparams.is_empty()
                && !may_be_generic
            {
                return Err(NoSummary::Cyclic);
            }
            may_be_generic = false;
            match self.found.types.get(&typ).copied() {
                Some(Spot::Open) => return Err(NoSummary::Cyclic),
                Some(_) => {}
                None if self.is_universal(typ) || self.is_foreign(typ) || self.declare(typ)? => {}
                None => {
                    self.found.types.insert(typ, Spot::Open);
                    stack.push((typ, true));
                    let parts = stack.len();
                    self.parts(typ, &mut stack)?;
                    stack[parts..].reverse();
                }
            }
        }
        Ok(())
    }

    /// The type is in the summary of another package. What is interned is described wherever it is used.
    fn is_foreign(&mut self, typ: TypeId) -> bool {
        if is_interned(self.store.kind(typ)) {
            return false;
        }
        match self.links.type_owner(typ) {
            Some(owner) if self.reach.contains(&owner.0) => {
                let index = self.found.foreign_types.len() as u32;
                self.found.foreign_types.push(owner);
                self.found.types.insert(typ, Spot::Foreign(index));
                true
            }
            _ => false,
        }
    }

    /// Numbers a declared type or type parameter.
    fn declare(&mut self, typ: TypeId) -> Result<bool, NoSummary> {
        let obj = match self.store.kind(typ) {
            TypeKind::Named(id) if self.store.named(id).instance.is_none() => {
                self.store.named(id).obj
            }
            TypeKind::TypeParam(id) => self.store.type_param(id).obj,
            _ => return Ok(false),
        };
        if self.store.obj(obj).pkg != Some(self.pkg) {
            return Err(NoSummary::Foreign);
        }
        let index = self.found.declared.len() as u32;
        self.found.declared.push(typ);
        self.found.types.insert(typ, Spot::Declared(index));
        Ok(true)
    }

    /// Numbers the objects of a type and adds the types it mentions to the stack.
    fn parts(&mut self, typ: TypeId, stack: &mut Vec<(TypeId, bool)>) -> Result<(), NoSummary> {
        let mut add = |typ: TypeId| stack.push((typ, false));
        match self.store.kind(typ) {
            TypeKind::Basic(_) | TypeKind::TypeParam(_) => {}
            TypeKind::Pointer(elem)
            | TypeKind::Slice(elem)
            | TypeKind::Array { elem, .. }
            | TypeKind::Chan { elem, .. } => add(elem),
            TypeKind::Map { key, elem } => {
                add(key);
                add(elem);
            }
            TypeKind::Tuple(vars) => self.vars(vars, stack)?,
            TypeKind::Struct(strukt) => self.vars(strukt.fields, stack)?,
            TypeKind::Signature(id) => {
                let sig = self.store.sig(id);
                for list in [sig.rparams, sig.tparams] {
                    self.store.types(list).iter().copied().for_each(&mut add);
                }
                if let Some(recv) = sig.recv {
                    self.obj(recv)?;
                    stack.extend(self.store.obj(recv).typ.map(|typ| (typ, false)));
                }
                self.vars(sig.params, stack)?;
                self.vars(sig.results, stack)?;
            }
            TypeKind::Interface(id) => {
                let interface = *self.store.iface(id);
                self.store
                    .types(interface.embeds)
                    .iter()
                    .copied()
                    .for_each(&mut add);
                self.vars(interface.methods, stack)?;
            }
            TypeKind::Union(terms) => {
                (self.store.terms(terms).iter()).for_each(|term| add(term.typ));
            }
            TypeKind::Named(id) => {
                if let Some(instance) = self.store.named(id).instance {
                    add(instance.origin);
                    let targs = self.store.types(instance.targs);
                    targs.iter().copied().for_each(&mut add);
                }
            }
            TypeKind::Alias(id) => {
                let alias = *self.store.alias(id);
                if alias.targs.is_empty() {
                    self.obj(alias.obj)?;
                } else {
                    add(alias.origin);
                }
                for list in [alias.targs, alias.tparams] {
                    self.store.types(list).iter().copied().for_each(&mut add);
                }
                alias.rhs.into_iter().for_each(&mut add);
            }
        }
        Ok(())
    }

    fn vars(&mut self, vars: ObjList, stack: &mut Vec<(TypeId, bool)>) -> Result<(), NoSummary> {
        for index in 0..vars.len() {
            let var = self.store.objs(vars)[index];
            self.obj(var)?;
            stack.extend(self.store.obj(var).typ.map(|typ| (typ, false)));
        }
        Ok(())
    }
}

pub(super) fn origin(object: &Object) -> Option<ObjId> {
    match object.kind {
        ObjKind::Var { origin, .. } | ObjKind::Func { origin, .. } => origin,
        _ => None,
    }
}

fn is_interned(kind: TypeKind) -> bool {
    matches!(
        kind,
        TypeKind::Basic(_)
            | TypeKind::Pointer(_)
            | TypeKind::Slice(_)
            | TypeKind::Array { .. }
            | TypeKind::Map { .. }
            | TypeKind::Chan { .. }
    )
}
