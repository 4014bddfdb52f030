//! What the program does with structs.

use base::Idx as _;
use go_syntax::{Ast, DeclKind, ExprId, ExprKind, FuncDecl, Node, UnaryOp};
use go_types::{
    Builtin, FileInfo, Mode, ObjId, ObjKind, SelectionKind, TypeFormat, TypeId, TypeKind,
};
use rustc_hash::FxHashMap;

use super::reach::Reach;
use super::{Finder, SourceFile, place};
use crate::obstacle::Reason;

impl Finder<'_> {
    /// What types are made of the structs: rows, containing structs, identical unnamed ones.
    pub(super) fn look_at_types(&mut self) {
        for index in 0..self.types.len() {
            let held = self.held_by(self.types[index]);
            self.held.push(held);
            self.spread_host_layout(index);
        }
        let mut unnamed: FxHashMap<(Vec<go_types::Name>, usize), Vec<TypeId>> =
            FxHashMap::default();
        let mut named = rustc_hash::FxHashSet::default();
        let n_types = self.store.type_count();
        for index in 0..n_types {
            let typ = TypeId::from_index(index);
            match self.store.kind(typ) {
                TypeKind::Slice(elem)
                | TypeKind::Array { elem, .. }
                | TypeKind::Chan { elem, .. } => {
                    self.mark_row(elem);
                }
                TypeKind::Map { key, elem } => {
                    self.mark_row(key);
                    self.mark_row(elem);
                }
                TypeKind::Named(_) => {
                    named.insert(self.store.under(typ));
                }
                _ => {}
            }
        }
        for index in 0..n_types {
            let typ = TypeId::from_index(index);
            if let TypeKind::Struct(strukt) = self.store.kind(typ)
                && !strukt.fields.is_empty()
                && !named.contains(&typ)
            {
                let outline = self.outline(typ);
                unnamed.entry(outline).or_default().push(typ);
            }
        }
        for number in 0..self.types.len() {
            let typ = self.store.under(self.types[number]);
            let outline = self.outline(typ);
            let Some(candidates) = unnamed.get(&outline) else {
                continue;
            };
            let same =
                |other: &TypeId| typ != *other && self.store.identical_ignore_tags(typ, *other);
            if candidates.clone().iter().any(same) {
                self.add(number, &Reason::SameUnnamed, None);
            }
        }
    }

    /// What identical struct types have in common and is quickly found: the names of the fields, and how
    /// deep unnamed structs are nested in the last one.
    fn outline(&mut self, strukt: TypeId) -> (Vec<go_types::Name>, usize) {
        let fields = self.fields_of(strukt).iter();
        let names = fields.map(|field| self.store.obj(*field).name).collect();
        (names, self.nesting_of(strukt))
    }

    /// The fields of a struct type that is not named; none for other types.
    fn fields_of(&self, strukt: TypeId) -> &[ObjId] {
        match self.store.kind(strukt) {
            TypeKind::Struct(strukt) => self.store.objs(strukt.fields),
            _ => &[],
        }
    }

    fn nesting_of(&mut self, strukt: TypeId) -> usize {
        let mut path = Vec::new();
        let mut inner = strukt;
        // An invalid alias may lead back to where it stands.
        while let Some(last) = self.fields_of(inner).last()
            && !self.nesting.contains_key(&inner)
            && path.len() < go_syntax::MAX_NESTING as usize
        {
            path.push(inner);
            inner = self.store.unalias(self.store.obj_type(*last));
        }
        let mut depth = self.nesting.get(&inner).copied().unwrap_or(0);
        for strukt in path.into_iter().rev() {
            depth += 1;
            self.nesting.insert(strukt, depth);
        }
        depth
    }

    /// What lies in a struct with the layout of the host is where the host expects it, too.
    fn spread_host_layout(&mut self, number: usize) {
        let one = &self.structs[number];
        let is_host = (one.obstacles.iter()).any(|it| it.reason == Reason::HostLayout);
        if is_host {
            let place = one.layout.place.clone();
            self.mark(
                self.types[number],
                Reach::VALUE,
                &Reason::HostLayout,
                place.as_ref(),
            );
        }
    }

    fn mark_row(&mut self, elem: TypeId) {
        if let Some(number) = self.struct_of(elem) {
            self.structs[number].in_rows = true;
        }
    }

    /// The structs that lie in a struct.
    fn held_by(&mut self, typ: TypeId) -> Vec<usize> {
        let TypeKind::Struct(strukt) = self.store.under_kind(typ) else {
            return Vec::new();
        };
        let fields = self.store.objs(strukt.fields).to_vec();
        let mut held = Vec::new();
        for field in fields {
            let mut typ = self.store.obj_type(field);
            while let TypeKind::Array { elem, .. } = self.store.under_kind(typ) {
                typ = elem;
            }
            held.extend(self.struct_of(typ));
        }
        held
    }

    /// Walks all checked bodies and declarations.
    pub(super) fn look_at_uses(&mut self) {
        let packages = self.packages;
        for (package_no, package) in packages.iter().enumerate() {
            for file in &package.files {
                if let Some(info) = file.info {
                    self.file(file, info);
                    self.linknames(package.pkg, file);
                }
            }
            for (path, file) in &package.others {
                self.other_build(package_no, path, file);
            }
        }
    }

    fn file(&mut self, source: &SourceFile<'_>, info: &FileInfo) {
        let file = source.file;
        for decl in &file.decls {
            if let DeclKind::Func(func) = file.ast.decl(*decl).kind
                && func.body.is_none()
            {
                self.bodiless(source, info, &func);
            }
            file.ast.walk(*decl, |node| {
                if let Node::Expr(expr) = node {
                    self.expr(source, info, expr);
                }
                true
            });
        }
    }

    fn bodiless(&mut self, source: &SourceFile<'_>, info: &FileInfo, func: &FuncDecl) {
        let ast = &source.file.ast;
        let Some(signature) = ast.func_type(func.ty) else {
            return;
        };
        let place = place(source, ast.range(func.name).start);
        let lists = [func.recv, signature.params, signature.results];
        for id in lists.into_iter().flat_map(|list| ast.list(list)) {
            if let Some(typ) = info.type_of(ast.field(*id).ty) {
                self.mark(typ.typ, Reach::VALUE, &Reason::BodilessFunc, Some(&place));
            }
        }
    }

    fn expr(&mut self, source: &SourceFile<'_>, info: &FileInfo, expr: ExprId) {
        let ast = &source.file.ast;
        match ast.expr(expr).kind {
            ExprKind::CompositeLit { elems, .. } => {
                let first = ast.list(elems).first();
                if let Some(first) = first
                    && !matches!(ast.expr(*first).kind, ExprKind::KeyValue { .. })
                    && let Some(typ) = info.type_of(expr)
                {
                    let typ = self.deref(typ.typ);
                    if let Some(number) = self.struct_of(typ) {
                        let place = place(source, ast.range(expr).start);
                        self.add(number, &Reason::Positional, Some(&place));
                    }
                }
            }
            ExprKind::Call { fun, args, .. } => {
                let Some(of_fun) = info.type_of(fun) else {
                    return;
                };
                let args = ast.list(args);
                match (of_fun.mode, args) {
                    (Mode::Type, [x]) => self.conversion(source, info, of_fun.typ, *x),
                    (Mode::Builtin, [x]) => self.builtin(source, info, fun, *x),
                    _ => self.call(source, info, fun, args),
                }
            }
            _ => {}
        }
    }

    fn conversion(&mut self, source: &SourceFile<'_>, info: &FileInfo, to: TypeId, x: ExprId) {
        let Some(from) = info.type_of(x).map(|typ| typ.typ) else {
            return;
        };
        let at = place(source, source.file.ast.range(x).start);
        if self.is_unsafe_pointer(to) {
            if !self.is_unsafe_pointer(from) {
                self.mark(from, Reach::NEAR, &Reason::Unsafe, Some(&at));
                self.mark_path(source, info, x, &Reason::Unsafe);
            }
        } else if self.is_unsafe_pointer(from) {
            self.mark(to, Reach::NEAR, &Reason::Unsafe, Some(&at));
            if let Some(original) = self.reinterpreted(source, info, x, to) {
                self.mark(to, Reach::DEEP, &Reason::Unsafe, Some(&at));
                self.mark(original, Reach::DEEP, &Reason::Unsafe, Some(&at));
            }
        } else {
            let (to, from) = (self.deref(to), self.deref(from));
            let (of_to, of_from) = (self.struct_of(to), self.struct_of(from));
            if of_to == of_from {
                return;
            }
            for (number, other) in [(of_to, from), (of_from, to)] {
                if let Some(number) = number
                    && matches!(self.store.under_kind(other), TypeKind::Struct(_))
                {
                    let name = self.store.type_text(other, TypeFormat::default());
                    self.add(number, &Reason::Conversion(name), Some(&at));
                }
            }
        }
    }

    /// In `(*T)(unsafe.Pointer(x))`, the type of x if both lead to values and these are of different types: then the
    /// two have to agree all the way down.
    fn reinterpreted(
        &mut self,
        source: &SourceFile<'_>,
        info: &FileInfo,
        x: ExprId,
        to: TypeId,
    ) -> Option<TypeId> {
        let ast = &source.file.ast;
        let ExprKind::Call { fun, args, .. } = ast.expr(ast.unparen(x)).kind else {
            return None;
        };
        let [original] = ast.list(args) else {
            return None;
        };
        let is_conversion = info.type_of(fun).is_some_and(|it| it.mode == Mode::Type);
        let from = info.type_of(*original).filter(|_| is_conversion)?.typ;
        let differ = !self.store.identical(from, to);
        (differ && self.leads_to_struct(from) && self.leads_to_struct(to)).then_some(from)
    }

    pub(super) fn is_unsafe_pointer(&mut self, typ: TypeId) -> bool {
        let unsafe_pointer = go_types::Basic::UnsafePointer;
        self.store.under_kind(typ) == TypeKind::Basic(unsafe_pointer)
    }

    /// `unsafe.Offsetof` and its like.
    fn builtin(&mut self, source: &SourceFile<'_>, info: &FileInfo, fun: ExprId, x: ExprId) {
        let Some(builtin) = callee(&source.file.ast, info, fun) else {
            return;
        };
        match self.store.obj(builtin).kind {
            ObjKind::Builtin(Builtin::Offsetof) => {
                self.mark_path(source, info, x, &Reason::Offsetof);
            }
            ObjKind::Builtin(Builtin::Sizeof | Builtin::Alignof) => {
                let at = place(source, source.file.ast.range(x).start);
                if let Some(typ) = info.type_of(x) {
                    self.mark(typ.typ, Reach::VALUE, &Reason::Sizeof, Some(&at));
                }
            }
            _ => {}
        }
    }

    fn call(&mut self, source: &SourceFile<'_>, info: &FileInfo, fun: ExprId, args: &[ExprId]) {
        let Some(obj) = callee(&source.file.ast, info, fun) else {
            return;
        };
        let object = self.store.obj(obj);
        let Some(pkg) = object.pkg.filter(|_| object.is_func()) else {
            return;
        };
        let path = self.store.names.text(self.store.packages[pkg].path);
        let name = self.store.names.text(object.name);
        let is_wide = name.ends_with("Int64") || name.ends_with("Uint64");
        if path == "sync/atomic"
            && is_wide
            && let Some(first) = args.first()
        {
            self.mark_path(source, info, *first, &Reason::Atomic64);
        }
    }

    /// Notes the reason at the structs that `&x.a[i].b` selects fields of.
    fn mark_path(&mut self, source: &SourceFile<'_>, info: &FileInfo, x: ExprId, reason: &Reason) {
        let ast = &source.file.ast;
        let at = place(source, ast.range(x).start);
        let mut x = x;
        loop {
            x = match ast.expr(x).kind {
                ExprKind::Paren(inner)
                | ExprKind::Unary {
                    op: UnaryOp::And,
                    x: inner,
                }
                | ExprKind::Index { x: inner, .. }
                | ExprKind::Slice { x: inner, .. } => inner,
                ExprKind::Selector { x: inner, .. } => {
                    let Some(selection) = info.selection(x) else {
                        return;
                    };
                    if selection.kind != SelectionKind::Field {
                        return;
                    }
                    let (recv, index) = (selection.recv, selection.index.clone());
                    self.mark_fields(recv, &index, reason, &at);
                    inner
                }
                _ => return,
            };
        }
    }

    /// Notes the reason at each struct that a selection goes through.
    fn mark_fields(&mut self, recv: TypeId, index: &[u32], reason: &Reason, at: &crate::Place) {
        let mut typ = recv;
        for field in index {
            typ = self.deref(typ);
            let harmless = *reason == Reason::Atomic64 && self.is_aligned_everywhere(typ);
            if let Some(number) = self.struct_of(typ).filter(|_| !harmless) {
                self.add(number, reason, Some(at));
            }
            let TypeKind::Struct(strukt) = self.store.under_kind(typ) else {
                return;
            };
            let Some(field) = self.store.objs(strukt.fields).get(*field as usize) else {
                return;
            };
            typ = self.store.obj_type(*field);
        }
    }
}

/// What a call calls: a function, method or builtin with a name.
pub(super) fn callee(ast: &Ast, info: &FileInfo, fun: ExprId) -> Option<ObjId> {
    match ast.expr(ast.unparen(fun)).kind {
        ExprKind::Ident(_) => info.use_of(ast.unparen(fun)),
        ExprKind::Selector { sel, .. } => info.use_of(sel),
        ExprKind::Index { x, .. } => callee(ast, info, x),
        _ => None,
    }
}
