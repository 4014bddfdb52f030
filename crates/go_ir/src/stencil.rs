//! Instances of generic functions: which there are, and what they are called.
//!
//! gc compiles a generic function once for each tuple of *shapes*, with the types that only a run knows in a
//! dictionary; and for each tuple of types a small function around it that passes the dictionary. Both are declared
//! functions here, with objects of their own.
//!
//! Source: `objDictIdx`, `Shapify`, `shapeSig` and `mangle` of cmd/compile/internal/noder/reader.go, go1.27.3.

use std::sync::Arc;

use base::FileId;
use go_syntax::{Ast, DeclKind, File, FuncDecl, Node, StmtId};
use go_types::{
    ContextId, Def, FileInfo, Info, ObjId, ObjKind, Object, PkgId, Pos, Signature, Store, SubstMap,
    TypeId, TypeKind, VarKind,
};
use rustc_hash::FxHashMap;
use sha2::{Digest as _, Sha256};

use crate::link::{LocalTypes, escaped_path, link_string, shape_string};
use crate::lower::{Dictionary, Source, owner};

/// Generic functions of the packages looked at so far, and the instances of them that were needed.
#[derive(Debug, Default)]
pub struct Generics {
    pub(crate) goarch: String,
    pub(crate) sources: Vec<Arc<Kept>>,
    pub(crate) declared: FxHashMap<ObjId, Declared>,
    /// By generic function the functions, types and variables that its body mentions.
    mentioned: FxHashMap<ObjId, Vec<ObjId>>,
    pub(crate) instances: Instances,
}

/// A package with generic functions.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) pkg: PkgId,
    pub(crate) file_ids: Vec<FileId>,
    pub(crate) files: Vec<File>,
    pub(crate) info: Info,
}

/// Where a generic function is declared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Declared {
    /// Index into [`Generics::sources`].
    pub(crate) source: usize,
    pub(crate) file: usize,
    pub(crate) decl: FuncDecl,
    /// Offset of the token after `func`.
    pub(crate) pos: u32,
}

impl Generics {
    /// Without packages yet.
    pub fn new(goarch: &str) -> Self {
        Self {
            goarch: goarch.to_owned(),
            ..Self::default()
        }
    }

    /// Enters a package. It is kept if it has generic functions.
    pub fn add(&mut self, store: &Store, source: &Source<'_>) {
        let number = self.sources.len();
        let mut found = false;
        for (index, (file, info)) in source.files.iter().zip(&source.info.files).enumerate() {
            for decl in &file.decls {
                let decl = *file.ast.decl(*decl);
                let DeclKind::Func(func) = decl.kind else {
                    continue;
                };
                let Some(Def::Object(obj)) = info.def(func.name) else {
                    continue;
                };
                if tparams(store, obj).is_some() {
                    found = true;
                    let declared = Declared {
                        source: number,
                        file: index,
                        decl: func,
                        pos: decl.pos,
                    };
                    self.declared.insert(obj, declared);
                    if let Some(body) = func.body {
                        self.mentioned
                            .insert(obj, mentioned(store, &file.ast, info, body));
                    }
                }
            }
        }
        if found {
            self.sources.push(Arc::new(Kept {
                pkg: source.pkg,
                file_ids: store.packages[source.pkg].files.clone(),
                files: source.files.iter().map(|file| (*file).clone()).collect(),
                info: source.info.clone(),
            }));
        }
    }

    /// What the body of a generic function mentions: functions, types and variables; of an instance the generic function.
    pub fn mentioned(&self, func: ObjId) -> &[ObjId] {
        if let Some(instance) = self.instances.of.get(&func) {
            return std::slice::from_ref(&instance.origin);
        }
        self.mentioned.get(&func).map_or(&[], Vec::as_slice)
    }

    /// The instance of a method of a generic type for type arguments of the type: the function of their shapes if one is
    /// a shape, else the one around it. `None` if it is not modelled.
    pub fn method_instance(
        &mut self,
        store: &mut Store,
        method: ObjId,
        targs: &[TypeId],
    ) -> Option<ObjId> {
        if !self.declared.contains_key(&method) {
            return None;
        }
        self.instances.of_targs(store, method, targs)
    }

