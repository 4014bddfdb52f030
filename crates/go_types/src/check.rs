//! The state of the check of one package, and its phases.
//!
//! Objects of the package are collected from all files first, then declared on first use, with the path of
//! declarations in progress to find cycles. What needs complete types is put off into a queue that grows
//! while it is worked off. Function bodies come last, each on its own (`phases`). Inside a package everything
//! is sequential.

use base::{FileId, Idx, TextRange};
use go_syntax::{Ast, ExprId, File, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::constant::Value;
use crate::delayed::Delayed;
use crate::mono::Flows;
use crate::phases::{Body, declare_package};
use crate::recording::Info;
use crate::resolver::DeclInfo;
use crate::{
    Code, ContextId, DeclState, Name, ObjId, ObjKind, PkgId, Pos, Problem, ScopeId, Sizes, Store,
    Struct, TypeId,
};

/// Expressions, types, statements and declarations may lead from one to the next this often; what is deeper
/// is an error. A link of a chain of calls counts for two.
const MAX_DEPTH: u32 = 65_000;

/// Bytes of stack for `MAX_DEPTH` in an unoptimised build; reserved, not used.
pub const STACK: usize = 1 << 30;

/// What a check takes besides the store.
#[derive(Debug)]
pub struct Input<'a> {
    /// The package's files, in the compiler's order; parallel to `Package::files` of the store.
    pub files: &'a [&'a File],
    /// What the imports of the source mean. A missing path is a problem of the package.
    pub imports: &'a FxHashMap<String, PkgId>,
    /// Of the target: what `unsafe.Sizeof` and constant overflow depend on.
    pub sizes: Sizes,
    /// Only what others can see is checked.
    pub ignore_func_bodies: bool,
}

/// Checks a package whose `files` the store knows already. The answer is complete whatever the problems.
pub fn check_package(store: &mut Store, pkg: PkgId, input: &Input<'_>) -> (Info, Vec<Problem>) {
    with_stack(move || {
        let mut declared = declare_package(store, pkg, input);
        if !input.ignore_func_bodies {
            declared.check_bodies(store, input.files);
        }
        declared.finish(store, input.files)
    })
}

/// Runs something on a thread whose stack is large enough for any source: a check, that is.
pub fn with_stack<R: Send + Default>(run: impl FnOnce() -> R + Send) -> R {
    base::on_stack(STACK, run).unwrap_or_default()
}

/// Checks one package into the store. Packages come in import order.
#[derive(Debug)]
pub struct Checker<'a> {
    /// What the check adds to.
    pub store: &'a mut Store,
    /// The package under check.
    pub pkg: PkgId,
    /// Instances made by this check.
    pub context: ContextId,
    /// In the order they were found.
    pub problems: Vec<Problem>,
    pub(crate) info: Info,
    pub(crate) sizes: Sizes,
    pub(crate) files: &'a [&'a File],
    pub(crate) file_ids: Vec<FileId>,
    pub(crate) imports: Option<&'a FxHashMap<String, PkgId>>,
    /// Bodies of functions and of literals outside of functions, in the order in which they are met. They
    /// are checked when all is declared.
    pub(crate) bodies: Vec<Body>,
    /// A body is under check.
    pub(crate) in_body: bool,
    /// Names of the source as names of the store.
    pub(crate) names: FxHashMap<Symbol, Name>,
    /// Package-level objects and methods in source order: `Object::order` minus one is the index.
    pub(crate) obj_list: Vec<ObjId>,
    /// Declarations; parallel to `obj_list` is `decl_of`.
    pub(crate) decls: Vec<DeclInfo>,
    pub(crate) decl_of: Vec<u32>,
    /// Methods by the type name of their receiver, until attached to its type.
    pub(crate) methods: FxHashMap<ObjId, Vec<ObjId>>,
    /// Package names that files declare, with the file.
    pub(crate) pkg_names: Vec<ObjId>,
    /// Scope of a file and name, to the package name of the dot import that brought it.
    pub(crate) dot_imports: FxHashMap<(ScopeId, Name), ObjId>,
    /// Variables of the function under check that are used, by index from `first_obj`.
    pub(crate) used: Vec<bool>,
    pub(crate) first_obj: usize,
    /// Package names that the declarations or the body under check use.
    pub(crate) used_imports: FxHashSet<ObjId>,
    /// Packages made up for paths that could not be imported.
    pub(crate) fake_imports: FxHashMap<String, PkgId>,
    /// Types that are known to be free of variable-size parts or not.
    pub(crate) var_size: FxHashMap<TypeId, bool>,
    /// Declared types that are known not to contain themselves.
    pub(crate) valid_types: FxHashSet<TypeId>,
    pub(crate) delayed: Vec<Delayed>,
    /// Of the declarations or the body under check.
    pub(crate) flows: Flows,
    /// Declarations in progress.
    pub(crate) obj_path: Vec<(ObjId, DeclState)>,
    /// The type of no values at all.
    pub(crate) empty_tuple: TypeId,
    pub(crate) env: Env,
    pub(crate) depth: u32,
}

