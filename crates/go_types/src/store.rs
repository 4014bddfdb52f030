//! All packages, types and objects of a run, in arenas.

use base::{FileId, TextRange};

use crate::arena::{Arena, Layered};
use crate::check::STACK;
use crate::check_state::CheckState;
use crate::constant::Value;
use crate::context::Contexts;
use crate::list::Pool;
use crate::sizes::Measured;
use crate::universe::Universe;
use crate::{
    Alias, AliasId, Basic, ChanDir, Interface, InterfaceId, Name, NameList, Named, NamedId, Names,
    ObjId, ObjKind, ObjList, Object, Package, PkgId, Pos, Scope, ScopeId, Signature, SignatureId,
    SourceFile, Struct, Term, TermList, TypeId, TypeKind, TypeList, TypeParam, TypeParamId,
    ValueId,
};

/// Does the same with the arenas whose entries change.
macro_rules! changing_arenas {
    ($each:ident) => {
        $each!(
            files packages scopes objects types nameds aliases signatures interfaces type_params
        )
    };
}

/// Does the same with all pools.
macro_rules! pools {
    ($each:ident) => {
        $each!(type_lists obj_lists name_lists term_lists range_lists)
    };
}

/// Owns everything the checks of a run make. Changed by one check at a time (several work on
/// copies: [`Store::side_by_side`]), read-only afterwards.
///
/// A clone shares all arenas with the original until one of them changes an entry: see [`Store::view`].
#[derive(Clone, Debug)]
pub struct Store {
    /// Interned texts.
    pub names: Names,
    /// Files of all packages.
    pub files: Arena<FileId, SourceFile, 16>,
    /// Package unsafe is the first.
    pub packages: Arena<PkgId, Package, 16>,
    /// The universe is the first.
    pub scopes: Arena<ScopeId, Scope, 256>,
    /// Whatever is declared, instances of fields and methods included.
    pub objects: Arena<ObjId, Object, 512>,
    /// Values of constants.
    pub(crate) values: Arena<ValueId, Value, 256>,
    /// Predeclared objects.
    pub universe: Universe,
    pub(crate) contexts: Contexts,
    /// Of the check in progress; a frozen store and its views have none.
    pub(crate) check_state: CheckState,
    pub(crate) measured: Measured,
    pub(crate) types: Arena<TypeId, TypeKind, 1024>,
    /// Pointers, slices, arrays, maps and channels by their parts.
    pub(crate) interned: Layered<TypeKind, TypeId>,
    pub(crate) nameds: Arena<NamedId, Named, 64>,
    /// Expanded methods of instances, by the index of the origin's method.
    pub(crate) expanded: Layered<(NamedId, u32), ObjId>,
    pub(crate) aliases: Arena<AliasId, Alias, 64>,
    pub(crate) signatures: Arena<SignatureId, Signature, 256>,
    pub(crate) interfaces: Arena<InterfaceId, Interface, 64>,
    pub(crate) type_params: Arena<TypeParamId, TypeParam, 128>,
    pub(crate) type_lists: Pool<TypeId>,
    pub(crate) obj_lists: Pool<ObjId>,
    pub(crate) name_lists: Pool<Name>,
    pub(crate) term_lists: Pool<Term>,
    pub(crate) range_lists: Pool<TextRange>,
}

impl Default for Store {
    fn default() -> Self {
        let mut store = Self {
            names: Names::default(),
            files: Arena::default(),
            packages: Arena::default(),
            scopes: Arena::default(),
            objects: Arena::default(),
            values: Arena::default(),
            universe: Universe::unset(),
            contexts: Contexts::default(),
            check_state: CheckState::default(),
            measured: Measured::default(),
            types: Arena::default(),
            interned: Layered::default(),
            nameds: Arena::default(),
            expanded: Layered::default(),
            aliases: Arena::default(),
            signatures: Arena::default(),
            interfaces: Arena::default(),
            type_params: Arena::default(),
            type_lists: Pool::default(),
            obj_lists: Pool::default(),
            name_lists: Pool::default(),
            term_lists: Pool::default(),
            range_lists: Pool::default(),
        };
        for basic in Basic::ALL {
            store.types.push(TypeKind::Basic(basic));
        }
        store.declare_universe();
        store
    }
}