    /// A type as symbols name it, without the package of its name; a shape as what it is of.
    pub fn type_name(&self, store: &mut Store, typ: TypeId) -> String {
        let name = link_string(store, &self.instances.local_types, typ).unwrap_or_default();
        let named = store.as_named(typ).map(|named| store.named(named).obj);
        let Some(pkg) = named.and_then(|obj| store.obj(obj).pkg) else {
            return name.strip_prefix(SHAPE).unwrap_or(&name).to_owned();
        };
        let path = escaped_path(store.names.text(store.packages[pkg].path));
        let plain = name.strip_prefix(&path);
        let plain = plain.and_then(|name| name.strip_prefix('.'));
        plain.unwrap_or(&name).to_owned()
    }

    /// Whether the function is an instance.
    pub fn is_instance(&self, func: ObjId) -> bool {
        self.instances.of.contains_key(&func)
    }

    /// The name of the instance without its package; `None` of other functions.
    pub fn instance_name(&self, func: ObjId) -> Option<&str> {
        self.instances.of.get(&func).map(|it| it.name.as_str())
    }
}

fn mentioned(store: &Store, ast: &Ast, info: &FileInfo, body: StmtId) -> Vec<ObjId> {
    let mut found = Vec::new();
    ast.walk(body, |node| {
        if let Node::Expr(expr) = node {
            let method = info.selection(expr).map(|selection| selection.obj);
            let object = method.or_else(|| info.use_of(expr));
            found.extend(object.map(|obj| store.origin_obj(obj)));
        }
        true
    });
    found
}

/// The instances that were needed so far.
#[derive(Debug, Default)]
pub(crate) struct Instances {
    context: Option<ContextId>,
    /// By the name of the underlying type.
    shapes: FxHashMap<String, TypeId>,
    by_name: FxHashMap<(ObjId, String), Option<ObjId>>,
    /// Instances of generic types by name; the first one stands for all of a name.
    types: FxHashMap<String, TypeId>,
    same: FxHashMap<TypeId, TypeId>,
    /// Types that functions declare, with their numbers; those in generic functions have none.
    pub(crate) local_types: Arc<LocalTypes>,
    /// By instance or instance of a type what stands for its dictionary.
    dictionary_objects: FxHashMap<(ObjId, String), ObjId>,
    /// By generic function or type.
    pub(crate) dictionaries: FxHashMap<ObjId, Arc<Dictionary>>,
    pub(crate) of: FxHashMap<ObjId, Instance>,
}

/// An instance of a generic function or method.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub(crate) origin: ObjId,
    /// Type arguments, of the receiver's type for a method.
    pub(crate) targs: Vec<TypeId>,
    /// The function of the shapes that it calls; `None` if it is that itself.
    pub(crate) shaped: Option<ObjId>,
    /// Without its package.
    pub(crate) name: String,
    /// Names of its type arguments.
    arguments: String,
}

impl Instances {
    /// Where instances of types are looked up.
    pub(crate) fn context(&mut self, store: &mut Store) -> ContextId {
        *self.context.get_or_insert_with(|| store.new_context())
    }

    /// The instance of a generic function, or of a method of a generic type, for the shapes of the types. `None` if it is
    /// not modelled.
    pub(crate) fn shaped(
        &mut self,
        store: &mut Store,
        origin: ObjId,
        targs: &[TypeId],
    ) -> Option<ObjId> {
        let tparams = tparams(store, origin)?;
        if tparams.len() != targs.len() {
            return None;
        }
        let mut shapes = Vec::with_capacity(targs.len());
        for (tparam, targ) in tparams.iter().zip(targs) {
            let basic = is_basic(store, *tparam);
            shapes.push(self.shape(store, *targ, basic)?);
        }
        self.instance(store, origin, &tparams, shapes, None)
    }

    /// As [`Instances::shaped`] for arguments among which is a type whose shape is not known yet.
    pub(crate) fn unread(
        &mut self,
        store: &mut Store,
        origin: ObjId,
        targs: &[TypeId],
        unread: TypeId,
    ) -> Option<ObjId> {
        let tparams = tparams(store, origin)?;
        let mut shapes = Vec::with_capacity(targs.len());
        for (tparam, targ) in tparams.iter().zip(targs) {
            let basic = is_basic(store, *tparam);
            shapes.push(if store.identical(*targ, unread) {
                *targ
            } else {
                self.shape(store, *targ, basic)?
            });
        }
        self.instance(store, origin, &tparams, shapes, None)
    }

    /// The function around [`Instances::shaped`] for the types themselves.
    pub(crate) fn concrete(
        &mut self,
        store: &mut Store,
        origin: ObjId,
        targs: &[TypeId],
    ) -> Option<ObjId> {
        let shaped = self.shaped(store, origin, targs)?;
        let tparams = tparams(store, origin)?;
        self.instance(store, origin, &tparams, targs.to_vec(), Some(shaped))
    }

