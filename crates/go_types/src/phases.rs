//! The check of a package in steps: its declarations, then function bodies one by one, then what needs both.
//!
//! What other packages see does not depend on bodies, nor do bodies depend on each other (but for the
//! spelling of instances that are spelled in several ways). So bodies can be left out, be checked into a
//! copy of the store, or be checked again when they have changed.

use base::{FileId, Idx};
use go_syntax::{File, StmtId, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::constant::Value;
use crate::delayed::Action;
use crate::mono::Flows;
use crate::recording::Info;
use crate::resolver::{DeclInfo, Deps};
use crate::{
    Checker, ContextId, Input, Name, ObjId, PkgId, Problem, ScopeId, Sizes, Store, TypeId,
};

/// A package whose declarations are checked. All ids are those of the store it was declared in.
#[derive(Debug)]
pub struct Declared {
    /// The package in the store.
    pub pkg: PkgId,
    /// Complete for what is checked so far.
    pub info: Info,
    pub(crate) bodies: Vec<Body>,
    bodies_checked: bool,
    /// Of the declarations.
    pub(crate) problems: Vec<Problem>,
    context: ContextId,
    sizes: Sizes,
    pub(crate) file_ids: Vec<FileId>,
    names: FxHashMap<Symbol, Name>,
    obj_list: Vec<ObjId>,
    pub(crate) decls: Vec<DeclInfo>,
    decl_of: Vec<u32>,
    pkg_names: Vec<ObjId>,
    used_imports: FxHashSet<ObjId>,
    dot_imports: FxHashMap<(ScopeId, Name), ObjId>,
    flows: Flows,
    empty_tuple: TypeId,
}

/// The body of a function, or of a literal outside of functions; and what its check has found besides the
/// facts of the file.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) file: usize,
    pub(crate) version: u16,
    /// The declaration that the body belongs to.
    pub(crate) decl: Option<u32>,
    pub(crate) sig: TypeId,
    pub(crate) scope: ScopeId,
    /// Names in the scope that are not the body's.
    n_params: usize,
    pub(crate) stmt: StmtId,
    pub(crate) iota: Option<Value>,
    pub(crate) problems: Vec<Problem>,
    /// Package-level objects and methods of the package that it mentions.
    pub(crate) deps: Deps,
    /// Package names that it mentions.
    pub(crate) imports: Vec<ObjId>,
    pub(crate) flows: Flows,
}

/// Checks the declarations of a package whose `files` the store knows already: all that other packages see.
///
/// Needs a large stack: see [`with_stack`](crate::with_stack).
pub fn declare_package(store: &mut Store, pkg: PkgId, input: &Input<'_>) -> Declared {
    if pkg == PkgId::UNSAFE {
        return Declared {
            info: Info::new(input.files), // its source is documentation
            ..Declared::default()
        };
    }
    let mut checker = Checker::new(store, pkg);
    checker.files = input.files;
    checker.imports = Some(input.imports);
    checker.sizes = input.sizes;
    checker.info = Info::new(input.files);
    checker.collect_objects();
    checker.direct_cycles();
    checker.package_objects();
    checker.process_delayed(0);
    Declared::of(checker)
}

impl Default for Declared {
    /// Package unsafe, of which nothing is checked.
    fn default() -> Self {
        Self {
            pkg: PkgId::UNSAFE,
            info: Info::default(),
            bodies: Vec::new(),
            bodies_checked: false,
            problems: Vec::new(),
            context: ContextId::from_index(0),
            sizes: Sizes::AMD64,
            file_ids: Vec::new(),
            names: FxHashMap::default(),
            obj_list: Vec::new(),
            decls: Vec::new(),
            decl_of: Vec::new(),
            pkg_names: Vec::new(),
            used_imports: FxHashSet::default(),
            dot_imports: FxHashMap::default(),
            flows: Flows::default(),
            empty_tuple: TypeId::INVALID,
        }
    }
}

impl Declared {
    /// Those of the declarations.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Checks all function bodies, into the store of the declarations or a copy of it.
    pub fn check_bodies(&mut self, store: &mut Store, files: &[&File]) {
        self.with_checker(store, files, |checker| {
            for number in 0..checker.bodies.len() {
                checker.check_body(number);
            }
        });
        self.bodies_checked = true;
    }

    /// The order of initialisation, and all problems by position. Unused imports are told if bodies were
    /// checked.
    pub fn finish(mut self, store: &mut Store, files: &[&File]) -> (Info, Vec<Problem>) {
        let problems = self.conclude(store, files);
        (self.info, problems)
    }

    /// As [`Declared::finish`], keeping what is needed to check bodies again.
    pub fn conclude(&mut self, store: &mut Store, files: &[&File]) -> Vec<Problem> {
        let bodies_checked = self.bodies_checked;
        let mut problems = self.problems.clone();
        problems.extend(self.bodies.iter().flat_map(|body| body.problems.clone()));
        let is_correct = problems.is_empty();
        let late = self.with_checker(store, files, |checker| {
            checker.info.init_order.clear();
            checker.init_order();
            if bodies_checked {
                checker.unused_imports();
            }
            if is_correct && checker.problems.is_empty() {
                checker.monomorph();
            }
            std::mem::take(&mut checker.problems)
        });
        problems.extend(late);
        problems.sort_by_key(|problem| problem.pos);
        problems
    }