/// Copies for readers.
impl Store {
    /// Makes [`Store::view`] cheap.
    pub fn freeze(&mut self) {
        self.check_state = CheckState::default();
        self.names.ids.freeze();
        self.interned.freeze();
        self.expanded.freeze();
        self.contexts.entries.freeze();
    }

    /// A store of its own with all that is in this one. Types that its owner's questions bring about
    /// (underlying types and methods of instances, say) stay in it, so readers in several threads take one
    /// each. Costs a small part of a copy if the store was frozen after its last change.
    #[must_use]
    pub fn view(&self) -> Self {
        let mut view = Self {
            measured: Measured::default(),
            check_state: CheckState::default(),
            ..self.clone()
        };
        view.start_chunks();
        view
    }

    /// Runs something on copies of the store in up to so many threads, each with a stack for checks, and takes
    /// over what they have made and changed: ids that they gave out mean the same here. Where several have
    /// worked out something about the same entry, one answer stays.
    pub fn side_by_side<R: Send>(
        &mut self,
        threads: usize,
        run: impl Fn(&mut Self) -> R + Sync,
    ) -> Vec<R> {
        self.freeze();
        self.split();
        let base = &*self;
        let done = base::on_stacks(threads, STACK, || {
            let mut copy = base.view();
            let result = run(&mut copy);
            (copy, result)
        });
        let mut merged = base.clone();
        let mut results = Vec::new();
        for (copy, result) in done {
            merged.absorb(copy, base);
            results.push(result);
        }
        *self = merged;
        self.join();
        if results.is_empty() {
            results.push(run(self)); // no thread could be had
        }
        results
    }

    /// From here on, ids of copies differ from each other.
    fn split(&mut self) {
        macro_rules! split {
            ($($arena:ident)*) => { $(self.$arena.split();)* };
        }
        changing_arenas!(split);
        pools!(split);
        self.values.split();
        self.names.split();
    }

    /// Adds what a copy of `base` has made and changed since it was split.
    fn absorb(&mut self, copy: Self, base: &Self) {
        macro_rules! absorb {
            ($($arena:ident)*) => { $(self.$arena.absorb(copy.$arena, &base.$arena, PartialEq::eq);)* };
        }
        changing_arenas!(absorb);
        macro_rules! absorb {
            ($($arena:ident)*) => { $(self.$arena.absorb(copy.$arena, &base.$arena);)* };
        }
        pools!(absorb);
        // Nobody changes a value.
        self.values.absorb(copy.values, &base.values, |_, _| true);
        self.names.absorb(copy.names, &base.names);
        self.interned.absorb(copy.interned);
        self.expanded.absorb(copy.expanded);
        self.contexts.entries.absorb(copy.contexts.entries);
    }

    fn join(&mut self) {
        macro_rules! join {
            ($($arena:ident)*) => { $(self.$arena.join();)* };
        }
        changing_arenas!(join);
        pools!(join);
        self.values.join();
        self.names.join();
    }

    /// What is added from here on lies in chunks of its own.
    fn start_chunks(&mut self) {
        macro_rules! start_chunk {
            ($($arena:ident)*) => { $(self.$arena.start_chunk();)* };
        }
        changing_arenas!(start_chunk);
        pools!(start_chunk);
        self.values.start_chunk();
        self.names.texts.start_chunk();
    }
}

/// Making types.
impl Store {
    pub(crate) fn intern(&mut self, kind: TypeKind) -> TypeId {
        if let Some(typ) = self.interned.get(&kind) {
            return *typ;
        }
        let typ = self.types.push(kind);
        self.interned.insert(kind, typ);
        typ
    }

    /// `*base`
    pub fn pointer(&mut self, base: TypeId) -> TypeId {
        self.intern(TypeKind::Pointer(base))
    }

    /// `[]elem`
    pub fn slice(&mut self, elem: TypeId) -> TypeId {
        self.intern(TypeKind::Slice(elem))
    }

    /// A negative length is an unknown one.
    pub fn array(&mut self, elem: TypeId, len: i64) -> TypeId {
        self.intern(TypeKind::Array { elem, len })
    }

