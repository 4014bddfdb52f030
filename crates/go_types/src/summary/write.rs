//! From a checked package to its summary.

use base::Idx;
use rustc_hash::{FxHashMap, FxHashSet};

use super::links::Linked;
use super::walk::{Found, NoSummary, Spot, Walk, origin};
use super::wire::Out;
use super::{FORMAT, Links, Summary, head, tag, value};
use crate::{
    ChanDir, Name, ObjId, ObjKind, Object, PkgId, Store, TypeId, TypeKind, TypeList, VarKind,
};

impl Links {
    /// The summary of a package that was checked, with or without bodies. Later summaries may refer to it.
    /// Broken code may have none.
    pub fn write(&mut self, store: &mut Store, pkg: PkgId) -> Result<Summary, NoSummary> {
        self.settle();
        let mut walk = Walk::new(store, self, pkg);
        let exported = walk.exported();
        walk.reach_all(&exported)?;
        let (found, reach) = (walk.found, walk.reach);
        let mut writer = Writer {
            store,
            pkg,
            reach,
            refs: Vec::new(),
            names: Vec::new(),
            name_ids: FxHashMap::default(),
            out: Out::default(),
            places: Out::default(),
            last_place: (0, 0),
            found: &found,
        };
        writer.files();
        writer.body(&exported)?;
        let (shape, places) = (writer.shape(), writer.places.bytes);
        let linked = Linked {
            refs: writer.refs,
            types: [found.declared, found.others].concat(),
            objs: found.objs,
        };
        self.add(pkg, linked);
        Ok(Summary { shape, places })
    }
}

/// Writes what was found.
struct Writer<'a> {
    store: &'a Store,
    pkg: PkgId,
    reach: FxHashSet<PkgId>,
    refs: Vec<PkgId>,
    names: Vec<Name>,
    name_ids: FxHashMap<Name, u32>,
    out: Out,
    places: Out,
    /// File and offset of the last place.
    last_place: (usize, u32),
    found: &'a Found,
}

