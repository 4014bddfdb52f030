//! Whether a type implements an interface or satisfies a constraint.

use crate::lookup::Lookup;
use crate::subst::SubstMap;
use crate::termlist::TermBuf;
use crate::{Checker, Name, ObjId, ObjList, PkgId, Store, TypeId, TypeKind, TypeSet};

/// Why a type does not implement an interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    NotAnInterface,
    /// What should be a method of an interface is asked of a pointer to it.
    InterfacePointer,
    /// No type implements the interface.
    EmptyTypeSet,
    MissingMethod(ObjId),
    WrongSignature(ObjId),
    AmbiguousSelector(ObjId),
    PointerReceiver(ObjId),
    FieldNotMethod(ObjId),
    NotComparable,
    NotInTypeSet,
}

/// How the types of two methods are compared.
pub(crate) type Equivalent<'e, 'a> = &'e mut dyn FnMut(&mut Checker<'a>, TypeId, TypeId) -> bool;

impl<'a> Checker<'a> {
    /// Whether `typ` implements the interface `target`, or satisfies it as a constraint.
    pub fn implements(
        &mut self,
        typ: TypeId,
        target: TypeId,
        constraint: bool,
    ) -> Result<(), Cause> {
        let (under, target_under) = (self.store.under(typ), self.store.under(target));
        if under == TypeId::INVALID || target_under == TypeId::INVALID {
            return Ok(());
        }
        if let TypeKind::Pointer(base) = self.store.kind(under)
            && self.store.under(base) == TypeId::INVALID
        {
            return Ok(());
        }
        let TypeKind::Interface(target_interface) = self.store.kind(target_under) else {
            let is_pointer = self.store.is_interface_pointer(target);
            return Err(if is_pointer {
                Cause::InterfacePointer
            } else {
                Cause::NotAnInterface
            });
        };
        let set = self.store.type_set(target_interface);
        if set.is_all() {
            return Ok(());
        }
        let own_set = match self.store.kind(under) {
            TypeKind::Interface(id) => Some(self.store.type_set(id)),
            _ => None,
        };
        if own_set.is_some_and(|own| own.is_empty()) {
            return Ok(());
        }
        if set.is_empty() {
            return Err(Cause::EmptyTypeSet);
        }
        self.has_all_methods(typ, target, true, &mut |check, x, y| {
            check.store.identical(x, y)
        })?;
        if set.has_terms() {
            let terms = self.store.term_buf(set.terms);
            if !self.store.in_type_set(typ, own_set, &terms) {
                return Err(Cause::NotInTypeSet);
            }
        }
        // Ordinary interfaces satisfy `comparable`, though comparing them may panic.
        let is_comparable = !self.store.is_comparable_set(set, &mut Vec::new())
            || self.store.comparable(typ, false)
            || constraint && self.allow_version(20) && self.store.comparable(typ, true);
        if is_comparable {
            Ok(())
        } else {
            Err(Cause::NotComparable)
        }
    }

    /// As [`Checker::missing_method`]; a type of which not all is known has all methods.
    pub(crate) fn has_all_methods(
        &mut self,
        typ: TypeId,
        target: TypeId,
        all: bool,
        equivalent: Equivalent<'_, 'a>,
    ) -> Result<(), Cause> {
        if !self.store.is_valid(typ) {
            return Ok(());
        }
        match self.missing_method(typ, target, all, equivalent) {
            Err(_) if self.store.has_invalid_embedded_fields(typ) => Ok(()),
            result => result,
        }
    }

    /// The first method of the interface `target` that the type lacks. An interface may lack some unless
    /// `all`; those it has must fit.
    pub(crate) fn missing_method(
        &mut self,
        typ: TypeId,
        target: TypeId,
        all: bool,
        equivalent: Equivalent<'_, 'a>,
    ) -> Result<(), Cause> {
        let Some(interface) = self.store.under_interface(target) else {
            return Ok(());
        };
        let methods = self.store.type_set(interface).methods;
        if methods.is_empty() {
            return Ok(());
        }
        if let Some(own) = self.store.under_interface(typ) {
            let own = self.store.type_set(own).methods;
            return self.missing_in_interface(own, methods, all, equivalent);
        }
        for index in 0..methods.len() {
            let method = self.store.objs(methods)[index];
            let (pkg, name) = self.store.id(method);
            let obj = match self.store.lookup_member(typ, false, pkg, name) {
                Lookup::Found(selected) => selected.obj,
                Lookup::Ambiguous(_) => return Err(Cause::AmbiguousSelector(method)),
                Lookup::NeedsPointer => return Err(Cause::PointerReceiver(method)),
                Lookup::NotFound if self.store.is_interface_pointer(typ) => {
                    return Err(Cause::InterfacePointer);
                }
                Lookup::NotFound => return Err(Cause::MissingMethod(method)),
            };
            if !self.store.obj(obj).is_func() {
                return Err(Cause::FieldNotMethod(method));
            }
            let (have, want) = (self.method_type(obj), self.store.obj_type(method));
            if !equivalent(self, have, want) {
                return Err(Cause::WrongSignature(method));
            }
        }
        Ok(())
    }

