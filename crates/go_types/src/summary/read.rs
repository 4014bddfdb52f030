//! From a summary to a package of the store.

mod types;

use base::{FileId, Idx, LineIndex};
use rustc_hash::FxHashMap;

use super::links::Linked;
use super::wire::{Corrupt, In};
use super::write::VAR_KINDS;
use super::{FORMAT, Links, head, value};
use crate::{
    DeclState, Name, ObjId, ObjKind, Object, PkgId, Pos, ScopeId, SourceFile, Store, TypeId,
    TypeKind, TypeList,
};

impl Links {
    /// Adds a package to the store from shape and places. Its imports must be there already, with the
    /// summaries that this one was written with; `imports` are the direct ones.
    ///
    /// Whatever the bytes, types are finite, every index is within bounds, and memory is a small multiple of
    /// their length. After an error the store may hold things that nothing refers to.
    pub fn read(
        &mut self,
        store: &mut Store,
        [shape, places]: [&[u8]; 2],
        imports: &[PkgId],
    ) -> Result<PkgId, Corrupt> {
        let mut reader = Reader::new(store, shape, places);
        let head = reader.head()?;
        reader.mention(self, imports, &head)?;
        let hidden = reader.files()?;
        reader.foreign(self)?;
        let first_own_type = reader.types.len();
        let exported = reader.own()?;
        reader.shape.end()?;
        reader.places.end()?;
        let Reader {
            pkg,
            scope,
            files,
            mut types,
            mut objs,
            first_own_obj,
            refs,
            ..
        } = reader;
        let linked = Linked {
            types: types.split_off(first_own_type),
            objs: objs.split_off(first_own_obj),
            refs,
        };
        let made = store.new_package_named(head.path, head.name, head.go_version);
        debug_assert_eq!((made, store.packages[made].scope), (pkg, scope));
        for obj in exported {
            let name = store.objects[obj].name;
            // A name that is there twice is the first.
            let _ = store.scopes[scope].insert(name, obj);
        }
        let package = &mut store.packages[made];
        package.imports = imports.to_vec();
        package.files = files;
        package.hidden = hidden;
        self.add(made, linked);
        Ok(made)
    }
}

struct Head {
    path: Name,
    name: Name,
    go_version: u16,
    /// Paths of the packages mentioned.
    refs: Vec<Name>,
}

struct Reader<'a> {
    store: &'a mut Store,
    shape: In<'a>,
    places: In<'a>,
    /// Ids that the package and its scope will have.
    pkg: PkgId,
    scope: ScopeId,
    names: Vec<Name>,
    refs: Vec<PkgId>,
    files: Vec<FileId>,
    /// Number of the file and offset of the last place.
    last_place: (usize, i64),
    /// The universe's, foreign ones, declared ones, then others as they are read.
    types: Vec<TypeId>,
    first_other: usize,
    /// The universe's, foreign ones, then own ones: their ids are known before they are read.
    objs: Vec<ObjId>,
    first_own_obj: usize,
    /// Of each own object, the first type that lists it: its own type must come before.
    limits: Vec<u32>,
}

impl<'a> Reader<'a> {
    fn new(store: &'a mut Store, shape: &'a [u8], places: &'a [u8]) -> Self {
        Self {
            pkg: PkgId::from_index(store.packages.len()),
            scope: ScopeId::from_index(store.scopes.len()),
            types: (0..store.universe.n_types)
                .map(TypeId::from_index)
                .collect(),
            objs: (0..store.universe.n_objs).map(ObjId::from_index).collect(),
            store,
            shape: In::new(shape),
            places: In::new(places),
            names: Vec::new(),
            refs: Vec::new(),
            files: Vec::new(),
            last_place: (0, 0),
            first_other: 0,
            first_own_obj: 0,
            limits: Vec::new(),
        }
    }

    fn head(&mut self) -> Result<Head, Corrupt> {
        if self.shape.num()? != FORMAT {
            return Err(Corrupt);
        }
        let n_names = self.shape.len()?;
        let mut lens = Vec::with_capacity(n_names);
        for _ in 0..n_names {
            lens.push(self.shape.small()? as usize);
        }
        let mut texts = std::str::from_utf8(self.shape.bytes()?).map_err(|_| Corrupt)?;
        for len in lens {
            let (text, rest) = texts.split_at_checked(len).ok_or(Corrupt)?;
            self.names.push(self.store.names.intern(text));
            texts = rest;
        }
        let go_version = u16::try_from(self.shape.num()?).map_err(|_| Corrupt)?;
        let n_refs = self.shape.len()?;
        Ok(Head {
            path: self.name()?,
            name: self.name()?,
            go_version,
            refs: (0..n_refs).map(|_| self.name()).collect::<Result<_, _>>()?,
        })
    }