    /// The function of the arguments' shapes if one is a shape, else the one around it.
    pub(crate) fn of_targs(
        &mut self,
        store: &mut Store,
        origin: ObjId,
        targs: &[TypeId],
    ) -> Option<ObjId> {
        if targs.iter().any(|targ| has_shape(store, *targ)) {
            self.shaped(store, origin, targs)
        } else {
            self.concrete(store, origin, targs)
        }
    }

    /// The first type that was asked for of those that are the same instance of a generic type; other types themselves.
    pub(crate) fn canonical(&mut self, store: &mut Store, typ: TypeId) -> TypeId {
        if let Some(known) = self.same.get(&typ) {
            return *known;
        }
        let instance = store.as_named(typ).and_then(|id| store.named(id).instance);
        let Some(instance) = instance else {
            return typ;
        };
        // The name of an instance for some shapes is that for shapes alone.
        let targs = store.types(instance.targs).to_vec();
        let mixed = has_shape(store, typ) && !targs.iter().all(|targ| is_shape(store, *targ));
        let name = if mixed {
            None
        } else {
            link_string(store, &self.local_types, typ)
        };
        let Some(name) = name else {
            return typ;
        };
        let first = *self.types.entry(name).or_insert(typ);
        self.same.insert(typ, first);
        first
    }

    /// The instance of a generic type for the shapes of the types.
    pub(crate) fn type_of_shapes(
        &mut self,
        store: &mut Store,
        origin: TypeId,
        targs: &[TypeId],
    ) -> Option<TypeId> {
        let tparams = store.named(store.as_named(origin)?).tparams;
        let tparams = store.types(tparams).to_vec();
        let mut shapes = Vec::with_capacity(targs.len());
        for (tparam, targ) in tparams.iter().zip(targs) {
            let basic = is_basic(store, *tparam);
            shapes.push(self.shape(store, *targ, basic)?);
        }
        let shapes = store.type_list(&shapes);
        let context = self.context(store);
        Some(store.instance(origin, shapes, context))
    }

    fn instance(
        &mut self,
        store: &mut Store,
        origin: ObjId,
        tparams: &[TypeId],
        targs: Vec<TypeId>,
        shaped: Option<ObjId>,
    ) -> Option<ObjId> {
        let mut names = Vec::with_capacity(targs.len());
        for targ in &targs {
            names.push(link_string(store, &self.local_types, *targ)?);
        }
        let arguments = names.join(",");
        let key = (origin, arguments);
        if let Some(known) = self.by_name.get(&key) {
            return *known;
        }
        let context = self.context(store);
        let map = SubstMap::new(tparams, &targs);
        let signature = store.as_signature(store.obj_type(origin))?;
        let typ = signature_of(store, signature, (&map, context), shaped.is_none());
        let ObjKind::Func {
            method, ptr_recv, ..
        } = store.obj(origin).kind
        else {
            return None;
        };
        let (name, own_name) = instance_name(store, origin, signature, &names);
        let object = Object {
            typ: Some(typ),
            name: store.names.intern(&own_name),
            kind: ObjKind::Func {
                method,
                ptr_recv,
                origin: Some(origin),
                of_instance: None,
            },
            ..*store.obj(origin)
        };
        let obj = store.new_obj(object);
        let instance = Instance {
            origin,
            targs,
            shaped,
            name,
            arguments: key.1.clone(),
        };
        self.by_name.insert(key, Some(obj));
        self.of.insert(obj, instance);
        Some(obj)
    }

    /// What stands for the dictionary of an instance that is not one of shapes; that of a method is its type's.
    pub(crate) fn dictionary_object(
        &mut self,
        store: &mut Store,
        instance: ObjId,
    ) -> Option<ObjId> {
        let Instance {
            origin,
            name,
            arguments,
            ..
        } = self.of.get(&instance)?;
        let of = owner(store, *origin);
        let name = if of == *origin {
            format!("{DICTIONARY}.{name}")
        } else {
            format!("{DICTIONARY}.{}[{arguments}]", store.name(of))
        };
        let key = (of, name);
        if let Some(known) = self.dictionary_objects.get(&key) {
            return Some(*known);
        }
        let name = store.names.intern(&key.1);
        let object = Object {
            name,
            ..*store.obj(of)
        };
        let obj = store.new_obj(object);
        self.dictionary_objects.insert(key, obj);
        Some(obj)
    }