    fn missing_in_interface(
        &mut self,
        own: ObjList,
        methods: ObjList,
        all: bool,
        equivalent: Equivalent<'_, 'a>,
    ) -> Result<(), Cause> {
        if own == methods {
            return Ok(());
        }
        for index in 0..methods.len() {
            let method = self.store.objs(methods)[index];
            let (pkg, name) = self.store.id(method);
            let Some((_, obj)) = self.store.find_by_name(self.store.objs(own), pkg, name) else {
                if all {
                    return Err(Cause::MissingMethod(method));
                }
                continue;
            };
            let (have, want) = (self.store.obj_type(obj), self.store.obj_type(method));
            if obj != method && !equivalent(self, have, want) {
                return Err(Cause::WrongSignature(method));
            }
        }
        Ok(())
    }

    /// Whether a value of the interface type `typ` may turn out to be a `target`.
    pub fn assertable_to(&mut self, typ: TypeId, target: TypeId) -> Result<(), Cause> {
        if self.store.is_interface(target) {
            return Ok(());
        }
        self.has_all_methods(target, typ, false, &mut |check, x, y| {
            check.store.identical(x, y)
        })
    }

    /// The first type argument that does not satisfy the constraint of its parameter.
    pub fn verify(&mut self, tparams: &[TypeId], targs: &[TypeId]) -> Result<(), (usize, Cause)> {
        let map = SubstMap::new(tparams, targs);
        for (index, (tparam, targ)) in tparams.iter().zip(targs).enumerate() {
            // As an interface, whatever the constraint is.
            self.store.under(*tparam);
            let Some(bound) = self.store.bound(*tparam) else {
                continue;
            };
            let bound = self.store.subst(bound, &map, self.context);
            self.implements(*targ, bound, true)
                .map_err(|cause| (index, cause))?;
        }
        Ok(())
    }

    /// Text for a problem's message.
    pub fn cause_text(&self, cause: Cause) -> String {
        let name = |obj| self.store.name(obj);
        match cause {
            Cause::NotAnInterface => "not an interface".to_owned(),
            Cause::InterfacePointer => "type is pointer to interface, not interface".to_owned(),
            Cause::EmptyTypeSet => "empty type set".to_owned(),
            Cause::MissingMethod(method) => format!("missing method {}", name(method)),
            Cause::WrongSignature(method) => format!("wrong type for method {}", name(method)),
            Cause::AmbiguousSelector(method) => format!("ambiguous selector {}", name(method)),
            Cause::PointerReceiver(method) => {
                format!("method {} has pointer receiver", name(method))
            }
            Cause::FieldNotMethod(method) => format!("{} is a field, not a method", name(method)),
            Cause::NotComparable => "not comparable".to_owned(),
            Cause::NotInTypeSet => "not in the type set".to_owned(),
        }
    }

    /// The signature of a method, which is made on first use for those of instances.
    pub fn method_type(&mut self, method: ObjId) -> TypeId {
        if self.store.obj(method).typ.is_none() {
            self.obj_decl(method);
        }
        self.store.obj_type(method)
    }
}

impl Store {
    /// What tells a field or method from others: package and name.
    pub(crate) fn id(&self, obj: ObjId) -> (Option<PkgId>, Name) {
        let object = self.obj(obj);
        (object.pkg, object.name)
    }

    /// Whether the type, or all of an interface's types, are of the terms.
    fn in_type_set(&mut self, typ: TypeId, own: Option<TypeSet>, terms: &TermBuf) -> bool {
        if let Some(own) = own {
            let own = self.term_buf(own.terms);
            return self.terms_subset(&own, terms);
        }
        match terms {
            TermBuf::All => true,
            TermBuf::Union(terms) => terms.iter().any(|term| self.term_includes(*term, typ)),
        }
    }
}