    /// `map[key]elem`
    pub fn map(&mut self, key: TypeId, elem: TypeId) -> TypeId {
        self.intern(TypeKind::Map { key, elem })
    }

    /// `chan elem`, or one for a single direction.
    pub fn chan(&mut self, dir: ChanDir, elem: TypeId) -> TypeId {
        self.intern(TypeKind::Chan { dir, elem })
    }

    /// The types of several values.
    pub fn tuple(&mut self, vars: &[ObjId]) -> TypeId {
        let vars = self.obj_list(vars);
        self.tuple_of(vars)
    }

    pub(crate) fn tuple_of(&mut self, vars: ObjList) -> TypeId {
        self.types.push(TypeKind::Tuple(vars))
    }

    /// A function type.
    pub fn signature(&mut self, signature: Signature) -> TypeId {
        let id = self.signatures.push(signature);
        self.types.push(TypeKind::Signature(id))
    }

    /// A struct type of its own, even if an identical one exists.
    pub fn struct_type(&mut self, fields: ObjList, tags: NameList) -> TypeId {
        self.types.push(TypeKind::Struct(Struct { fields, tags }))
    }

    /// The union of terms.
    pub fn union(&mut self, terms: &[Term]) -> TypeId {
        let terms = self.term_list(terms);
        self.types.push(TypeKind::Union(terms))
    }

    /// An interface type.
    pub fn interface(&mut self, interface: Interface) -> TypeId {
        let id = self.interfaces.push(interface);
        self.types.push(TypeKind::Interface(id))
    }

    /// A defined type for the type name, which gets it as its type unless it has one.
    pub fn new_named(&mut self, obj: ObjId, from_rhs: Option<TypeId>) -> TypeId {
        let typ = self.push_named(Named {
            obj,
            typ: TypeId::INVALID,
            instance: None,
            tparams: TypeList::EMPTY,
            from_rhs,
            underlying: None,
            methods: Vec::new(),
        });
        self.objects[obj].typ.get_or_insert(typ);
        typ
    }

    pub(crate) fn push_named(&mut self, named: Named) -> TypeId {
        let id = self.nameds.push(named);
        let typ = self.types.push(TypeKind::Named(id));
        self.nameds[id].typ = typ;
        typ
    }

    /// An alias for the type name, which gets it as its type unless it has one.
    pub fn new_alias(&mut self, obj: ObjId, rhs: Option<TypeId>) -> TypeId {
        let typ = self.push_declared_alias(obj, TypeList::EMPTY, rhs);
        self.objects[obj].typ.get_or_insert(typ);
        typ
    }

    pub(crate) fn push_alias(&mut self, alias: Alias) -> TypeId {
        let id = self.aliases.push(alias);
        self.types.push(TypeKind::Alias(id))
    }

    /// A type parameter for the type name, which gets it as its type unless it has one.
    pub fn new_type_param(&mut self, obj: ObjId, index: u32, bound: Option<TypeId>) -> TypeId {
        let typ = self.push_type_param(obj, index);
        if let TypeKind::TypeParam(id) = self.types[typ] {
            self.type_params[id].bound = bound;
        }
        self.objects[obj].typ.get_or_insert(typ);
        typ
    }

    /// A type parameter for the type name, whose type it does not become.
    pub(crate) fn push_type_param(&mut self, obj: ObjId, index: u32) -> TypeId {
        let bound = None;
        let id = self.type_params.push(TypeParam { obj, index, bound });
        self.types.push(TypeKind::TypeParam(id))
    }

    /// A declared alias for the type name, whose type it does not become.
    pub(crate) fn push_declared_alias(
        &mut self,
        obj: ObjId,
        tparams: TypeList,
        rhs: Option<TypeId>,
    ) -> TypeId {
        let typ = self.push_alias(Alias {
            obj,
            origin: TypeId::INVALID,
            tparams,
            targs: TypeList::EMPTY,
            rhs,
        });
        if let Some(alias) = self.as_alias_mut(typ) {
            alias.origin = typ;
        }
        typ
    }