    /// The type of an instance without dictionary, for type arguments as they are written.
    pub(crate) fn type_as_written(
        &mut self,
        store: &mut Store,
        origin: ObjId,
        targs: &[TypeId],
    ) -> Option<TypeId> {
        let tparams = tparams(store, origin)?;
        let context = self.context(store);
        let map = SubstMap::new(&tparams, targs);
        let signature = store.as_signature(store.obj_type(origin))?;
        Some(signature_of(store, signature, (&map, context), false))
    }

    /// The shape of a type argument; `basic` says that its constraint lists methods alone.
    fn shape(&mut self, store: &mut Store, targ: TypeId, basic: bool) -> Option<TypeId> {
        let pointer = matches!(store.under_kind(targ), TypeKind::Pointer(_));
        if is_shape(store, targ) && !(basic && pointer) {
            return Some(targ);
        }
        let mut under = store.under(targ);
        if let (TypeKind::Pointer(elem), true) = (store.kind(under), basic)
            && !is_not_in_heap(store, elem)
        {
            under = store.pointer(TypeId::basic(go_types::Basic::Uint8));
        }
        let mut name = shape_string(store, &self.local_types, targ, basic)?;
        if name.len() > MAX_SHAPE_NAME {
            name = hashed(&name);
        }
        if let Some(known) = self.shapes.get(&name) {
            return Some(*known);
        }
        let text = store.names.intern(&format!("{SHAPE}{name}"));
        let object = Object {
            kind: ObjKind::TypeName,
            name: text,
            pkg: None,
            typ: None,
            parent: None,
            pos: Pos::none(),
            scope_pos: 0,
            order: 0,
            state: go_types::DeclState::Done,
        };
        let obj = store.new_obj(object);
        let typ = store.new_named(obj, Some(under));
        self.shapes.insert(name, typ);
        Some(typ)
    }
}

const MAX_SHAPE_NAME: usize = 500;
pub(crate) const SHAPE: &str = "go.shape.";

