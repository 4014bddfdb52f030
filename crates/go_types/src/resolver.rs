//! Collecting the objects of a package from its files: file scopes, package scope, methods.

use base::{Idx, TextRange};
use go_syntax::{DeclKind, ExprId, ExprKind, FuncDecl, SpecId, SpecKind, Symbol};
use rustc_hash::FxHashSet;

use crate::check::Env;
use crate::constant::Value;
use crate::{Checker, Code, Name, ObjId, ObjKind, Object, PkgId, ScopeId, VarKind};

/// The declaration of one or more package-level objects, or of a method.
#[derive(Debug)]
pub(crate) struct DeclInfo {
    /// Index of the file.
    pub(crate) file: usize,
    pub(crate) kind: DeclInfoKind,
    /// Package-level objects and methods that the initialiser mentions, in order. Those of bodies are kept
    /// with them.
    pub(crate) deps: Deps,
}

/// Objects in the order in which they are first mentioned.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deps {
    pub(crate) list: Vec<ObjId>,
    set: FxHashSet<ObjId>,
}

impl Deps {
    pub(crate) fn insert(&mut self, obj: ObjId) {
        if self.set.insert(obj) {
            self.list.push(obj);
        }
    }
}

#[derive(Debug)]
pub(crate) enum DeclInfoKind {
    Const {
        typ: Option<ExprId>,
        init: Option<ExprId>,
        /// The expression is that of an earlier spec.
        inherited: bool,
    },
    Var {
        /// All variables of `a, b = f()`; empty if the variable has an initialiser of its own, or none.
        lhs: Vec<ObjId>,
        typ: Option<ExprId>,
        init: Option<ExprId>,
    },
    Type(SpecId),
    Func(FuncDecl),
}

impl DeclInfo {
    fn new(file: usize, kind: DeclInfoKind) -> Self {
        Self {
            file,
            kind,
            deps: Deps::default(),
        }
    }
}

/// A constant or variable spec with the type and values that hold for it.
pub(crate) struct ValueSpec<'a> {
    pub(crate) names: &'a [ExprId],
    pub(crate) typ: Option<ExprId>,
    pub(crate) values: &'a [ExprId],
    pub(crate) inherited: bool,
}

/// A method whose receiver's base type is looked up once all objects are known.
struct MethodInfo {
    file: usize,
    obj: ObjId,
    ptr: bool,
    recv: ExprId,
}

impl<'a> Checker<'a> {
    /// The declaration of a package-level object or method of this package.
    pub(crate) fn decl_index(&self, obj: ObjId) -> Option<u32> {
        let object = self.store.obj(obj);
        if object.order == 0 || object.pkg != Some(self.pkg) {
            return None;
        }
        let index = object.order as usize - 1;
        // Methods of instances are no declarations of their own.
        (self.obj_list.get(index) == Some(&obj)).then(|| self.decl_of[index])
    }