    /// Keeps a list of types.
    pub fn type_list(&mut self, types: &[TypeId]) -> TypeList {
        self.type_lists.add(types)
    }

    /// Keeps a list of objects.
    pub fn obj_list(&mut self, objs: &[ObjId]) -> ObjList {
        self.obj_lists.add(objs)
    }

    /// Keeps a list of names.
    pub fn name_list(&mut self, names: &[Name]) -> NameList {
        self.name_lists.add(names)
    }

    /// Keeps a list of terms.
    pub fn term_list(&mut self, terms: &[Term]) -> TermList {
        self.term_lists.add(terms)
    }

    pub fn range_list(&mut self, ranges: &[TextRange]) -> crate::List<TextRange> {
        self.range_lists.add(ranges)
    }
}

/// Reading types.
impl Store {
    /// What the type is; aliases are not looked through.
    #[inline]
    pub fn kind(&self, typ: TypeId) -> TypeKind {
        self.types[typ]
    }

    /// Number of types: ids are below.
    pub fn type_count(&self) -> usize {
        self.types.len()
    }

    pub fn named(&self, id: NamedId) -> &Named {
        &self.nameds[id]
    }

    pub fn named_mut(&mut self, id: NamedId) -> &mut Named {
        &mut self.nameds[id]
    }

    pub fn alias(&self, id: AliasId) -> &Alias {
        &self.aliases[id]
    }

    pub fn alias_mut(&mut self, id: AliasId) -> &mut Alias {
        &mut self.aliases[id]
    }

    fn as_alias_mut(&mut self, typ: TypeId) -> Option<&mut Alias> {
        match self.types[typ] {
            TypeKind::Alias(id) => Some(&mut self.aliases[id]),
            _ => None,
        }
    }

    pub fn sig(&self, id: SignatureId) -> Signature {
        self.signatures[id]
    }

    pub fn sig_mut(&mut self, id: SignatureId) -> &mut Signature {
        &mut self.signatures[id]
    }

    pub fn iface(&self, id: InterfaceId) -> &Interface {
        &self.interfaces[id]
    }

    pub fn iface_mut(&mut self, id: InterfaceId) -> &mut Interface {
        &mut self.interfaces[id]
    }

    pub fn type_param(&self, id: TypeParamId) -> TypeParam {
        self.type_params[id]
    }

    pub fn type_param_mut(&mut self, id: TypeParamId) -> &mut TypeParam {
        &mut self.type_params[id]
    }

    /// The types of a list.
    pub fn types(&self, list: TypeList) -> &[TypeId] {
        self.type_lists.get(list)
    }

    /// The objects of a list.
    pub fn objs(&self, list: ObjList) -> &[ObjId] {
        self.obj_lists.get(list)
    }

    /// The names of a list.
    pub fn names_of(&self, list: NameList) -> &[Name] {
        self.name_lists.get(list)
    }

    /// The terms of a list.
    pub fn terms(&self, list: TermList) -> &[Term] {
        self.term_lists.get(list)
    }

    pub fn ranges(&self, list: crate::List<TextRange>) -> &[TextRange] {
        self.range_lists.get(list)
    }

    /// The type itself, or what an alias stands for in the end. An alias not yet known is invalid, and
    /// so is a cycle of them.
    #[inline]
    pub fn unalias(&self, typ: TypeId) -> TypeId {
        match self.types[typ] {
            TypeKind::Alias(id) => self.aliased(id),
            _ => typ,
        }
    }

    /// What an alias stands for in the end.
    pub(crate) fn aliased(&self, alias: AliasId) -> TypeId {
        let mut alias = alias;
        for _ in 0..1000 {
            let Some(rhs) = self.aliases[alias].rhs else {
                break;
            };
            match self.types[rhs] {
                TypeKind::Alias(id) => alias = id,
                _ => return rhs,
            }
        }
        TypeId::INVALID
    }

    /// The kind of what the type is without aliases.
    pub fn unaliased(&self, typ: TypeId) -> TypeKind {
        match self.types[typ] {
            TypeKind::Alias(id) => self.types[self.aliased(id)],
            kind => kind,
        }
    }