impl Writer<'_> {
    /// Everything after the tables of names and packages, which it fills.
    fn body(&mut self, exported: &[ObjId]) -> Result<(), NoSummary> {
        let (store, found) = (self.store, self.found);
        for foreign in [&found.foreign_objs, &found.foreign_types] {
            self.out.len(foreign.len());
            for (pkg, index) in foreign {
                self.pkg_ref(*pkg)?;
                self.out.num(*index);
            }
        }
        self.out.len(found.declared.len());
        for typ in &found.declared {
            let is_named = matches!(store.kind(*typ), TypeKind::Named(_));
            self.out.num(if is_named {
                tag::NAMED
            } else {
                tag::TYPE_PARAM
            });
        }
        self.out.len(found.objs.len());
        for typ in &found.declared {
            self.declared(*typ);
        }
        self.out.len(found.others.len());
        for typ in &found.others {
            self.other(*typ);
        }
        for typ in &found.declared {
            self.content(*typ);
        }
        for obj in &found.objs {
            self.object(*obj)?;
        }
        self.objs(exported);
        Ok(())
    }

    /// The whole shape.
    fn shape(&mut self) -> Vec<u8> {
        let package = &self.store.packages[self.pkg];
        let body = std::mem::take(&mut self.out);
        let refs: Vec<Name> = (self.refs.iter())
            .map(|pkg| self.store.packages[*pkg].path)
            .collect();
        for name in [package.path, package.name].into_iter().chain(refs) {
            self.name(name);
        }
        let tables = std::mem::take(&mut self.out);
        self.out.num(FORMAT);
        self.out.len(self.names.len());
        for name in &self.names {
            self.out.len(self.store.names.text(*name).len());
        }
        let texts = self.names.iter().map(|name| self.store.names.text(*name));
        self.out.bytes(texts.collect::<String>().as_bytes());
        self.out.num(package.go_version);
        self.out.len(self.refs.len());
        let mut shape = std::mem::take(&mut self.out).bytes;
        shape.extend(tables.bytes);
        shape.extend(body.bytes);
        shape
    }

    fn name(&mut self, name: Name) {
        let next = self.names.len() as u32;
        let id = *self.name_ids.entry(name).or_insert(next);
        if id == next {
            self.names.push(name);
        }
        self.out.num(id);
    }

    fn pkg_ref(&mut self, pkg: PkgId) -> Result<(), NoSummary> {
        if !self.reach.contains(&pkg) {
            return Err(NoSummary::Foreign);
        }
        let found = self.refs.iter().position(|other| *other == pkg);
        let index = found.unwrap_or_else(|| {
            self.refs.push(pkg);
            self.refs.len() - 1
        });
        self.out.len(index);
        Ok(())
    }

    fn typ(&mut self, typ: TypeId) {
        let (n_foreign, n_declared) = (self.found.foreign_types.len(), self.found.declared.len());
        let base = self.store.universe.n_types;
        let index = match self.found.types.get(&typ) {
            Some(Spot::Foreign(index)) => base + *index as usize,
            Some(Spot::Declared(index)) => base + n_foreign + *index as usize,
            Some(Spot::Other(index)) => base + n_foreign + n_declared + *index as usize,
            Some(Spot::Open) | None => typ.index(),
        };
        self.out.len(index);
    }

    /// 0 for none.
    fn opt_type(&mut self, typ: Option<TypeId>) {
        self.out.num(u64::from(typ.is_some()));
        if let Some(typ) = typ {
            self.typ(typ);
        }
    }

    fn types(&mut self, list: TypeList) {
        self.out.len(list.len());
        let store = self.store;
        for typ in store.types(list) {
            self.typ(*typ);
        }
    }

    fn obj(&mut self, obj: ObjId) {
        let base = self.store.universe.n_objs;
        let index = match self.found.obj_spots.get(&obj) {
            Some((false, index)) => base + *index as usize,
            Some((true, index)) => base + self.found.foreign_objs.len() + *index as usize,
            None => obj.index(),
        };
        self.out.len(index);
    }

    fn objs(&mut self, objs: &[ObjId]) {
        self.out.len(objs.len());
        for obj in objs {
            self.obj(*obj);
        }
    }

    fn other(&mut self, typ: TypeId) {
        let store = self.store;
        match store.kind(typ) {
            TypeKind::Pointer(elem) => self.of_one(tag::POINTER, elem),
            TypeKind::Slice(elem) => self.of_one(tag::SLICE, elem),
            TypeKind::Array { elem, len } => {
                self.of_one(tag::ARRAY, elem);
                self.out.signed(len);
            }
            TypeKind::Map { key, elem } => {
                self.of_one(tag::MAP, key);
                self.typ(elem);
            }
            TypeKind::Chan { dir, elem } => {
                self.of_one(tag::CHAN, elem);
                self.out.num(match dir {
                    ChanDir::Both => 0u64,
                    ChanDir::Send => 1,
                    ChanDir::Recv => 2,
                });
            }
            TypeKind::Tuple(vars) => {
                self.out.num(tag::TUPLE);
                self.objs(store.objs(vars));
            }
            TypeKind::Signature(id) => {
                let sig = store.sig(id);
                self.out.num(tag::SIGNATURE);
                let flags = u64::from(sig.variadic) | u64::from(sig.recv.is_some()) << 1;
                self.out.num(flags);
                if let Some(recv) = sig.recv {
                    self.obj(recv);
                }
                self.types(sig.rparams);
                self.types(sig.tparams);
                self.objs(store.objs(sig.params));
                self.objs(store.objs(sig.results));
            }
            TypeKind::Struct(strukt) => {
                self.out.num(tag::STRUCT);
                self.objs(store.objs(strukt.fields));
                let tags = store.names_of(strukt.tags);
                self.out.len(tags.len());
                for tag in tags {
                    self.name(*tag);
                }
            }
            TypeKind::Interface(id) => {
                let interface = *store.iface(id);
                self.out.num(tag::INTERFACE);
                self.out.num(u64::from(interface.implicit));
                self.objs(store.objs(interface.methods));
                self.types(interface.embeds);
            }
            TypeKind::Union(terms) => {
                self.out.num(tag::UNION);
                self.out.len(terms.len());
                for term in store.terms(terms) {
                    self.out.num(u64::from(term.tilde));
                    self.typ(term.typ);
                }
            }
            TypeKind::Alias(id) => {
                let alias = *store.alias(id);
                if alias.targs.is_empty() {
                    self.out.num(tag::ALIAS);
                    self.obj(alias.obj);
                    self.types(alias.tparams);
                } else {
                    self.of_one(tag::ALIAS_INSTANCE, alias.origin);
                    self.types(alias.targs);
                }
                self.opt_type(alias.rhs);
            }
            TypeKind::Named(id) => {
                if let Some(instance) = store.named(id).instance {
                    self.of_one(tag::INSTANCE, instance.origin);
                    self.types(instance.targs);
                }
            }
            TypeKind::Basic(_) | TypeKind::TypeParam(_) => {
                debug_assert!(false, "neither is found among others");
            }
        }
    }

    fn of_one(&mut self, tag: u64, typ: TypeId) {
        self.out.num(tag);
        self.typ(typ);
    }

    /// What instances need of a declared type, or what tells a type parameter.
    fn declared(&mut self, typ: TypeId) {
        let store = self.store;
        match store.kind(typ) {
            TypeKind::Named(id) => {
                self.obj(store.named(id).obj);
                self.types(store.named(id).tparams);
            }
            TypeKind::TypeParam(id) => {
                self.obj(store.type_param(id).obj);
                self.out.num(store.type_param(id).index);
            }
            _ => debug_assert!(false, "only these are declared"),
        }
    }

    fn content(&mut self, typ: TypeId) {
        let store = self.store;
        match store.kind(typ) {
            TypeKind::Named(id) => {
                self.opt_type(store.named(id).from_rhs);
                self.objs(&store.named(id).methods);
            }
            TypeKind::TypeParam(id) => self.opt_type(store.type_param(id).bound),
            _ => debug_assert!(false, "only these are declared"),
        }
    }

    fn object(&mut self, obj: ObjId) -> Result<(), NoSummary> {
        let object = *self.store.obj(obj);
        let origin = origin(&object);
        let mut head = match object.kind {
            ObjKind::Const { .. } => head::CONST,
            ObjKind::TypeName => head::TYPE_NAME,
            ObjKind::Var { kind, embedded, .. } => {
                let embedded = if embedded { head::EMBEDDED } else { 0 };
                head::VAR | embedded | var_kind(kind) << head::VAR_KIND
            }
            ObjKind::Func {
                method, ptr_recv, ..
            } => {
                let method = if method { head::METHOD } else { 0 };
                head::FUNC | method | if ptr_recv { head::PTR_RECV } else { 0 }
            }
            _ => return Err(NoSummary::Foreign),
        };
        let is_foreign = object.pkg != Some(self.pkg);
        let scope = object.pkg.map(|pkg| self.store.packages[pkg].scope);
        for (flag, holds) in [
            (head::FOREIGN, is_foreign),
            (head::IN_SCOPE, scope.is_some() && object.parent == scope),
            (head::ORIGIN, origin.is_some()),
        ] {
            head |= if holds { flag } else { 0 };
        }
        self.out.num(head);
        self.name(object.name);
        if is_foreign {
            self.pkg_ref(object.pkg.ok_or(NoSummary::Foreign)?)?;
        }
        match origin {
            Some(origin) => self.obj(origin),
            None => self.place(&object)?,
        }
        self.opt_type(object.typ);
        if let ObjKind::Const { value } = object.kind {
            let unknown = crate::constant::Value::Unknown;
            let value = value.map_or(&unknown, |value| self.store.value(value));
            if !value::write(&mut self.out, value) {
                return Err(NoSummary::TooLarge);
            }
        }
        Ok(())
    }
}