    /// Type and values of a constant or variable spec, inherited ones too; checks their numbers.
    pub(crate) fn value_spec(&mut self, spec: SpecId) -> Option<ValueSpec<'a>> {
        let ast = self.ast();
        let (names, own_typ, own_values, inherited) = match ast.spec(spec).kind {
            SpecKind::Const {
                names,
                ty,
                values,
                inherited,
                ..
            } => (names, ty, values, inherited),
            SpecKind::Var { names, ty, values } => (names, ty, values, None),
            _ => return None,
        };
        let names = ast.list(names);
        let is_const = matches!(ast.spec(spec).kind, SpecKind::Const { .. });
        let (typ, values) = match inherited.map(|from| ast.spec(from).kind) {
            Some(SpecKind::Const { ty, values, .. }) => (ty, ast.list(values)),
            _ => (own_typ, ast.list(own_values)),
        };
        self.arity_match(spec, names, typ, values, is_const);
        Some(ValueSpec {
            names,
            typ,
            values,
            inherited: inherited.is_some(),
        })
    }

    fn arity_match(
        &mut self,
        spec: SpecId,
        names: &[ExprId],
        typ: Option<ExprId>,
        values: &[ExprId],
        is_const: bool,
    ) {
        let start = self.ast().range(spec).start;
        if values.is_empty() && (is_const || typ.is_none()) {
            if is_const || typ.is_none() {
                self.error_at(start, Code::WrongAssignCount, "missing init expr");
            }
        } else if names.len() < values.len() {
            let extra = self.range(values[names.len()]);
            let at = if self.ast().range(spec).end >= extra.end && extra.start >= start {
                extra.start
            } else {
                start
            };
            self.error_at(at, Code::WrongAssignCount, "extra init expr");
        } else if !values.is_empty()
            && names.len() > values.len()
            && (is_const || values.len() != 1)
        {
            let at = self.range(names[values.len()]).start;
            self.error_at(at, Code::WrongAssignCount, "missing init expr");
        }
    }

    pub(crate) fn collect_objects(&mut self) {
        let mut methods = Vec::new();
        let mut file_scopes = Vec::new();
        for index in 0..self.files.len() {
            let package_scope = self.store.packages[self.pkg].scope;
            let file = self.files[index];
            let file_id = self.file_ids[index];
            let version = self.store.files[file_id].go_version;
            self.env = Env::new(index, package_scope, version);
            let scope = self.open_scope(TextRange::new(0, file.src.len() as u32));
            file_scopes.push(scope);
            self.info.files[index].file_scope = Some(scope);
            if let Some(package) = file.package {
                self.check_package_name(package);
            }
            for &decl in &file.decls {
                match file.ast.decl(decl).kind {
                    DeclKind::Bad => {}
                    DeclKind::Func(func) => self.collect_func(func, &mut methods),
                    DeclKind::Gen { specs, .. } => {
                        for &spec in file.ast.list(specs) {
                            self.collect_spec(spec);
                        }
                    }
                }
            }
        }
        self.verify_file_scopes(&file_scopes);
        for method in methods {
            self.env.file = method.file;
            if let Some((ptr, base)) = self.resolve_base_type_name(method.ptr, method.recv) {
                if let ObjKind::Func { ptr_recv, .. } = &mut self.store.objects[method.obj].kind {
                    *ptr_recv = ptr;
                }
                self.methods.entry(base).or_default().push(method.obj);
            }
        }
    }

    fn check_package_name(&mut self, package: ExprId) {
        self.record_def(package, None);
        let name = self.ident_name(package);
        let at = self.range(package).start;
        if name == Name::BLANK {
            self.error_at(at, Code::BlankPkgName, "invalid package name _");
        } else if name != self.store.packages[self.pkg].name {
            self.error_at(
                at,
                Code::MismatchedPkgName,
                "package name differs from that of the other files",
            );
        }
    }

    /// The scope of the current file.
    pub(crate) fn file_scope(&self) -> ScopeId {
        let package_scope = self.store.packages[self.pkg].scope;
        self.info.files[self.env.file]
            .file_scope
            .unwrap_or(package_scope)
    }

    fn collect_spec(&mut self, spec: SpecId) {
        match self.ast().spec(spec).kind {
            SpecKind::Import { name, path } => self.collect_import(spec, name, path),
            SpecKind::Const { iota, .. } => self.collect_consts(spec, iota),
            SpecKind::Var { .. } => self.collect_vars(spec),
            SpecKind::Type { name, .. } => {
                let object = self.new_object(ObjKind::TypeName, name);
                let info = self.add_decl(DeclInfoKind::Type(spec));
                self.declare_pkg_obj(name, object, info);
            }
        }
    }

    /// An object of this package declared by an identifier.
    pub(crate) fn new_object(&mut self, kind: ObjKind, ident: ExprId) -> ObjId {
        let name = self.ident_name(ident);
        let pos = self.pos(self.range(ident).start);
        self.store
            .new_obj(Object::new(kind, pos, Some(self.pkg), name))
    }

    /// A variable of this package declared by an identifier.
    pub(crate) fn new_var(&mut self, kind: VarKind, ident: ExprId) -> ObjId {
        self.new_object(
            ObjKind::Var {
                kind,
                embedded: false,
                origin: None,
            },
            ident,
        )
    }

    fn add_decl(&mut self, kind: DeclInfoKind) -> u32 {
        self.decls.push(DeclInfo::new(self.env.file, kind));
        self.decls.len() as u32 - 1
    }

    fn collect_consts(&mut self, spec: SpecId, iota: u32) {
        let Some(value_spec) = self.value_spec(spec) else {
            return;
        };
        for (index, &name) in value_spec.names.iter().enumerate() {
            let value = self.store.new_value(Value::Int(i64::from(iota)));
            let obj = self.new_object(ObjKind::Const { value: Some(value) }, name);
            let info = self.add_decl(DeclInfoKind::Const {
                typ: value_spec.typ,
                init: value_spec.values.get(index).copied(),
                inherited: value_spec.inherited,
            });
            self.declare_pkg_obj(name, obj, info);
        }
    }

    fn collect_vars(&mut self, spec: SpecId) {
        let Some(ValueSpec {
            names, typ, values, ..
        }) = self.value_spec(spec)
        else {
            return;
        };
        let objs: Vec<ObjId> = names
            .iter()
            .map(|name| self.new_var(VarKind::Package, *name))
            .collect();
        let shared = (values.len() == 1).then(|| {
            let lhs = if objs.len() > 1 {
                objs.clone()
            } else {
                Vec::new()
            };
            self.add_decl(DeclInfoKind::Var {
                lhs,
                typ,
                init: Some(values[0]),
            })
        });
        for (index, (&name, &obj)) in names.iter().zip(&objs).enumerate() {
            let info = shared.unwrap_or_else(|| {
                let init = values.get(index).copied();
                self.add_decl(DeclInfoKind::Var {
                    lhs: Vec::new(),
                    typ,
                    init,
                })
            });
            self.declare_pkg_obj(name, obj, info);
        }
    }

    fn declare_pkg_obj(&mut self, ident: ExprId, obj: ObjId, info: u32) {
        let name = self.store.obj(obj).name;
        let at = self.range(ident).start;
        if name == Name::INIT {
            self.error_at(
                at,
                Code::InvalidInitDecl,
                "cannot declare init: must be func",
            );
            return;
        }
        let package = &self.store.packages[self.pkg];
        let scope = package.scope;
        if name == Name::MAIN && package.name == Name::MAIN {
            self.error_at(
                at,
                Code::InvalidMainDecl,
                "cannot declare main: must be func",
            );
            return;
        }
        self.declare(scope, Some(ident), obj, 0);
        self.add_to_obj_list(obj, info);
    }

    fn add_to_obj_list(&mut self, obj: ObjId, info: u32) {
        self.obj_list.push(obj);
        self.decl_of.push(info);
        self.store.objects[obj].order = self.obj_list.len() as u32;
    }

    fn collect_func(&mut self, func: FuncDecl, methods: &mut Vec<MethodInfo>) {
        let is_method = func.recv_range.is_some();
        let name = self.ident_name(func.name);
        let obj = self.new_object(
            ObjKind::Func {
                method: is_method && !func.recv.is_empty(),
                ptr_recv: false,
                origin: None,
                of_instance: None,
            },
            func.name,
        );
        let package_scope = self.store.packages[self.pkg].scope;
        let recv = self.ast().list(func.recv).first().copied();
        if recv.is_none()
            && let Some(range) = self
                .ast()
                .func_type(func.ty)
                .and_then(|sig| sig.type_params_range)
        {
            self.verify_version(range.start, 18, "type parameter");
        }
        if let Some(recv) = recv {
            let (ptr, base) = self.unpack_recv(self.ast().field(recv).ty);
            if matches!(self.ast().expr(base).kind, ExprKind::Ident(_)) && name != Name::BLANK {
                methods.push(MethodInfo {
                    file: self.env.file,
                    obj,
                    ptr,
                    recv: base,
                });
            }
            self.verify_generic_method(func);
            self.record_def(func.name, Some(obj));
        } else {
            if let Some(range) = func.recv_range {
                self.error_at(range.start, Code::BadRecv, "method has no receiver");
            }
            let is_main = name == Name::MAIN && self.store.packages[self.pkg].name == Name::MAIN;
            if name == Name::INIT || is_main {
                self.check_entry_func(
                    func,
                    if is_main {
                        Code::InvalidMainDecl
                    } else {
                        Code::InvalidInitDecl
                    },
                );
            }
            if name == Name::INIT {
                self.store.objects[obj].parent = Some(package_scope);
                self.record_def(func.name, Some(obj));
                if func.body.is_none() {
                    let at = self.range(func.name).start;
                    self.soft_error_at(at, Code::MissingInitBody, "func init must have a body");
                }
            } else {
                self.declare(package_scope, Some(func.name), obj, 0);
            }
        }
        let info = self.add_decl(DeclInfoKind::Func(func));
        self.add_to_obj_list(obj, info);
    }

    fn verify_generic_method(&mut self, func: FuncDecl) {
        if let Some(range) = self
            .ast()
            .func_type(func.ty)
            .and_then(|sig| sig.type_params_range)
        {
            self.verify_version(range.start, 27, "generic method");
        }
    }

    fn check_entry_func(&mut self, func: FuncDecl, code: Code) {
        let Some(sig) = self.ast().func_type(func.ty) else {
            return;
        };
        if let Some(range) = sig.type_params_range {
            self.soft_error_at(range.start, code, "func must have no type parameters");
        }
        if !sig.params.is_empty() || sig.results_range.is_some() {
            let at = self.range(func.name).start;
            self.soft_error_at(at, code, "func must have no arguments and no return values");
        }
    }

    /// Whether the receiver is a pointer, and what stands for its base type without arguments.
    pub(crate) fn unpack_recv(&self, typ: ExprId) -> (bool, ExprId) {
        let ast = self.ast();
        let mut base = ast.unparen(typ);
        let mut ptr = false;
        if let ExprKind::Star(inner) = ast.expr(base).kind {
            ptr = true;
            base = ast.unparen(inner);
        }
        if let ExprKind::Index { x, .. } = ast.expr(base).kind {
            base = x;
        }
        (ptr, base)
    }

    /// The declared (non-alias) type a receiver's type name stands for, through aliases and pointers.
    fn resolve_base_type_name(&mut self, ptr: bool, ident: ExprId) -> Option<(bool, ObjId)> {
        let mut ptr = ptr;
        let mut name = self.ident_name(ident);
        let mut seen = FxHashSet::default();
        loop {
            let scope = self.store.packages[self.pkg].scope;
            let obj = self.store.scopes[scope].get(name)?;
            if !self.store.obj(obj).is_type_name() || !seen.insert(obj) {
                return None;
            }
            let decl = &self.decls[self.decl_index(obj)? as usize];
            let ast = &self.files[decl.file].ast;
            let DeclInfoKind::Type(spec) = decl.kind else {
                return None;
            };
            let SpecKind::Type {
                alias,
                type_params,
                ty,
                ..
            } = ast.spec(spec).kind
            else {
                return None;
            };
            if !alias {
                return Some((ptr, obj));
            }
            if !type_params.is_empty() {
                return None;
            }
            let mut typ = ast.unparen(ty);
            if let ExprKind::Star(inner) = ast.expr(typ).kind {
                if ptr {
                    return None;
                }
                ptr = true;
                typ = ast.unparen(inner);
            }
            let symbol = ast.ident(typ)?;
            name = self.name(symbol);
        }
    }

    /// Names of file scopes must not be those of the package.
    fn verify_file_scopes(&mut self, scopes: &[ScopeId]) {
        let package_scope = self.store.packages[self.pkg].scope;
        for &scope in scopes {
            for (name, _) in self.store.scopes[scope].elems().to_vec() {
                if let Some(other) = self.store.scopes[package_scope].get(name) {
                    let pos = self.store.obj(other).pos;
                    let message = format!(
                        "{} already declared through an import",
                        self.store.names.text(name)
                    );
                    self.error(pos, Code::DuplicateDecl, message);
                }
            }
        }
    }
}