/// Where in the package the check is.
#[derive(Clone, Debug)]
pub(crate) struct Env {
    /// Index of the file.
    pub(crate) file: usize,
    /// The package-level declaration whose initialiser or body is checked; it collects dependencies.
    pub(crate) decl: Option<u32>,
    pub(crate) scope: ScopeId,
    /// Language version of the file, minor; 0 is unknown and allows all.
    pub(crate) version: u16,
    pub(crate) iota: Option<Value>,
    /// Where problems of a repeated constant expression are shown.
    pub(crate) err_pos: Option<u32>,
    pub(crate) in_tparam_list: bool,
    /// The signature of the function whose body is checked.
    pub(crate) sig: Option<TypeId>,
    /// Calls of `panic` in this function: they end it.
    pub(crate) panics: FxHashSet<ExprId>,
    pub(crate) has_label: bool,
    /// The expression contains a call or receive operation.
    pub(crate) has_call_or_recv: bool,
}

impl Env {
    pub(crate) fn new(file: usize, scope: ScopeId, version: u16) -> Self {
        Self {
            file,
            decl: None,
            scope,
            version,
            iota: None,
            err_pos: None,
            in_tparam_list: false,
            sig: None,
            panics: FxHashSet::default(),
            has_label: false,
            has_call_or_recv: false,
        }
    }
}

impl<'a> Checker<'a> {
    /// The state of a check that begins, with a context for its instances.
    pub fn new(store: &'a mut Store, pkg: PkgId) -> Self {
        let context = store.contexts.add();
        store.check_state.begin(pkg, context);
        let empty_tuple = store.tuple(&[]);
        Self {
            file_ids: store.packages[pkg].files.clone(),
            ..Self::bare(store, pkg, context, empty_tuple)
        }
    }

    /// The state of a check that has done nothing yet, with a context and tuple made for it.
    pub(crate) fn bare(
        store: &'a mut Store,
        pkg: PkgId,
        context: ContextId,
        empty_tuple: TypeId,
    ) -> Self {
        let package = &store.packages[pkg];
        let (scope, version) = (package.scope, package.go_version);
        let first_obj = store.objects.len();
        Self {
            store,
            pkg,
            context,
            problems: Vec::new(),
            info: Info::default(),
            sizes: Sizes::AMD64,
            files: &[],
            file_ids: Vec::new(),
            imports: None,
            bodies: Vec::new(),
            in_body: false,
            names: FxHashMap::default(),
            obj_list: Vec::new(),
            decls: Vec::new(),
            decl_of: Vec::new(),
            methods: FxHashMap::default(),
            pkg_names: Vec::new(),
            dot_imports: FxHashMap::default(),
            used: Vec::new(),
            first_obj,
            used_imports: FxHashSet::default(),
            fake_imports: FxHashMap::default(),
            var_size: FxHashMap::default(),
            valid_types: FxHashSet::default(),
            delayed: Vec::new(),
            flows: Flows::default(),
            obj_path: Vec::new(),
            empty_tuple,
            env: Env::new(0, scope, version),
            depth: 0,
        }
    }

    /// Adds a problem.
    pub fn error(&mut self, pos: Pos, code: Code, message: impl Into<String>) {
        self.report(pos, code, message.into(), false);
    }

    pub(crate) fn report(&mut self, pos: Pos, code: Code, message: String, soft: bool) {
        self.problems.push(Problem {
            pos,
            code,
            message,
            soft,
        });
    }

    /// A problem at an offset of the current file.
    pub(crate) fn error_at(&mut self, offset: u32, code: Code, message: impl Into<String>) {
        let offset = self.env.err_pos.unwrap_or(offset);
        let pos = self.pos(offset);
        self.report(pos, code, message.into(), false);
    }

    /// As [`Self::error_at`], for problems that importers need not care about.
    pub(crate) fn soft_error_at(&mut self, offset: u32, code: Code, message: impl Into<String>) {
        let pos = self.pos(offset);
        self.report(pos, code, message.into(), true);
    }

    /// A problem of an expression: at its start, for a selector at the name.
    pub(crate) fn error_expr(&mut self, expr: ExprId, code: Code, message: impl Into<String>) {
        let at = self.err_offset(expr);
        self.error_at(at, code, message);
    }

    /// Where problems of an expression are shown.
    pub(crate) fn err_offset(&self, expr: ExprId) -> u32 {
        use go_syntax::ExprKind;
        let ast = self.ast();
        match ast.expr(expr).kind {
            ExprKind::Selector { sel, .. } => ast.range(sel).start,
            ExprKind::Binary { .. } => ast.expr(expr).pos,
            _ => ast.range(expr).start,
        }
    }

