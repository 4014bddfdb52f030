//! Which types a line of source can allocate.

use std::path::Path;

use base::TextRange;
use go_syntax::{Ast, BinaryOp, DeclKind, ExprId, ExprKind, File, Node, StmtId, StmtKind, UnaryOp};
use go_types::{Basic, Builtin, Def, FileInfo, Mode, ObjKind, Sizes, Store, TypeId, TypeKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::fit::Form;
use crate::source::SourcePackage;

/// Lines that a profile names: import path, base name of the file, line.
pub type Lines = FxHashSet<(String, String, u32)>;

/// What can be allocated on one line.
#[derive(Clone, Debug, Default)]
pub(super) struct Site {
    /// By literals, `new`, `make`, `append` and the like.
    pub(super) explicit: Vec<(Form, TypeId)>,
    /// If variables escape, or values are put into interfaces.
    pub(super) implicit: Vec<(Form, TypeId)>,
    /// Something is allocated whose type is a type parameter.
    pub(super) of_params: bool,
    /// Type arguments of generic functions and receivers.
    pub(super) arguments: Vec<TypeId>,
}

/// The sites of the lines asked for.
#[derive(Clone, Debug, Default)]
pub struct Sites {
    by_package: FxHashMap<String, FxHashMap<(String, u32), Site>>,
}

impl Sites {
    pub(super) fn has(&self, package: &str) -> bool {
        self.by_package.contains_key(package)
    }

    pub(super) fn at(&self, package: &str, file: &str, line: u32) -> Option<&Site> {
        let lines = self.by_package.get(package)?;
        lines.get(&(file.to_owned(), line))
    }
}

/// Looks for allocations on lines of the packages, in files whose bodies were checked.
pub fn find_sites(
    store: &mut Store,
    sizes: Sizes,
    packages: &[SourcePackage<'_>],
    wanted: &Lines,
) -> Sites {
    let instances = instances(store);
    let mut sites = Sites::default();
    for package in packages {
        for file in &package.files {
            let Some(info) = file.info else { continue };
            let base = base_name(file.path);
            let lines: FxHashSet<u32> = (wanted.iter())
                .filter(|(path, name, _)| path == package.import_path && *name == base)
                .map(|(_, _, line)| *line)
                .collect();
            let found = sites.by_package.entry(package.import_path.to_owned());
            let found = found.or_default();
            if lines.is_empty() {
                continue;
            }
            let mut finder = Finder {
                store,
                sizes,
                instances: &instances,
                file: file.file,
                info,
                lines: &lines,
                functions: Vec::new(),
                found: FxHashMap::default(),
            };
            finder.find_functions();
            for decl in &file.file.decls {
                file.file.ast.walk(*decl, |node| {
                    finder.node(node);
                    true
                });
            }
            let at_lines = finder.found.into_iter();
            found.extend(at_lines.map(|(line, site)| ((base.clone(), line), site)));
        }
    }
    sites
}

fn base_name(path: &Path) -> String {
    let base = path.file_name().unwrap_or_default();
    base.to_string_lossy().into_owned()
}

/// Instances without type parameters, by their origin.
fn instances(store: &mut Store) -> FxHashMap<TypeId, Vec<TypeId>> {
    let mut instances: FxHashMap<TypeId, Vec<TypeId>> = FxHashMap::default();
    for index in 0..store.type_count() {
        let typ = base::Idx::from_index(index);
        let TypeKind::Named(id) = store.kind(typ) else {
            continue;
        };
        if let Some(instance) = store.named(id).instance
            && store.is_concrete(typ)
        {
            instances.entry(instance.origin).or_default().push(typ);
        }
    }
    instances
}

struct Finder<'a> {
    store: &'a mut Store,
    sizes: Sizes,
    instances: &'a FxHashMap<TypeId, Vec<TypeId>>,
    file: &'a File,
    info: &'a FileInfo,
    lines: &'a FxHashSet<u32>,
    /// Ranges of all functions of the file with their result types, outer ones first.
    functions: Vec<(TextRange, Vec<TypeId>)>,
    found: FxHashMap<u32, Site>,
}

impl Finder<'_> {
    fn ast(&self) -> &Ast {
        &self.file.ast
    }

    fn find_functions(&mut self) {
        let file = self.file;
        let mut functions = Vec::new();
        for decl in &file.decls {
            file.ast.walk(*decl, |node| {
                let typ = match node {
                    Node::Decl(decl) => match &file.ast.decl(decl).kind {
                        DeclKind::Func(func) => match self.info.def(func.name) {
                            Some(Def::Object(obj)) => self.store.obj(obj).typ,
                            _ => None,
                        },
                        _ => None,
                    },
                    Node::Expr(expr) => match file.ast.expr(expr).kind {
                        ExprKind::FuncLit { .. } => self.type_of(expr),
                        _ => None,
                    },
                    _ => None,
                };
                if let Some(signature) = typ.and_then(|typ| self.store.as_signature(typ)) {
                    let results = self.store.objs(signature.results).iter();
                    let results = results.map(|result| self.store.obj_type(*result)).collect();
                    functions.push((file.ast.range(node), results));
                }
                true
            });
        }
        functions.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        self.functions = functions;
    }

    fn type_of(&self, expr: ExprId) -> Option<TypeId> {
        self.info.type_of(expr).map(|found| found.typ)
    }

    /// The lines an allocation of this expression may be noted at: where it starts, and its operator.
    fn lines_of(&self, expr: ExprId) -> Vec<u32> {
        let line = |offset| self.file.lines.line_col(offset).line;
        let start = line(self.ast().range(expr).start);
        let operator = line(self.ast().expr(expr).pos);
        let mut lines = vec![start];
        if operator != start {
            lines.push(operator);
        }
        lines.retain(|line| self.lines.contains(line));
        lines
    }

    fn node(&mut self, node: Node) {
        let expr = match node {
            Node::Expr(expr) => expr,
            Node::Stmt(stmt) => return self.boxed_by_statement(stmt),
            _ => return,
        };
        self.boxed_by(expr);
        let lines = self.lines_of(expr);
        if lines.is_empty() {
            return;
        }
        self.explicit(expr, &lines);
        self.arguments(expr, &lines);
        self.variable(expr, &lines);
    }

    fn explicit(&mut self, expr: ExprId, lines: &[u32]) {
        let kind = self.ast().expr(expr).kind;
        match kind {
            ExprKind::CompositeLit { .. } => {
                if let Some(typ) = self.type_of(expr) {
                    match self.store.under_kind(typ) {
                        TypeKind::Slice(elem) => self.add(lines, Form::Elements, elem),
                        TypeKind::Map { .. } => self.add(lines, Form::Map, typ),
                        // Elided `&T` in a literal of pointers.
                        TypeKind::Pointer(elem) => self.add(lines, Form::Object, elem),
                        _ => {}
                    }
                }
            }
            ExprKind::Unary {
                op: UnaryOp::And,
                x,
            } => {
                let x = self.ast().unparen(x);
                if let (ExprKind::CompositeLit { .. }, Some(typ)) =
                    (&self.ast().expr(x).kind, self.type_of(x))
                {
                    self.add(lines, Form::Object, typ);
                    let inner = self.lines_of(x);
                    self.add(&inner, Form::Object, typ);
                }
            }
            ExprKind::Binary {
                op: BinaryOp::Add, ..
            } => {
                if let Some(typ) = self.type_of(expr)
                    && matches!(self.store.under_kind(typ), TypeKind::Basic(Basic::String))
                {
                    self.add(lines, Form::Elements, TypeId::BYTE);
                }
            }
            // Assigning to an element of a map may make it grow.
            ExprKind::Index { x, .. } => {
                if let Some(typ) = self.type_of(x)
                    && matches!(self.store.under_kind(typ), TypeKind::Map { .. })
                {
                    self.add(lines, Form::Map, typ);
                }
            }
            ExprKind::Call { fun, .. } => self.call(expr, fun, lines),
            _ => {}
        }
    }

    fn call(&mut self, expr: ExprId, fun: ExprId, lines: &[u32]) {
        let Some(typ) = self.type_of(expr) else {
            return;
        };
        let fun = self.ast().unparen(fun);
        let builtin = match self.info.use_of(fun).map(|obj| self.store.obj(obj).kind) {
            Some(ObjKind::Builtin(builtin)) => Some(builtin),
            _ => None,
        };
        let is_conversion = (self.info.type_of(fun)).is_some_and(|found| found.mode == Mode::Type);
        match (builtin, self.store.under_kind(typ)) {
            (Some(Builtin::New), TypeKind::Pointer(elem)) => self.add(lines, Form::Object, elem),
            (Some(Builtin::Append), TypeKind::Slice(elem)) => self.add(lines, Form::Elements, elem),
            (Some(Builtin::Make), TypeKind::Slice(elem) | TypeKind::Chan { elem, .. }) => {
                self.add(lines, Form::Elements, elem);
            }
            (Some(Builtin::Make), TypeKind::Map { .. }) => self.add(lines, Form::Map, typ),
            (Some(Builtin::Make | Builtin::Append), _) => self.of_params(lines),
            (None, TypeKind::Slice(elem)) if is_conversion => self.add(lines, Form::Elements, elem),
            (None, TypeKind::Basic(Basic::String)) if is_conversion => {
                self.add(lines, Form::Elements, TypeId::BYTE);
            }
            _ => {}
        }
    }

    /// Type arguments that a called function has, its own and those of its receiver.
    fn arguments(&mut self, expr: ExprId, lines: &[u32]) {
        let mut arguments = Vec::new();
        if let Some(instance) = self.info.instance(expr) {
            arguments.extend_from_slice(self.store.types(instance.targs));
        }
        if let Some(selection) = self.info.selection(expr) {
            let mut recv = selection.recv;
            if let TypeKind::Pointer(elem) = self.store.under_kind(recv) {
                recv = elem;
            }
            if let Some(id) = self.store.as_named(recv)
                && let Some(instance) = self.store.named(id).instance
            {
                arguments.extend_from_slice(self.store.types(instance.targs));
            }
        }
        for argument in arguments {
            // Of `slices.Grow[S, E]` only E.
            let argument = match self.store.under_kind(argument) {
                TypeKind::Slice(elem) => elem,
                _ => argument,
            };
            for line in lines {
                let site = self.found.entry(*line).or_default();
                if !site.arguments.contains(&argument) {
                    site.arguments.push(argument);
                }
            }
        }
    }

    /// Variables, which may be moved to the heap.
    fn variable(&mut self, expr: ExprId, lines: &[u32]) {
        if let Some(Def::Object(obj)) = self.info.def(expr)
            && matches!(self.store.obj(obj).kind, ObjKind::Var { .. })
            && let Some(typ) = self.store.obj(obj).typ
        {
            self.add_to(lines, Form::Object, typ, false);
        }
    }

    /// Values that are put into interfaces by an expression.
    fn boxed_by(&mut self, expr: ExprId) {
        match self.ast().expr(expr).kind {
            ExprKind::Call { fun, args, .. } => {
                let args = self.ast().list(args).to_vec();
                self.boxed_arguments(expr, fun, &args);
            }
            ExprKind::CompositeLit { elems, .. } => {
                let Some(typ) = self.type_of(expr) else {
                    return;
                };
                let elems = self.ast().list(elems).to_vec();
                self.boxed_elements(typ, &elems);
            }
            _ => {}
        }
    }

    fn boxed_arguments(&mut self, call: ExprId, fun: ExprId, args: &[ExprId]) {
        let Some(of_fun) = self.info.type_of(fun) else {
            return;
        };
        let Some(signature) = self.store.as_signature(of_fun.typ) else {
            // A conversion, or `append`.
            let Some(typ) = self.type_of(call) else {
                return;
            };
            let target = match self.store.under_kind(typ) {
                TypeKind::Slice(elem) if of_fun.mode == Mode::Builtin => elem,
                _ => typ,
            };
            for arg in args {
                self.boxed(*arg, target);
            }
            return;
        };
        let params: Vec<TypeId> = (self.store.objs(signature.params).iter())
            .map(|param| self.store.obj_type(*param))
            .collect();
        for (index, arg) in args.iter().enumerate() {
            let Some(last) = params.last() else { return };
            let mut target = *params.get(index).unwrap_or(last);
            if signature.variadic
                && index + 1 >= params.len()
                && let TypeKind::Slice(elem) = self.store.under_kind(target)
            {
                target = elem;
            }
            self.boxed(*arg, target);
        }
    }

    fn boxed_elements(&mut self, literal: TypeId, elems: &[ExprId]) {
        for elem in elems {
            let (key, value) = match self.ast().expr(*elem).kind {
                ExprKind::KeyValue { key, value } => (Some(key), value),
                _ => (None, *elem),
            };
            let target = match self.store.under_kind(literal) {
                TypeKind::Slice(elem) | TypeKind::Array { elem, .. } => Some(elem),
                TypeKind::Map { key: of_key, elem } => {
                    if let Some(key) = key {
                        self.boxed(key, of_key);
                    }
                    Some(elem)
                }
                // Which field it is does not matter, only that it may be an interface.
                TypeKind::Struct(_) => (key.and_then(|key| self.info.use_of(key)))
                    .map(|field| self.store.obj_type(field)),
                _ => None,
            };
            if let Some(target) = target {
                self.boxed(value, target);
            }
        }
    }

    /// Values that are put into interfaces by a statement.
    fn boxed_by_statement(&mut self, stmt: StmtId) {
        match self.ast().stmt(stmt).kind {
            StmtKind::Assign { lhs, rhs, .. } => {
                let lhs = self.ast().list(lhs).to_vec();
                let rhs = self.ast().list(rhs).to_vec();
                for (to, from) in lhs.into_iter().zip(rhs) {
                    if let Some(target) = self.type_of(to) {
                        self.boxed(from, target);
                    }
                }
            }
            StmtKind::Send { chan, value } => {
                if let Some(typ) = self.type_of(chan)
                    && let TypeKind::Chan { elem, .. } = self.store.under_kind(typ)
                {
                    self.boxed(value, elem);
                }
            }
            StmtKind::Return(results) => {
                let at = self.ast().range(stmt).start;
                let holds = |range: &TextRange| range.start <= at && at < range.end;
                let inner = (self.functions.iter().rev()).find(|(range, _)| holds(range));
                let targets = inner
                    .map(|(_, targets)| targets.clone())
                    .unwrap_or_default();
                let results = self.ast().list(results).to_vec();
                for (result, target) in results.into_iter().zip(targets) {
                    self.boxed(result, target);
                }
            }
            _ => {}
        }
    }

    /// A value that becomes one of type `target`.
    fn boxed(&mut self, value: ExprId, target: TypeId) {
        let is_interface = |store: &mut Store, typ| {
            matches!(store.under_kind(typ), TypeKind::Interface(_)) && !store.is_type_param(typ)
        };
        let Some(found) = self.info.type_of(value) else {
            return;
        };
        if found.mode == Mode::Type
            || !is_interface(self.store, target)
            || is_interface(self.store, found.typ)
        {
            return;
        }
        let lines = self.lines_of(value);
        match self.store.under_kind(found.typ) {
            TypeKind::Tuple(_) => {}
            // Constants of string type are boxed like others.
            TypeKind::Basic(basic) if basic.is_untyped() => {}
            _ => self.add_to(&lines, Form::Object, found.typ, false),
        }
    }

    fn add(&mut self, lines: &[u32], form: Form, typ: TypeId) {
        self.add_to(lines, form, typ, true);
    }

    fn add_to(&mut self, lines: &[u32], form: Form, typ: TypeId, explicit: bool) {
        let types = if self.sizes.size(self.store, typ).is_ok() {
            vec![typ]
        } else {
            let instance = (self.store.as_named(typ))
                .and_then(|id| self.store.named(id).instance)
                .map(|instance| instance.origin);
            let origin = instance.unwrap_or(typ);
            let Some(instances) = self.instances.get(&origin) else {
                self.of_params(lines);
                return;
            };
            instances.clone()
        };
        for line in lines {
            let site = self.found.entry(*line).or_default();
            let list = if explicit {
                &mut site.explicit
            } else {
                &mut site.implicit
            };
            for typ in &types {
                if !list.contains(&(form, *typ)) {
                    list.push((form, *typ));
                }
            }
        }
    }

    fn of_params(&mut self, lines: &[u32]) {
        for line in lines {
            self.found.entry(*line).or_default().of_params = true;
        }
    }
}