/// What stands for a long name: its SHA-256 with the first byte inverted.
/// Source: `Sum32` of cmd/internal/hash, go1.27.3.
fn hashed(name: &str) -> String {
    let mut sum = Sha256::digest(name.as_bytes());
    sum[0] ^= 0xff;
    let mut text = String::new();
    for byte in sum {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// Whether the type is a shape.
pub fn is_shape(store: &Store, typ: TypeId) -> bool {
    let Some(named) = store.as_named(typ) else {
        return false;
    };
    let obj = store.named(named).obj;
    store.obj(obj).pkg.is_none() && store.name(obj).starts_with(SHAPE)
}

/// Whether a shape is in the type's name.
pub fn has_shape(store: &Store, typ: TypeId) -> bool {
    if is_shape(store, typ) {
        return true;
    }
    match store.unaliased(typ) {
        TypeKind::Named(id) => store.named(id).instance.is_some_and(|instance| {
            let targs = store.types(instance.targs).iter();
            targs.into_iter().any(|targ| has_shape(store, *targ))
        }),
        TypeKind::Pointer(elem)
        | TypeKind::Slice(elem)
        | TypeKind::Array { elem, .. }
        | TypeKind::Chan { elem, .. } => has_shape(store, elem),
        TypeKind::Map { key, elem } => has_shape(store, key) || has_shape(store, elem),
        TypeKind::Signature(id) => {
            let signature = store.sig(id);
            let vars = [signature.params, signature.results];
            (vars.into_iter().flat_map(|list| store.objs(list)))
                .any(|var| has_shape(store, store.obj_type(*var)))
        }
        TypeKind::Struct(strukt) => {
            let fields = store.objs(strukt.fields).iter();
            fields
                .into_iter()
                .any(|field| has_shape(store, store.obj_type(*field)))
        }
        TypeKind::Interface(id) => {
            let methods = store.objs(store.iface(id).methods).iter();
            methods
                .into_iter()
                .any(|method| has_shape(store, store.obj_type(*method)))
        }
        _ => false,
    }
}

/// What the shape is of; other types as they are.
pub(crate) fn unshaped(store: &mut Store, typ: TypeId) -> TypeId {
    if is_shape(store, typ) {
        store.under(typ)
    } else {
        typ
    }
}

/// Type parameters of the receiver's type of a method, and of the function or method itself. `None` if there are none.
pub(crate) fn tparams(store: &Store, origin: ObjId) -> Option<Vec<TypeId>> {
    let signature = store.as_signature(store.obj(origin).typ?)?;
    let mut all = store.types(signature.rparams).to_vec();
    all.extend_from_slice(store.types(signature.tparams));
    (!all.is_empty()).then_some(all)
}

pub(crate) fn is_basic(store: &mut Store, tparam: TypeId) -> bool {
    let Some(id) = store.as_type_param(tparam) else {
        return false;
    };
    let Some(bound) = store.type_param(id).bound else {
        return false;
    };
    match store.under_interface(bound) {
        Some(id) => store.type_set(id).is_method_set(),
        None => false,
    }
}

/// Types that hold `internal/runtime/sys.NotInHeap`.
pub fn is_not_in_heap(store: &mut Store, typ: TypeId) -> bool {
    if let Some(named) = store.as_named(typ) {
        let object = *store.obj(store.named(named).obj);
        let path = object.pkg.map(|pkg| store.packages[pkg].path);
        if path.is_some_and(|path| store.names.text(path) == "internal/runtime/sys")
            && matches!(store.names.text(object.name), "NotInHeap" | "nih")
        {
            return true;
        }
    }
    match store.under_kind(typ) {
        TypeKind::Struct(strukt) => {
            let fields = store.objs(strukt.fields).to_vec();
            fields.into_iter().any(|field| {
                let typ = store.obj_type(field);
                is_not_in_heap(store, typ)
            })
        }
        TypeKind::Array { elem, .. } => is_not_in_heap(store, elem),
        _ => false,
    }
}

/// The signature with arguments for its type parameters, and with a dictionary as first parameter if it has one.
fn signature_of(
    store: &mut Store,
    signature: Signature,
    (map, context): (&SubstMap, ContextId),
    dictionary: bool,
) -> TypeId {
    let recv = (signature.recv).map(|recv| substituted(store, recv, (map, context)));
    let mut params = Vec::new();
    if dictionary {
        let name = store.names.intern(DICTIONARY);
        let typ = store.array(TypeId::UINTPTR, 0);
        let typ = store.pointer(typ);
        params.push(store.new_obj(Object {
            kind: ObjKind::Var {
                kind: VarKind::Param,
                embedded: false,
                origin: None,
            },
            name,
            pkg: None,
            typ: Some(typ),
            parent: None,
            pos: Pos::none(),
            scope_pos: 0,
            order: 0,
            state: go_types::DeclState::Done,
        }));
    }
    for param in store.objs(signature.params).to_vec() {
        params.push(substituted(store, param, (map, context)));
    }
    let results: Vec<ObjId> = (store.objs(signature.results).to_vec().into_iter())
        .map(|result| substituted(store, result, (map, context)))
        .collect();
    let (params, results) = (store.obj_list(&params), store.obj_list(&results));
    store.signature(Signature {
        recv,
        params,
        results,
        variadic: signature.variadic,
        ..Signature::default()
    })
}

/// Name of the parameter that is the dictionary.
pub(crate) const DICTIONARY: &str = ".dict";

fn substituted(store: &mut Store, obj: ObjId, (map, context): (&SubstMap, ContextId)) -> ObjId {
    let typ = store.obj_type(obj);
    let typ = store.subst(typ, map, context);
    let object = Object {
        typ: Some(typ),
        ..*store.obj(obj)
    };
    store.new_obj(object)
}

/// `F[int]`, `T[int].M`, `(*T[int]).M`, `T[int].M[string]`; and the name of the function or method alone.
fn instance_name(
    store: &Store,
    origin: ObjId,
    signature: Signature,
    arguments: &[String],
) -> (String, String) {
    let bracketed = |arguments: &[String]| match arguments {
        [] => String::new(),
        _ => format!("[{}]", arguments.join(",")),
    };
    let of_type = store.types(signature.rparams).len();
    let (of_type, own) = arguments.split_at(of_type.min(arguments.len()));
    let name = format!("{}{}", store.name(origin), bracketed(own));
    let Some(recv) = signature.recv else {
        return (name.clone(), name);
    };
    let arguments = bracketed(of_type);
    let (base, pointer) = store.deref(store.obj_type(recv));
    let base = store.as_named(base).map_or("", |named| {
        let obj = store.named(named).obj;
        store.name(obj)
    });
    let whole = if pointer {
        format!("(*{base}{arguments}).{name}")
    } else {
        format!("{base}{arguments}.{name}")
    };
    (whole, name)
}