    /// The current file.
    pub(crate) fn file(&self) -> &'a File {
        self.files[self.env.file]
    }

    pub(crate) fn ast(&self) -> &'a Ast {
        &self.files[self.env.file].ast
    }

    pub(crate) fn pos(&self, offset: u32) -> Pos {
        Pos::new(self.file_ids[self.env.file], offset)
    }

    pub(crate) fn range(&self, expr: ExprId) -> TextRange {
        self.ast().range(expr)
    }

    /// The name as the store has it.
    pub(crate) fn name(&mut self, symbol: Symbol) -> Name {
        if let Some(name) = self.names.get(&symbol) {
            return *name;
        }
        let name = self.store.names.intern(symbol.as_str());
        self.names.insert(symbol, name);
        name
    }

    /// The name of a declared identifier.
    pub(crate) fn ident_name(&mut self, expr: ExprId) -> Name {
        let symbol = self.ast().name(expr);
        self.name(symbol)
    }

    /// The object a name means here, and the scope that has it.
    pub(crate) fn lookup_scope(&self, name: Name) -> Option<(ScopeId, ObjId)> {
        self.store.lookup_parent(self.env.scope, name, None)
    }

    pub(crate) fn lookup(&self, name: Name) -> Option<ObjId> {
        self.lookup_scope(name).map(|(_, obj)| obj)
    }

    pub(crate) fn open_scope(&mut self, range: TextRange) -> ScopeId {
        let scope = self.store.new_scope(self.env.scope, range);
        self.env.scope = scope;
        scope
    }

    pub(crate) fn close_scope(&mut self) {
        if let Some(parent) = self.store.scopes[self.env.scope].parent {
            self.env.scope = parent;
        }
    }

    pub(crate) fn allow_version(&self, minor: u16) -> bool {
        self.env.version == 0 || self.env.version >= minor
    }

    /// Reports a feature that the file's language version does not have.
    pub(crate) fn verify_version(&mut self, offset: u32, minor: u16, what: &str) -> bool {
        if self.allow_version(minor) {
            return true;
        }
        self.error_at(
            offset,
            Code::UnsupportedFeature,
            format!("{what} requires go1.{minor} or later"),
        );
        false
    }

    pub(crate) fn mark_used(&mut self, obj: ObjId) {
        if matches!(self.store.objects[obj].kind, ObjKind::PkgName { .. }) {
            self.used_imports.insert(obj);
            return;
        }
        let Some(index) = obj.index().checked_sub(self.first_obj) else {
            return;
        };
        if index >= self.used.len() {
            self.used.resize(index + 64, false);
        }
        self.used[index] = true;
    }

    pub(crate) fn is_used(&self, obj: ObjId) -> bool {
        let index = obj.index().checked_sub(self.first_obj);
        index.is_none_or(|index| self.used.get(index).copied().unwrap_or(false))
    }

    pub(crate) fn set_used(&mut self, obj: ObjId, used: bool) {
        self.mark_used(obj);
        if let Some(index) = obj.index().checked_sub(self.first_obj) {
            self.used[index] = used;
        }
    }

    /// Marks a declaration as in progress.
    pub(crate) fn push(&mut self, obj: ObjId) {
        let object = &mut self.store.objects[obj];
        self.obj_path.push((obj, object.state));
        object.state = DeclState::InProgress(self.obj_path.len() as u32 - 1);
    }

    pub(crate) fn pop(&mut self) {
        if let Some((obj, state)) = self.obj_path.pop() {
            let state = if self.store.objects[obj].typ.is_some() {
                DeclState::Done
            } else {
                state
            };
            self.store.objects[obj].state = state;
        }
    }

    /// One level deeper; `false` (and a problem) where the source nests too deep.
    pub(crate) fn descend(&mut self, offset: u32) -> bool {
        if self.depth >= MAX_DEPTH {
            self.error_at(offset, Code::InvalidSyntaxTree, "nested too deep");
            return false;
        }
        self.depth += 1;
        true
    }

    pub(crate) fn ascend(&mut self) {
        self.depth -= 1;
    }

    /// The type as text, for messages.
    pub(crate) fn describe(&self, typ: TypeId) -> String {
        self.store.type_string(typ)
    }

    /// In bytes; -1 if too large.
    pub(crate) fn size_of(&mut self, typ: TypeId) -> i64 {
        self.sizes.size(self.store, typ).unwrap_or(-1)
    }

    pub(crate) fn align_of(&mut self, typ: TypeId) -> i64 {
        self.sizes.align(self.store, typ).unwrap_or(-1)
    }

    /// Offset of a field by its index; -1 if too large.
    pub(crate) fn field_offset(&mut self, strukt: Struct, index: usize) -> i64 {
        let offsets = self.sizes.offsets(self.store, strukt);
        offsets
            .ok()
            .and_then(|offsets| offsets.get(index).copied())
            .unwrap_or(-1)
    }

    pub(crate) fn add_decl_dep(&mut self, to: ObjId) {
        let Some(from) = self.env.decl else { return };
        if self.decl_index(to).is_some() {
            self.decls[from as usize].deps.insert(to);
        }
    }
}