    /// Goes on with the check. Problems of the checker are those of this step alone.
    pub(crate) fn with_checker<R: Default>(
        &mut self,
        store: &mut Store,
        files: &[&File],
        run: impl FnOnce(&mut Checker<'_>) -> R,
    ) -> R {
        if self.pkg == PkgId::UNSAFE {
            return R::default();
        }
        let own_problems = std::mem::take(&mut self.problems);
        let bodies_checked = self.bodies_checked;
        let mut checker = std::mem::take(self).into_checker(store, files);
        let result = run(&mut checker);
        *self = Self {
            problems: own_problems,
            bodies_checked,
            ..Self::of(checker)
        };
        result
    }

    fn of(checker: Checker<'_>) -> Self {
        Self {
            pkg: checker.pkg,
            info: checker.info,
            bodies: checker.bodies,
            bodies_checked: false,
            problems: checker.problems,
            context: checker.context,
            sizes: checker.sizes,
            file_ids: checker.file_ids,
            names: checker.names,
            obj_list: checker.obj_list,
            decls: checker.decls,
            decl_of: checker.decl_of,
            pkg_names: checker.pkg_names,
            used_imports: checker.used_imports,
            dot_imports: checker.dot_imports,
            flows: checker.flows,
            empty_tuple: checker.empty_tuple,
        }
    }

    fn into_checker<'a>(self, store: &'a mut Store, files: &'a [&'a File]) -> Checker<'a> {
        store.check_state.begin(self.pkg, self.context);
        let mut checker = Checker::bare(store, self.pkg, self.context, self.empty_tuple);
        checker.info = self.info;
        checker.sizes = self.sizes;
        checker.files = files;
        checker.file_ids = self.file_ids;
        checker.bodies = self.bodies;
        checker.names = self.names;
        checker.obj_list = self.obj_list;
        checker.decls = self.decls;
        checker.decl_of = self.decl_of;
        checker.pkg_names = self.pkg_names;
        checker.used_imports = self.used_imports;
        checker.dot_imports = self.dot_imports;
        checker.flows = self.flows;
        checker
    }
}

impl Checker<'_> {
    /// Puts off a body: a literal's inside a function until the statement around it is done, others until
    /// all is declared.
    pub(crate) fn later_body(
        &mut self,
        decl: Option<u32>,
        sig: TypeId,
        scope: ScopeId,
        stmt: StmtId,
        iota: Option<Value>,
    ) {
        if self.in_body {
            let body = stmt;
            self.later(Action::FuncBody {
                decl,
                sig,
                scope,
                body,
                iota,
            });
            return;
        }
        self.bodies.push(Body {
            file: self.env.file,
            version: self.env.version,
            decl,
            sig,
            scope,
            n_params: self.store.scopes[scope].elems().len(),
            stmt,
            iota,
            problems: Vec::new(),
            deps: Deps::default(),
            imports: Vec::new(),
            flows: Flows::default(),
        });
    }

    /// Checks a body that was put off, for the first time or again.
    pub(crate) fn check_body(&mut self, number: usize) {
        let body = &self.bodies[number];
        let (decl, sig, scope, stmt) = (body.decl, body.sig, body.scope, body.stmt);
        let (iota, n_params) = (body.iota.clone(), body.n_params);
        (self.env.file, self.env.version) = (body.file, body.version);
        // What the body mentions is kept apart from what the declaration does.
        let own_deps = decl.map(|decl| std::mem::take(&mut self.decls[decl as usize].deps));
        let own_imports = std::mem::take(&mut self.used_imports);
        let own_flows = std::mem::take(&mut self.flows);
        let first_problem = self.problems.len();
        if self.store.scopes[scope].elems().len() > n_params {
            self.store.scopes[scope].truncate(n_params);
        }
        self.first_obj = self.store.objects.len();
        self.used.clear();
        self.in_body = true;

        self.func_body(decl, sig, scope, stmt, iota);
        self.process_delayed(0);
        self.unused_variables();

        self.in_body = false;
        let used_imports = std::mem::replace(&mut self.used_imports, own_imports);
        let mut imports: Vec<ObjId> = used_imports.into_iter().collect();
        imports.sort_unstable();
        let body = &mut self.bodies[number];
        body.imports = imports;
        body.flows = std::mem::replace(&mut self.flows, own_flows);
        body.problems = self.problems.split_off(first_problem);
        if let (Some(decl), Some(own_deps)) = (decl, own_deps) {
            let decl = &mut self.decls[decl as usize];
            body.deps = std::mem::replace(&mut decl.deps, own_deps);
        }
    }
}