    /// Finds the packages mentioned among those that the imports lead to.
    fn mention(&mut self, links: &Links, imports: &[PkgId], head: &Head) -> Result<(), Corrupt> {
        let reach = links.within_reach(imports);
        let by_path: FxHashMap<Name, PkgId> = (reach.into_iter())
            .map(|pkg| (self.store.packages[pkg].path, pkg))
            .collect();
        let refs = head.refs.iter();
        let refs = refs.map(|path| by_path.get(path).copied().ok_or(Corrupt));
        self.refs = refs.collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Things of other packages.
    fn foreign(&mut self, links: &Links) -> Result<(), Corrupt> {
        for _ in 0..self.shape.len()? {
            let (linked, index) = self.owned(links)?;
            self.objs.push(*linked.objs.get(index).ok_or(Corrupt)?);
        }
        for _ in 0..self.shape.len()? {
            let (linked, index) = self.owned(links)?;
            self.types.push(*linked.types.get(index).ok_or(Corrupt)?);
        }
        Ok(())
    }

    fn owned<'l>(&mut self, links: &'l Links) -> Result<(&'l Linked, usize), Corrupt> {
        let pkg = self.pkg_ref()?;
        let index = self.shape.small()? as usize;
        Ok((links.linked(pkg).ok_or(Corrupt)?, index))
    }

    /// Everything of the package itself. Answers the exported objects.
    fn own(&mut self) -> Result<Vec<ObjId>, Corrupt> {
        let first_declared = self.types.len();
        for _ in 0..self.shape.len()? {
            let typ = self.allocate()?;
            self.types.push(typ);
        }
        self.first_other = self.types.len();
        let n_objs = self.shape.len()?;
        self.first_own_obj = self.objs.len();
        self.limits = vec![u32::MAX; n_objs];
        let first = self.store.objects.len();
        self.objs
            .extend((first..first + n_objs).map(ObjId::from_index));
        for index in first_declared..self.first_other {
            self.declare(self.types[index])?;
        }
        for _ in 0..self.shape.len()? {
            let typ = self.other()?;
            self.types.push(typ);
        }
        for index in first_declared..self.first_other {
            self.complete(self.types[index])?;
        }
        for index in 0..n_objs {
            let object = self.object(index)?;
            self.store.new_obj(object);
        }
        let n_exported = self.shape.len()?;
        (0..n_exported).map(|_| self.exported()).collect()
    }
}

/// References.
impl Reader<'_> {
    fn name(&mut self) -> Result<Name, Corrupt> {
        let index = self.shape.small()? as usize;
        self.names.get(index).copied().ok_or(Corrupt)
    }

    fn pkg_ref(&mut self) -> Result<PkgId, Corrupt> {
        let index = self.shape.small()? as usize;
        self.refs.get(index).copied().ok_or(Corrupt)
    }

    /// A type that is there already, and its number. Signatures with type parameters are types of functions
    /// only.
    fn numbered_type(&mut self, may_be_generic: bool) -> Result<(usize, TypeId), Corrupt> {
        let index = self.shape.small()? as usize;
        let typ = *self.types.get(index).ok_or(Corrupt)?;
        if !may_be_generic
            && let TypeKind::Signature(id) = self.store.kind(typ)
            && !self.store.sig(id).tparams.is_empty()
        {
            return Err(Corrupt);
        }
        Ok((index, typ))
    }

    fn typ(&mut self) -> Result<TypeId, Corrupt> {
        Ok(self.numbered_type(false)?.1)
    }

    fn opt_type(&mut self) -> Result<Option<TypeId>, Corrupt> {
        Ok(if self.flag()? {
            Some(self.typ()?)
        } else {
            None
        })
    }

    fn flag(&mut self) -> Result<bool, Corrupt> {
        match self.shape.num()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Corrupt),
        }
    }

    fn types(&mut self) -> Result<TypeList, Corrupt> {
        let n = self.shape.len()?;
        let types: Vec<TypeId> = (0..n).map(|_| self.typ()).collect::<Result<_, _>>()?;
        Ok(self.store.type_list(&types))
    }

    /// A list of type parameters.
    fn tparams(&mut self) -> Result<TypeList, Corrupt> {
        let list = self.types()?;
        let is_tparam = |typ: &TypeId| matches!(self.store.kind(*typ), TypeKind::TypeParam(_));
        if !self.store.types(list).iter().all(is_tparam) {
            return Err(Corrupt);
        }
        Ok(list)
    }

    fn obj(&mut self) -> Result<ObjId, Corrupt> {
        let index = self.shape.small()? as usize;
        self.objs.get(index).copied().ok_or(Corrupt)
    }

    fn exported(&mut self) -> Result<ObjId, Corrupt> {
        let obj = self.obj()?;
        if self.store.names.is_exported(self.store.objects[obj].name) {
            Ok(obj)
        } else {
            Err(Corrupt)
        }
    }

    /// An object that the type to be made next is made of.
    fn part(&mut self) -> Result<ObjId, Corrupt> {
        let index = self.shape.small()? as usize;
        let next = self.types.len() as u32;
        let own = index.checked_sub(self.first_own_obj);
        if let Some(limit) = own.and_then(|own| self.limits.get_mut(own)) {
            *limit = next.min(*limit);
        }
        self.objs.get(index).copied().ok_or(Corrupt)
    }

    fn parts(&mut self) -> Result<crate::ObjList, Corrupt> {
        let n = self.shape.len()?;
        let parts: Vec<ObjId> = (0..n).map(|_| self.part()).collect::<Result<_, _>>()?;
        Ok(self.store.obj_list(&parts))
    }
}

