//! Underlying types, and types common to a type set.
//!
//! The underlying type of a defined type is found when first asked for, by following right-hand sides; that
//! of an instance by substituting the origin's right-hand side.

use crate::subst::SubstMap;
use crate::{
    ChanDir, Instance, Interface, InterfaceId, NamedId, ObjList, Store, TypeId, TypeKind,
    TypeParamId,
};

/// Longest chain of defined types (`type A B; type B C; …`) followed; longer ones are invalid.
const MAX_CHAIN: usize = 10_000;

impl Store {
    /// The underlying type: never a defined type, alias or type parameter. Of a type parameter, the
    /// interface of its constraint. Invalid if the type is not known yet.
    pub fn under(&mut self, typ: TypeId) -> TypeId {
        match self.kind(typ) {
            TypeKind::Named(id) => match self.named(id).underlying {
                Some(underlying) => underlying,
                None => self.resolve_underlying(id),
            },
            TypeKind::TypeParam(id) => self.constraint_interface(id),
            TypeKind::Alias(id) => {
                let typ = self.aliased(id);
                self.under(typ)
            }
            _ => typ,
        }
    }

    /// The kind of the underlying type.
    pub fn under_kind(&mut self, typ: TypeId) -> TypeKind {
        match self.kind(typ) {
            TypeKind::Named(_) | TypeKind::TypeParam(_) | TypeKind::Alias(_) => {
                let under = self.under(typ);
                self.kind(under)
            }
            kind => kind,
        }
    }

    /// The underlying interface of the type, or of the constraint of a type parameter.
    pub fn under_interface(&mut self, typ: TypeId) -> Option<InterfaceId> {
        match self.under_kind(typ) {
            TypeKind::Interface(id) => Some(id),
            _ => None,
        }
    }

    fn resolve_underlying(&mut self, id: NamedId) -> TypeId {
        let mut path = vec![id];
        let mut next = self.rhs(id);
        let underlying = loop {
            let Some(rhs) = next else {
                return TypeId::INVALID;
            };
            let rhs = self.unalias(rhs);
            let TypeKind::Named(named) = self.kind(rhs) else {
                break rhs;
            };
            if let Some(underlying) = self.named(named).underlying {
                break underlying;
            }
            if path.len() > MAX_CHAIN || path.contains(&named) {
                break TypeId::INVALID;
            }
            path.push(named);
            next = self.rhs(named);
        };
        for id in path {
            self.named_mut(id).underlying.get_or_insert(underlying);
        }
        underlying
    }

    /// The right-hand side; for an instance made from the origin's on first use.
    fn rhs(&mut self, id: NamedId) -> Option<TypeId> {
        let named = self.named(id);
        if named.from_rhs.is_some() {
            return named.from_rhs;
        }
        let instance = named.instance?;
        let rhs = self.expand_rhs(id, instance)?;
        self.named_mut(id).from_rhs = Some(rhs);
        Some(rhs)
    }

    fn expand_rhs(&mut self, id: NamedId, instance: Instance) -> Option<TypeId> {
        let origin = self.as_named(instance.origin)?;
        let (tparams, rhs) = (self.named(origin).tparams, self.named(origin).from_rhs?);
        if tparams.len() != instance.targs.len() {
            return Some(TypeId::INVALID);
        }
        let context = instance.context.unwrap_or_else(|| self.contexts.add());
        let typ = self.named(id).typ;
        self.named_mut(id).instance = Some(Instance {
            context: Some(context),
            ..instance
        });
        self.remember_instance(context, instance.origin, instance.targs, typ);
        let map = SubstMap::new(self.types(tparams), self.types(instance.targs));
        let check = instance.made_by.and_then(|pkg| self.check_context(pkg));
        Some(self.subst_in(rhs, &map, Some(typ), check))
    }

    /// The interface a type parameter's constraint stands for. A constraint that is not an interface is
    /// wrapped into one.
    pub fn constraint_interface(&mut self, id: TypeParamId) -> TypeId {
        let Some(bound) = self.type_param(id).bound else {
            return self.universe.empty_interface;
        };
        let under = match self.unaliased(bound) {
            TypeKind::TypeParam(_) => return self.universe.empty_interface,
            _ => self.under(bound),
        };
        match self.kind(under) {
            TypeKind::Interface(_) => under,
            _ if under == TypeId::INVALID => self.universe.empty_interface,
            _ => {
                let embeds = self.type_list(&[bound]);
                let interface = self.interface(Interface {
                    embeds,
                    implicit: true,
                    ..Interface::complete(ObjList::EMPTY)
                });
                self.type_param_mut(id).bound = Some(interface);
                interface
            }
        }
    }

    /// The types in the type set of a type parameter, each with its underlying type, or the type itself if
    /// it is not a type parameter. Empty if there are no specific types.
    pub fn specific_types(&mut self, typ: TypeId) -> Vec<(TypeId, TypeId)> {
        match self.unaliased(typ) {
            TypeKind::TypeParam(id) => {
                let interface = self.constraint_interface(id);
                self.terms_of(interface)
                    .into_iter()
                    .map(|term| {
                        let under = if term.tilde {
                            self.unalias(term.typ)
                        } else {
                            self.under(term.typ)
                        };
                        (term.typ, under)
                    })
                    .collect()
            }
            _ => vec![(typ, self.under(typ))],
        }
    }

    /// Whether the condition holds for the underlying type, or for those of all specific types of a type
    /// parameter; false if it has none.
    pub fn under_is(&mut self, typ: TypeId, cond: impl Fn(&mut Self, TypeId) -> bool) -> bool {
        if self.as_type_param(typ).is_none() {
            let under = self.under(typ);
            return cond(self, under);
        }
        let types = self.specific_types(typ);
        !types.is_empty() && types.into_iter().all(|(_, under)| cond(self, under))
    }

    /// The underlying type that all specific types share, if there is one; of channels, which may differ in
    /// direction, the restricted one.
    pub fn common_under(&mut self, typ: TypeId) -> Option<TypeId> {
        if self.as_type_param(typ).is_none() {
            return Some(self.under(typ));
        }
        let mut common = None;
        for (_, under) in self.specific_types(typ) {
            common = Some(match common {
                None => under,
                Some(common) => self.join_under(common, under)?,
            });
        }
        common
    }

    fn join_under(&mut self, common: TypeId, under: TypeId) -> Option<TypeId> {
        if let (
            TypeKind::Chan { dir, elem },
            TypeKind::Chan {
                dir: dir2,
                elem: elem2,
            },
        ) = (self.kind(common), self.kind(under))
        {
            if !self.identical(elem, elem2) {
                return None;
            }
            return match (dir, dir2) {
                _ if dir == dir2 => Some(common),
                (ChanDir::Both, _) => Some(under),
                (_, ChanDir::Both) => Some(common),
                _ => None,
            };
        }
        self.identical(common, under).then_some(common)
    }
}