/// Imports.
impl Checker<'_> {
    fn collect_import(&mut self, spec: SpecId, name: Option<ExprId>, path: ExprId) {
        let at = self.range(path).start;
        let text = self.file().import_path(spec);
        let Some(text) = text.filter(|text| is_valid_import_path(text)) else {
            self.error_at(at, Code::BadImportPath, "invalid import path");
            return;
        };
        let imported = self.import_package(at, &text);
        let import_name = match name {
            Some(ident) if text == "C" => {
                let at = self.range(ident).start;
                self.error_at(at, Code::ImportCRenamed, "cannot rename import \"C\"");
                return;
            }
            Some(ident) => self.ident_name(ident),
            None => self.store.packages[imported].name,
        };
        let start = self.ast().range(spec).start;
        if import_name == Name::INIT {
            self.error_at(
                start,
                Code::InvalidInitDecl,
                "cannot import package as init",
            );
            return;
        }
        if !self.store.packages[self.pkg].imports.contains(&imported) {
            self.store.packages[self.pkg].imports.push(imported);
        }
        let pos = self.pos(start);
        let object = Object::new(
            ObjKind::PkgName { imported },
            pos,
            Some(self.pkg),
            import_name,
        );
        let obj = self.store.new_obj(object.with_type(crate::TypeId::INVALID));
        match name {
            Some(ident) => self.record_def(ident, Some(obj)),
            None => self.record_implicit(spec, obj),
        }
        if self.store.packages[imported].fake || text == "C" {
            self.mark_used(obj);
        }
        self.pkg_names.push(obj);
        let scope = self.file_scope();
        if import_name == Name::DOT {
            self.dot_import(scope, imported, obj, start);
        } else {
            self.declare(scope, None, obj, 0);
        }
    }

    fn dot_import(&mut self, scope: ScopeId, imported: PkgId, pkg_name: ObjId, at: u32) {
        let from = self.store.packages[imported].scope;
        for (name, obj) in self.store.scopes[from].elems().to_vec() {
            if !self.store.names.is_exported(name) {
                continue;
            }
            if self.store.scopes[scope].insert(name, obj).is_ok() {
                self.dot_imports.insert((scope, name), pkg_name);
            } else {
                let message = format!("{} redeclared in this block", self.store.names.text(name));
                self.error_at(at, Code::DuplicateDecl, message);
            }
        }
    }

    /// The imported package; a made-up one where it cannot be had.
    fn import_package(&mut self, at: u32, path: &str) -> PkgId {
        if path == "unsafe" {
            return PkgId::UNSAFE;
        }
        // Nothing has a name in a folder without files.
        let is_named = |pkg: &&PkgId| {
            let name = self.store.packages[**pkg].name;
            name != Name::EMPTY && name != Name::BLANK
        };
        let imported = self.imports.and_then(|imports| imports.get(path));
        if let Some(pkg) = imported.filter(is_named) {
            return *pkg;
        }
        let text = path.to_owned();
        if let Some(pkg) = self.fake_imports.get(&text) {
            return *pkg;
        }
        if path != "C" {
            self.error_at(at, Code::BrokenImport, format!("could not import {path}"));
        }
        let last = path
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or(path);
        let name = self.store.names.intern(last);
        let pkg = self.store.new_package(path, name, 0);
        self.store.packages[pkg].fake = true;
        self.fake_imports.insert(text, pkg);
        pkg
    }

    pub(crate) fn unused_imports(&mut self) {
        let mut used = self.used_imports.clone();
        used.extend(self.bodies.iter().flat_map(|body| &body.imports));
        for obj in self.pkg_names.clone() {
            let object = *self.store.obj(obj);
            let ObjKind::PkgName { imported } = object.kind else {
                continue;
            };
            if object.name != Name::BLANK && !used.contains(&obj) {
                let path = self.store.names.text(self.store.packages[imported].path);
                let message = format!("\"{path}\" imported and not used");
                self.report(object.pos, Code::UnusedImport, message, true);
            }
        }
    }

    /// Variables of the function just checked that nobody reads.
    pub(crate) fn unused_variables(&mut self) {
        for index in self.first_obj..self.store.objects.len() {
            let obj = ObjId::from_index(index);
            let object = *self.store.obj(obj);
            if self.is_local_var(obj) && object.parent.is_some() && !self.is_used(obj) {
                let message = format!(
                    "declared and not used: {}",
                    self.store.names.text(object.name)
                );
                self.report(object.pos, Code::UnusedVar, message, true);
            }
        }
    }
}

fn is_valid_import_path(path: &str) -> bool {
    const ILLEGAL: &str = "!\"#$%&'()*,:;<=>?[\\]^{|}`\u{fffd}";
    !path.is_empty()
        && !path.contains(|c: char| c.is_whitespace() || c.is_control() || ILLEGAL.contains(c))
}

/// Names that broken code lacks.
pub(crate) fn is_valid_name(symbol: Symbol) -> bool {
    symbol != Symbol::EMPTY
}