/// Places.
impl Writer<'_> {
    /// Files, and what is in the package scope besides exported names.
    fn files(&mut self) {
        let package = &self.store.packages[self.pkg];
        self.places.len(package.files.len());
        for file in &package.files {
            let file = &self.store.files[*file];
            self.places.bytes(file.base_name.as_bytes());
            self.places.num(file.go_version);
            let starts = file.lines.starts();
            self.places.num(file.lines.text_len());
            self.places.len(starts.len() - 1);
            for pair in starts.windows(2) {
                self.places.num(pair[1] - pair[0]);
            }
        }
        let elems = self.store.scopes[package.scope].elems().iter();
        let names = elems.map(|(name, _)| *name);
        let hidden = names.filter(|name| !self.store.names.is_exported(*name));
        let hidden = hidden.map(|name| self.store.names.text(name));
        let hidden: Vec<&str> = hidden
            .chain(package.hidden.split_terminator('\n'))
            .collect();
        self.places.bytes(hidden.join("\n").as_bytes());
    }

    /// Where an object is: the way from the last one, doubled, odd if it leads into another file, whose
    /// number from 1 follows; number 0 is nowhere.
    fn place(&mut self, object: &Object) -> Result<(), NoSummary> {
        let package = &self.store.packages[self.pkg];
        let number = if object.pos.is_known() {
            let found = package
                .files
                .iter()
                .position(|file| *file == object.pos.file);
            found.ok_or(NoSummary::Foreign)? + 1
        } else {
            0
        };
        let way = i64::from(object.pos.offset) - i64::from(self.last_place.1);
        let moved = number != self.last_place.0;
        self.places.signed(way << 1 | i64::from(moved));
        if moved {
            self.places.len(number);
        }
        self.last_place = (number, object.pos.offset);
        Ok(())
    }
}

pub(super) const VAR_KINDS: [VarKind; 6] = [
    VarKind::Package,
    VarKind::Local,
    VarKind::Recv,
    VarKind::Param,
    VarKind::Result,
    VarKind::Field,
];

fn var_kind(kind: VarKind) -> u64 {
    let found = VAR_KINDS.iter().position(|other| *other == kind);
    found.unwrap_or_default() as u64
}
