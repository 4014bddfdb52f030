//! Types of a summary.

use super::Reader;
use crate::summary::tag;
use crate::summary::wire::Corrupt;
use crate::{
    Alias, ChanDir, Instance, Interface, Name, Named, Signature, Term, TypeId, TypeKind, TypeList,
};

impl Reader<'_> {
    /// A declared type or type parameter that nothing is known of yet.
    pub(super) fn allocate(&mut self) -> Result<TypeId, Corrupt> {
        let obj = self.store.universe.nil;
        match self.shape.num()? {
            tag::NAMED => Ok(self.store.push_named(Named {
                obj,
                typ: TypeId::INVALID,
                instance: None,
                tparams: TypeList::EMPTY,
                from_rhs: None,
                underlying: None,
                methods: Vec::new(),
            })),
            tag::TYPE_PARAM => Ok(self.store.push_type_param(obj, 0)),
            _ => Err(Corrupt),
        }
    }

    /// Name and parameters of a declared type, which its instances take over.
    pub(super) fn declare(&mut self, typ: TypeId) -> Result<(), Corrupt> {
        let obj = self.obj()?;
        match self.store.kind(typ) {
            TypeKind::Named(id) => {
                let tparams = self.tparams()?;
                let named = self.store.named_mut(id);
                (named.obj, named.tparams) = (obj, tparams);
            }
            TypeKind::TypeParam(id) => {
                let index = self.shape.small()?;
                let tparam = self.store.type_param_mut(id);
                (tparam.obj, tparam.index) = (obj, index);
            }
            _ => return Err(Corrupt),
        }
        Ok(())
    }

    pub(super) fn complete(&mut self, typ: TypeId) -> Result<(), Corrupt> {
        let rhs = self.opt_type()?;
        match self.store.kind(typ) {
            TypeKind::Named(id) => {
                let n_methods = self.shape.len()?;
                let methods = (0..n_methods).map(|_| self.obj());
                let methods = methods.collect::<Result<_, _>>()?;
                let named = self.store.named_mut(id);
                (named.from_rhs, named.methods) = (rhs, methods);
            }
            TypeKind::TypeParam(id) => self.store.type_param_mut(id).bound = rhs,
            _ => return Err(Corrupt),
        }
        Ok(())
    }

    pub(super) fn other(&mut self) -> Result<TypeId, Corrupt> {
        let typ = match self.shape.num()? {
            tag::POINTER => {
                let elem = self.typ()?;
                self.store.pointer(elem)
            }
            tag::SLICE => {
                let elem = self.typ()?;
                self.store.slice(elem)
            }
            tag::ARRAY => {
                let elem = self.typ()?;
                let len = self.shape.signed()?;
                self.store.array(elem, len)
            }
            tag::MAP => {
                let (key, elem) = (self.typ()?, self.typ()?);
                self.store.map(key, elem)
            }
            tag::CHAN => {
                let elem = self.typ()?;
                let dir = match self.shape.num()? {
                    0 => ChanDir::Both,
                    1 => ChanDir::Send,
                    2 => ChanDir::Recv,
                    _ => return Err(Corrupt),
                };
                self.store.chan(dir, elem)
            }
            tag::TUPLE => {
                let vars = self.parts()?;
                self.store.tuple_of(vars)
            }
            tag::SIGNATURE => self.signature()?,
            tag::STRUCT => self.strukt()?,
            tag::INTERFACE => {
                let implicit = self.flag()?;
                let methods = self.parts()?;
                let interface = Interface {
                    embeds: self.types()?,
                    implicit,
                    ..Interface::complete(methods)
                };
                self.store.interface(interface)
            }
            tag::UNION => {
                let n = self.shape.len()?;
                let mut terms = Vec::with_capacity(n);
                for _ in 0..n {
                    let (tilde, typ) = (self.flag()?, self.typ()?);
                    terms.push(Term { tilde, typ });
                }
                self.store.union(&terms)
            }
            tag::INSTANCE => self.instance()?,
            tag::ALIAS => {
                let (obj, tparams, rhs) = (self.obj()?, self.tparams()?, self.opt_type()?);
                self.store.push_declared_alias(obj, tparams, rhs)
            }
            tag::ALIAS_INSTANCE => self.alias_instance()?,
            _ => return Err(Corrupt),
        };
        Ok(typ)
    }

    fn signature(&mut self) -> Result<TypeId, Corrupt> {
        let flags = self.shape.num()?;
        let recv = if flags & 2 == 0 {
            None
        } else {
            Some(self.part()?)
        };
        let signature = Signature {
            recv,
            rparams: self.tparams()?,
            tparams: self.tparams()?,
            params: self.parts()?,
            results: self.parts()?,
            variadic: flags & 1 != 0,
        };
        if signature.variadic && signature.params.is_empty() {
            return Err(Corrupt);
        }
        Ok(self.store.signature(signature))
    }

    fn strukt(&mut self) -> Result<TypeId, Corrupt> {
        let fields = self.parts()?;
        let n_tags = self.shape.len()?;
        if n_tags != 0 && n_tags != fields.len() {
            return Err(Corrupt);
        }
        let tags: Vec<Name> = (0..n_tags).map(|_| self.name()).collect::<Result<_, _>>()?;
        let tags = self.store.name_list(&tags);
        Ok(self.store.struct_type(fields, tags))
    }

    fn instance(&mut self) -> Result<TypeId, Corrupt> {
        let (origin, targs) = (self.typ()?, self.types()?);
        let TypeKind::Named(id) = self.store.kind(origin) else {
            return Err(Corrupt);
        };
        let Named { obj, tparams, .. } = *self.store.named(id);
        if self.store.named(id).instance.is_some() || targs.is_empty() {
            return Err(Corrupt);
        }
        Ok(self.store.push_named(Named {
            obj,
            typ: TypeId::INVALID,
            instance: Some(Instance {
                origin,
                targs,
                context: None,
                made_by: None,
            }),
            tparams,
            from_rhs: None,
            underlying: None,
            methods: Vec::new(),
        }))
    }

    fn alias_instance(&mut self) -> Result<TypeId, Corrupt> {
        let (origin, targs, rhs) = (self.typ()?, self.types()?, self.opt_type()?);
        let TypeKind::Alias(id) = self.store.kind(origin) else {
            return Err(Corrupt);
        };
        let alias = *self.store.alias(id);
        Ok(self.store.push_alias(Alias {
            origin,
            targs,
            rhs,
            ..alias
        }))
    }
}