    /// The defined type or instance that a type is, looking through aliases.
    pub fn as_named(&self, typ: TypeId) -> Option<NamedId> {
        match self.unaliased(typ) {
            TypeKind::Named(id) => Some(id),
            _ => None,
        }
    }

    /// The type parameter that a type is, looking through aliases.
    pub fn as_type_param(&self, typ: TypeId) -> Option<TypeParamId> {
        match self.unaliased(typ) {
            TypeKind::TypeParam(id) => Some(id),
            _ => None,
        }
    }

    /// The type is a signature without names or aliases before it, as types of functions are.
    pub fn as_signature(&self, typ: TypeId) -> Option<Signature> {
        match self.types[typ] {
            TypeKind::Signature(id) => Some(self.signatures[id]),
            _ => None,
        }
    }
}

/// Objects and scopes.
impl Store {
    /// The object.
    pub fn obj(&self, id: ObjId) -> &Object {
        &self.objects[id]
    }

    /// Adds an object, which no scope knows.
    pub fn new_obj(&mut self, object: Object) -> ObjId {
        self.objects.push(object)
    }

    /// The object's type; invalid if it has none (yet).
    pub fn obj_type(&self, id: ObjId) -> TypeId {
        self.objects[id].typ.unwrap_or(TypeId::INVALID)
    }

    /// The object's name as text.
    pub fn name(&self, id: ObjId) -> &str {
        self.names.text(self.objects[id].name)
    }

    /// An empty scope.
    pub fn new_scope(&mut self, parent: ScopeId, range: TextRange) -> ScopeId {
        self.scopes.push(Scope::new(Some(parent), range))
    }

    pub(crate) fn new_universe_scope(&mut self) -> ScopeId {
        self.scopes.push(Scope::new(None, TextRange::empty(0)))
    }

    /// Declares the object in the scope and sets its parent, unless the name is taken there: then the
    /// one that has it is returned. `_` is never declared.
    pub fn insert(&mut self, scope: ScopeId, obj: ObjId) -> Result<(), ObjId> {
        let name = self.objects[obj].name;
        if name == Name::BLANK {
            return Ok(());
        }
        self.scopes[scope].insert(name, obj)?;
        self.objects[obj].parent.get_or_insert(scope);
        Ok(())
    }

    /// The object the name means in the scope, looking outwards; `at` hides function-local names that
    /// are declared later (`None`: everything is visible). Also the scope it was found in.
    pub fn lookup_parent(
        &self,
        scope: ScopeId,
        name: Name,
        at: Option<u32>,
    ) -> Option<(ScopeId, ObjId)> {
        let mut next = Some(scope);
        while let Some(id) = next {
            let scope = &self.scopes[id];
            if let Some(obj) = scope.get(name)
                && at.is_none_or(|at| self.is_visible(obj, at))
            {
                return Some((id, obj));
            }
            next = scope.parent;
        }
        None
    }

    fn is_visible(&self, obj: ObjId, at: u32) -> bool {
        self.objects[obj].scope_pos <= at
    }

    /// Method or function with a receiver: what `obj` records call a method.
    pub fn is_method(&self, obj: ObjId) -> bool {
        matches!(self.objects[obj].kind, ObjKind::Func { method: true, .. })
    }

    /// A new package with an empty scope.
    pub fn new_package(&mut self, path: &str, name: Name, go_version: u16) -> PkgId {
        let path = self.names.intern(path);
        self.new_package_named(path, name, go_version)
    }

    pub(crate) fn new_package_named(&mut self, path: Name, name: Name, go_version: u16) -> PkgId {
        let scope = self.new_scope(ScopeId::UNIVERSE, TextRange::empty(0));
        self.packages.push(Package {
            path,
            name,
            scope,
            files: Vec::new(),
            imports: Vec::new(),
            go_version,
            fake: false,
            hidden: Box::default(),
        })
    }

    /// The place as `file.go:line:column`; `None` if there is none.
    pub fn position(&self, pos: Pos) -> Option<String> {
        let file = self.files.get(pos.file)?;
        let at = file.line_col(pos.offset);
        Some(format!("{}:{}:{}", file.base_name, at.line, at.col))
    }
}