/// Objects and files.
impl Reader<'_> {
    fn object(&mut self, number: usize) -> Result<Object, Corrupt> {
        let head = self.shape.num()?;
        let name = self.name()?;
        let has = |flag: u64| head & flag != 0;
        let pkg = if has(head::FOREIGN) {
            self.pkg_ref()?
        } else {
            self.pkg
        };
        let origin = if has(head::ORIGIN) {
            Some(self.earlier_or_foreign(number)?)
        } else {
            None
        };
        let pos = match origin {
            Some(origin) => self.store.objects[origin].pos,
            None => self.place()?,
        };
        let is_func = head & head::KIND == head::FUNC;
        let typ = self.object_type(number, is_func)?;
        let kind = match head & head::KIND {
            head::CONST => {
                let value = value::read(&mut self.shape)?;
                ObjKind::Const {
                    value: Some(self.store.new_value(value)),
                }
            }
            head::TYPE_NAME => ObjKind::TypeName,
            head::VAR => ObjKind::Var {
                kind: *(VAR_KINDS.get((head >> head::VAR_KIND) as usize)).ok_or(Corrupt)?,
                embedded: has(head::EMBEDDED),
                origin,
            },
            _ => ObjKind::Func {
                method: has(head::METHOD),
                ptr_recv: has(head::PTR_RECV),
                origin,
                of_instance: None,
            },
        };
        let scope = if pkg == self.pkg {
            self.scope
        } else {
            self.store.packages[pkg].scope
        };
        Ok(Object {
            typ,
            parent: has(head::IN_SCOPE).then_some(scope),
            state: DeclState::Done,
            ..Object::new(kind, pos, Some(pkg), name)
        })
    }

    /// What an object was instantiated from: it must be known, for its place.
    fn earlier_or_foreign(&mut self, number: usize) -> Result<ObjId, Corrupt> {
        let index = self.shape.small()? as usize;
        if index >= self.first_own_obj + number {
            return Err(Corrupt);
        }
        Ok(self.objs[index])
    }

    /// The type of an own object: not one that the object is a part of.
    fn object_type(&mut self, number: usize, is_func: bool) -> Result<Option<TypeId>, Corrupt> {
        if !self.flag()? {
            return Ok(None);
        }
        let limit = self.limits[number];
        let (index, typ) = self.numbered_type(is_func && limit == u32::MAX)?;
        if index >= self.first_other && index >= limit as usize {
            return Err(Corrupt);
        }
        Ok(Some(typ))
    }

    /// Enters the files. Answers the names in the package scope that importers must not use.
    fn files(&mut self) -> Result<Box<str>, Corrupt> {
        for _ in 0..self.places.len()? {
            let base_name = self.text()?;
            let go_version = u16::try_from(self.places.num()?).map_err(|_| Corrupt)?;
            let len = self.places.small()?;
            let n_lines = self.places.len()? + 1;
            let mut starts = Vec::with_capacity(n_lines);
            let mut start = 0u32;
            starts.push(start);
            for _ in 1..n_lines {
                start = start.checked_add(self.places.small()?).ok_or(Corrupt)?;
                starts.push(start);
            }
            let file = self.store.files.push(SourceFile {
                base_name,
                lines: LineIndex::from_starts(starts, len).ok_or(Corrupt)?,
                pkg: self.pkg,
                go_version,
            });
            self.files.push(file);
        }
        let hidden = self.text()?;
        if hidden.ends_with('\n') || hidden.split_terminator('\n').any(str::is_empty) {
            return Err(Corrupt);
        }
        Ok(hidden)
    }

    fn text(&mut self) -> Result<Box<str>, Corrupt> {
        let text = std::str::from_utf8(self.places.bytes()?).map_err(|_| Corrupt)?;
        Ok(text.into())
    }

    fn place(&mut self) -> Result<Pos, Corrupt> {
        let way = self.places.signed()?;
        if way & 1 != 0 {
            self.last_place.0 = self.places.small()? as usize;
        }
        self.last_place.1 = self.last_place.1.wrapping_add(way >> 1);
        let Some(number) = self.last_place.0.checked_sub(1) else {
            return Ok(Pos::none());
        };
        let file = *self.files.get(number).ok_or(Corrupt)?;
        let offset = u32::try_from(self.last_place.1).map_err(|_| Corrupt)?;
        Ok(Pos::new(file, offset))
    }
}
